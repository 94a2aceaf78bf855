//! A UDP socket of the grader's: it speaks with any number of programs, as every UDP socket can.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use socket2::SockRef;

use super::stamped::{Datagram, ask_for_stamps, receive};
use crate::deadline::{Deadline, PATIENCE};
use crate::fault::{Fault, ensure};
use crate::process_facts::ProcessFacts;
use crate::recorder::Recorder;
use crate::udp_table::udp_sockets;
use crate::words::shown;

/// The longest time for which a peer does not look whether the program lives.
const TURN: Duration = Duration::from_millis(50);

/// A UDP socket of the grader's.
#[derive(Debug)]
pub struct UdpPeer {
    socket: UdpSocket,
    label: String,
    /// The program that is to speak, once it is known.
    program: Option<ProcessFacts>,
    recorder: Recorder,
}

impl UdpPeer {
    pub(crate) fn bind(address: &str, label: &str, recorder: &Recorder) -> Result<UdpPeer, Fault> {
        let socket = UdpSocket::bind(address)
            .map_err(|error| Fault::infra(format!("Failed to bind {address}: {error}")))?;
        ask_for_stamps(&socket)?;
        Ok(UdpPeer {
            socket,
            label: if label.is_empty() { String::new() } else { format!("{label}: ") },
            program: None,
            recorder: recorder.clone(),
        })
    }

    /// From now on it waits for datagrams no longer than that program lives.
    pub fn watch(&mut self, program: ProcessFacts) {
        self.program = Some(program);
    }

    /// Its own address.
    pub fn address(&self) -> Result<SocketAddr, Fault> {
        Ok(self.socket.local_addr()?)
    }

    /// Its own port, as an argument.
    pub fn port(&self) -> Result<String, Fault> {
        Ok(self.address()?.port().to_string())
    }

    /// Lets it send to everybody on a network (`SO_BROADCAST`).
    pub fn may_broadcast(self) -> Result<UdpPeer, Fault> {
        self.socket.set_broadcast(true)?;
        Ok(self)
    }

    /// Lets what it sends to a group leave by the interface with this address (`IP_MULTICAST_IF`).
    pub fn multicasts_from(self, interface: Ipv4Addr) -> Result<UdpPeer, Fault> {
        SockRef::from(&self.socket).set_multicast_if_v4(&interface)?;
        Ok(self)
    }

    /// Sends one datagram.
    pub fn send(&self, to: SocketAddr, payload: &[u8]) -> Result<(), Fault> {
        self.recorder.sent(format!("{}datagram {}", self.label, shown(payload)));
        self.socket
            .send_to(payload, to)
            .map(drop)
            .map_err(|error| Fault::expected(format!("a datagram to {to} to leave")).got(error.to_string()))
    }

    /// Waits for one datagram.
    pub fn receive(&self) -> Result<(Vec<u8>, SocketAddr), Fault> {
        self.receive_for("a datagram")
    }

    /// Waits for one datagram until the limit, or the end of the program that it watches.
    pub fn receive_within(&self, limit: Duration) -> Result<Option<(Vec<u8>, SocketAddr)>, Fault> {
        let taken = self.datagram_within(limit)?;
        Ok(taken.map(|datagram| (datagram.payload, datagram.from)))
    }

    /// The same, with the time at which it came.
    pub fn datagram_within(&self, limit: Duration) -> Result<Option<Datagram>, Fault> {
        let taken = self.take_within(limit)?;
        if let Some(datagram) = &taken {
            self.recorder.received(format!("{}datagram {}", self.label, shown(&datagram.payload)));
        }
        Ok(taken)
    }

    /// As [`UdpPeer::datagram_within`], without a word in the story.
    fn take_within(&self, limit: Duration) -> Result<Option<Datagram>, Fault> {
        self.take_until(Deadline::after(limit))
    }

