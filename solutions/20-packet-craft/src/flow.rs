//! One connection, as its segments tell it.

use pnet::packet::tcp::TcpFlags;

use crate::segment::{Close, Event, Seg, Side};

/// What is known of a connection so far. It begins with nothing.
#[derive(Debug, Default)]
pub struct Flow {
    // begin solution item: what you must remember of each side, and of the connection
    client: Half,
    server: Half,
    is_open: bool,
    is_over: bool,
    /// How it ends, known with the second FIN.
    close: Option<Close>,
    // end solution
}

// begin solution item: types of your own

/// What is known of one direction.
#[derive(Debug, Default)]
struct Half {
    /// The number that counts as 0.
    start: Option<u32>,
    /// Whether the SYN that belongs into a handshake was seen.
    opened: bool,
    /// The number behind its FIN.
    end: Option<u32>,
    /// Whether the other side acknowledged that FIN.
    end_acked: bool,
}
// end solution

impl Flow {
    /// Takes the next segment, and says what is to be told of it: always the segment itself, with relative numbers, and
    /// then what has happened with it. The crate's documentation has the rules.
    ///
    /// A SYN and a FIN take a number as a byte does (RFC 793 §3.3). Numbers are counted modulo 2^32: behind 4294967295
    /// comes 0.
    pub fn feed(&mut self, seg: &Seg) -> Vec<Event> {
        // begin solution: the segment with its relative numbers; then Handshake or Closed if this segment completes it
        let mut events = vec![self.segment(seg)];
        if self.opens(seg) {
            events.push(Event::Handshake);
        }
        events.extend(self.closes(seg).map(Event::Closed));
        events
        // end solution
    }
}

// begin solution item: helpers of your own

impl Flow {
    /// The half that sent a segment, and the other one.
    fn halves(&mut self, from: Side) -> (&mut Half, &mut Half) {
        match from {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        }
    }

    fn segment(&mut self, seg: &Seg) -> Event {
        let (mine, theirs) = self.halves(seg.from);
        let before = |number: u32| number.wrapping_sub(1);
        let start = *mine.start.get_or_insert(if seg.has(TcpFlags::SYN) { seg.seq } else { before(seg.seq) });
        let ack = seg.has(TcpFlags::ACK).then(|| {
            let start = *theirs.start.get_or_insert(before(seg.ack));
            seg.ack.wrapping_sub(start)
        });
        Event::Segment {
            from: seg.from,
            flags: seg.flags,
            seq: seg.seq.wrapping_sub(start),
            ack,
            len: seg.len,
        }
    }

    /// Whether this is the ACK that completes a handshake.
    fn opens(&mut self, seg: &Seg) -> bool {
        let (is_syn, is_ack) = (seg.has(TcpFlags::SYN), seg.has(TcpFlags::ACK));
        match seg.from {
            Side::Client if is_syn => self.client.opened |= !is_ack,
            Side::Server if is_syn => self.server.opened |= is_ack,
            _ => {}
        }
        let both = self.client.opened && self.server.opened;
        let is_the_ack = seg.from == Side::Client && is_ack && !is_syn && !seg.has(TcpFlags::RST);
        let opens = both && is_the_ack && !self.is_open;
        self.is_open |= opens;
        opens
    }

    /// How the connection ends, if it does with this segment.
    fn closes(&mut self, seg: &Seg) -> Option<Close> {
        if self.is_over {
            return None;
        }
        if seg.has(TcpFlags::RST) {
            self.is_over = true;
            let answers_syn = seg.from == Side::Server && self.client.opened && !self.server.opened;
            return Some(if answers_syn { Close::Refused } else { Close::Reset });
        }
        let (mine, theirs) = self.halves(seg.from);
        let acks_theirs =
            seg.has(TcpFlags::ACK) && theirs.end.is_some_and(|end| is_at_or_after(seg.ack, end));
        let mut close = None;
        if seg.has(TcpFlags::FIN) && mine.end.is_none() {
            let length = seg.len + u32::from(seg.has(TcpFlags::SYN)) + 1;
            mine.end = Some(seg.seq.wrapping_add(length));
            close = theirs.end.map(|_| match (theirs.end_acked, acks_theirs) {
                (true, _) => Close::FourWay,
                (false, true) => Close::ThreeSegment,
                (false, false) => Close::Simultaneous,
            });
        }
        theirs.end_acked |= acks_theirs;
        self.close = self.close.or(close);
        self.is_over = self.client.end_acked && self.server.end_acked;
        if self.is_over { self.close } else { None }
    }
}

/// Of two numbers less than 2^31 apart, whether the first is not the earlier one.
fn is_at_or_after(number: u32, other: u32) -> bool {
    number.wrapping_sub(other) < 1 << 31
}
// end solution
