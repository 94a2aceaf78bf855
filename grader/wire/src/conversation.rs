//! Canned conversations between two hosts, for a student to overhear.

use std::net::SocketAddrV4;

use crate::ether::Mac;
use crate::tcp::{Flags, MSS_1460, Segment, segment};

/// One end of a conversation: a station and its socket address.
pub type End = (Mac, SocketAddrV4);

/// Builds the frames of one TCP connection, keeping track of sequence numbers.
///
/// What it has no word for (a retransmission, segments out of order) is made by rearranging
/// [`frames`](Conversation::frames).
#[derive(Debug, Clone)]
pub struct Conversation {
    client: Speaker,
    server: Speaker,
    frames: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, Copy)]
struct Speaker {
    end: End,
    /// The next sequence number it will send.
    next: u32,
}

impl Conversation {
    /// Nothing said yet. The initial sequence numbers are 0x1000 and 0x2000.
    pub fn new(client: End, server: End) -> Conversation {
        Conversation {
            client: Speaker { end: client, next: 0x1000 },
            server: Speaker { end: server, next: 0x2000 },
            frames: Vec::new(),
        }
    }

    /// Sets the two initial sequence numbers; before [`open`](Conversation::open).
    pub fn isns(mut self, client: u32, server: u32) -> Conversation {
        (self.client.next, self.server.next) = (client, server);
        self
    }

    /// The three-way handshake.
    pub fn open(mut self) -> Conversation {
        let syn = segment(self.client.end.1, self.server.end.1)
            .flags(Flags::SYN)
            .seq(self.client.next)
            .options(&MSS_1460);
        self.frames.push(syn.frame(self.client.end.0, self.server.end.0));
        self.client.next = self.client.next.wrapping_add(1);
        self.say(true, 1, |segment| segment.flags(Flags::SYN).options(&MSS_1460));
        self.say(false, 0, |segment| segment);
        self
    }

    /// The client sends `data` in one segment, and the server acknowledges it.
    pub fn client_says(self, data: &[u8]) -> Conversation {
        self.data(false, data)
    }

    /// The server sends `data` in one segment, and the client acknowledges it.
    pub fn server_says(self, data: &[u8]) -> Conversation {
        self.data(true, data)
    }

    /// The client closes, then the server: FIN, ACK, FIN, ACK.
    pub fn close(mut self) -> Conversation {
        for server_closes in [false, true] {
            self.say(server_closes, 1, |segment| segment.flags(Flags::FIN));
            self.say(!server_closes, 0, |segment| segment);
        }
        self
    }

    /// The frames so far, in order.
    pub fn frames(self) -> Vec<Vec<u8>> {
        self.frames
    }

    fn data(mut self, from_server: bool, data: &[u8]) -> Conversation {
        let len = u32::try_from(data.len()).expect("data fits into one segment");
        self.say(from_server, len, |segment| segment.flags(Flags::PSH).payload(data));
        self.say(!from_server, 0, |segment| segment);
        self
    }

    /// One segment with everything acknowledged so far, which takes `len` of the sequence space.
    fn say(&mut self, from_server: bool, len: u32, build: impl FnOnce(Segment) -> Segment) {
        let (from, to) =
            if from_server { (&mut self.server, &self.client) } else { (&mut self.client, &self.server) };
        let segment = segment(from.end.1, to.end.1).seq(from.next).ack(to.next);
        self.frames.push(build(segment).frame(from.end.0, to.end.0));
        from.next = from.next.wrapping_add(len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flows, decode};

    #[test]
    fn every_segment_acknowledges_what_came_before() {
        let end =
            |number: u8, port| (Mac::of_host(number), SocketAddrV4::new([10, 77, 0, number].into(), port));
        let frames = Conversation::new(end(3, 40000), end(4, 80))
            .isns(u32::MAX, 0x2000)
            .open()
            .client_says(b"hi")
            .server_says(b"hello")
            .close()
            .frames();
        let mut flows = Flows::new();
        let told: Vec<String> = frames.iter().map(|frame| flows.summary(&decode(frame))).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        SYN 40000→80 seq=0 (0xffffffff)
        SYN,ACK 80→40000 seq=0 (0x00002000) ack=1
        ACK 40000→80 seq=1 ack=1
        PSH,ACK 40000→80 seq=1 ack=1 len=2
        ACK 80→40000 seq=1 ack=3
        PSH,ACK 80→40000 seq=1 ack=3 len=5
        ACK 40000→80 seq=3 ack=6
        FIN,ACK 40000→80 seq=3 ack=6
        ACK 80→40000 seq=6 ack=4
        FIN,ACK 80→40000 seq=6 ack=4
        ACK 40000→80 seq=4 ack=7
        "#);
    }
}