    fn take_until(&self, deadline: Deadline) -> Result<Option<Datagram>, Fault> {
        loop {
            // In this order: what it sent before its end is there when it has ended.
            let has_ended = self.has_program_ended();
            let turn = if has_ended { Duration::ZERO } else { deadline.turn().min(TURN) };
            self.socket.set_read_timeout(Some(turn.max(Duration::from_millis(1))))?;
            match receive(&self.socket) {
                Ok(datagram) => return Ok(Some(datagram)),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if has_ended || deadline.expired() {
                        return Ok(None);
                    }
                }
                // A refusal of an earlier datagram, reported late: not what is waited for.
                Err(e) if matches!(e.kind(), ErrorKind::ConnectionRefused | ErrorKind::Interrupted) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Waits for one datagram with exactly this payload, and tells who sent it.
    pub fn expect(&self, payload: &[u8]) -> Result<SocketAddr, Fault> {
        let what = format!("datagram {}", shown(payload));
        let (got, from) = self.receive_for(&what)?;
        if got == payload {
            return Ok(from);
        }
        Err(Fault::expected(format!("{}{what}", self.label)).got_bytes(payload, &got))
    }

    /// Waits for a datagram with exactly this payload, and passes over all others; the story tells only how many.
    pub fn expect_among_others(&self, payload: &[u8]) -> Result<(), Fault> {
        let deadline = Deadline::after(PATIENCE);
        let mut others = 0;
        while let Some(other) = self.take_until(deadline)? {
            if other.payload == payload {
                self.recorder.received(format!("{}datagram {}", self.label, shown(payload)));
                self.recorder.note(format!("after {others} others"));
                return Ok(());
            }
            others += 1;
        }
        let what = format!("{}datagram {} among others", self.label, shown(payload));
        Err(Fault::expected(what).but_waited(format!("{others} others in {:?}", deadline.limit())))
    }

    /// Waits until the program has taken all datagrams out of its socket at that address, and sleeps.
    pub fn wait_until_read(&self, program: ProcessFacts, at: SocketAddr) -> Result<(), Fault> {
        let deadline = Deadline::after(PATIENCE);
        let read = deadline.try_poll(|| {
            // In this order: what it would take at once is not there any more when it sleeps.
            let is_asleep = program.is_asleep()?;
            // A socket that is closed holds nothing.
            let has_unread = udp_sockets(program, at)?.iter().any(|socket| socket.has_unread);
            Ok::<_, Fault>((is_asleep && !has_unread).then_some(()))
        })?;
        read.ok_or_else(|| {
            Fault::expected("the program to read the datagrams that were sent to it, and to wait for more")
                .but_waited(format!("it was busy, or left them unread, for {:?}", deadline.limit()))
        })
    }

    /// Checks that the program answers nothing to what it has read from its socket at that address.
    ///
    /// No time is waited: when all is read and every thread of the program sleeps, nothing more can come until something
    /// arrives (but for the program's own timers).
    pub fn expect_silence(&self, program: ProcessFacts, at: SocketAddr) -> Result<(), Fault> {
        self.wait_until_read(program, at)?;
        let came = self.receive_within(Duration::ZERO)?;
        came.map_or(Ok(()), |(got, _)| {
            Err(Fault::expected("no datagram").got(format!("datagram {}", shown(&got))))
        })
    }

    fn receive_for(&self, what: &str) -> Result<(Vec<u8>, SocketAddr), Fault> {
        let deadline = Deadline::after(PATIENCE);
        if let Some(came) = self.receive_within(PATIENCE)? {
            return Ok(came);
        }
        let what = format!("{}{what}", self.label);
        ensure(!self.has_program_ended(), || Fault::expected(&what).got("the program's end, without it"))?;
        Err(Fault::expected(what).but_waited(format!("nothing in {:?}", deadline.limit())))
    }

    fn has_program_ended(&self) -> bool {
        self.program.is_some_and(ProcessFacts::has_ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datagrams::LARGEST;

    #[test]
    fn a_peer_reaches_everybody_and_a_group_on_loopback() {
        let peer = UdpPeer::bind("127.0.0.1:0", "", &Recorder::new()).unwrap();
        let peer = peer.may_broadcast().unwrap().multicasts_from(Ipv4Addr::LOCALHOST).unwrap();
        let (everybody, group) = (Ipv4Addr::new(127, 255, 255, 255), Ipv4Addr::new(239, 77, 0, 1));
        let listener = UdpSocket::bind("0.0.0.0:0").unwrap();
        listener.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST).unwrap();
        let port = listener.local_addr().unwrap().port();
        for to in [everybody, group] {
            peer.send(SocketAddr::from((to, port)), b"hello").unwrap();
            assert_eq!(listener.recv_from(&mut [0; 16]).unwrap(), (5, peer.address().unwrap()));
        }
    }

    fn peer(label: &str) -> (UdpPeer, Recorder) {
        let recorder = Recorder::new();
        (UdpPeer::bind("127.0.0.1:0", label, &recorder).unwrap(), recorder)
    }

    #[test]
    fn a_datagram_has_a_sender_an_end_and_a_label_in_the_story() {
        let (a, recorder) = peer("A");
        let (b, _) = peer("");
        b.send(a.address().unwrap(), b"").unwrap();
        assert_eq!(a.receive().unwrap(), (Vec::new(), b.address().unwrap()));
        let largest = vec![7; LARGEST];
        b.send(a.address().unwrap(), &largest).unwrap();
        assert_eq!(a.expect(&largest).unwrap(), b.address().unwrap());
        assert_eq!(recorder.story().steps[0].text, "A: datagram \"\"");
    }

    #[test]
    fn other_bytes_are_a_fault_and_so_is_nothing() {
        let (a, _) = peer("");
        a.send(a.address().unwrap(), b"Hallo").unwrap();
        assert!(a.expect(b"Hello").unwrap_err().to_string().contains("Hallo"));
        assert_eq!(a.receive_within(Duration::ZERO).unwrap(), None);
    }

    #[test]
    fn a_datagram_is_found_among_others() {
        let (peer, recorder) = peer("Bob");
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for payload in ["one", "two", "three"] {
            sender.send_to(payload.as_bytes(), peer.address().unwrap()).unwrap();
        }
        peer.expect_among_others(b"two").unwrap();
        assert_eq!(peer.expect(b"three").unwrap(), sender.local_addr().unwrap());
        let told: Vec<String> = recorder.story().steps.into_iter().map(|step| step.text).collect();
        assert_eq!(told, ["Bob: datagram \"two\"", "Bob: datagram \"three\""]);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "no program of a student's, and no cell")]
    fn nobody_waits_for_a_program_that_has_ended() {
        let (mut a, _) = peer("");
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        a.watch(ProcessFacts::of(ended.id()));
        // As long as it has not been waited for, `/proc` tells that it has ended.
        assert!(a.receive().unwrap_err().to_string().contains("the program's end"));
        ended.wait().unwrap();
    }
}
