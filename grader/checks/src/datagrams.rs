//! The grader's end of UDP: a peer that speaks, and a proxy that loses by script.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wire::lossy::Lossy;

use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::recorder::Recorder;
use crate::words::shown;

/// The largest payload of a datagram over IPv4: 65,535 less 20 and 8 bytes of headers.
const LARGEST: usize = 65_507;

/// The longest time the proxy does not look whether it is to stop or a held datagram is due.
const TURN: Duration = Duration::from_millis(5);

/// A UDP socket of the grader's on loopback.
#[derive(Debug)]
pub struct UdpPeer {
    socket: UdpSocket,
    /// What stands before its datagrams in the story: `Alice: `, or nothing.
    prefix: String,
    recorder: Recorder,
}

impl UdpPeer {
    pub(crate) fn bind(address: &str, label: &str, recorder: &Recorder) -> Result<UdpPeer, Fault> {
        let socket = UdpSocket::bind(address)
            .map_err(|error| Fault::infra(format!("Failed to bind {address}: {error}")))?;
        let prefix = if label.is_empty() { String::new() } else { format!("{label}: ") };
        Ok(UdpPeer { socket, prefix, recorder: recorder.clone() })
    }

    /// Its own address.
    pub fn address(&self) -> Result<SocketAddr, Fault> {
        Ok(self.socket.local_addr()?)
    }

    /// Sends one datagram.
    pub fn send(&self, to: SocketAddr, payload: &[u8]) -> Result<(), Fault> {
        self.recorder.sent(format!("{}datagram {}", self.prefix, shown(payload)));
        self.socket
            .send_to(payload, to)
            .map(drop)
            .map_err(|error| Fault::expected(format!("a datagram to {to} to leave")).got(error.to_string()))
    }

    /// Waits for one datagram.
    pub fn receive(&self) -> Result<(Vec<u8>, SocketAddr), Fault> {
        self.receive_for("a datagram")
    }

    fn receive_for(&self, what: &str) -> Result<(Vec<u8>, SocketAddr), Fault> {
        self.receive_within(PATIENCE)?.ok_or_else(|| {
            Fault::expected(format!("{}{what}", self.prefix)).but_waited(format!("nothing in {PATIENCE:?}"))
        })
    }

    /// Waits for one datagram until the limit.
    pub fn receive_within(&self, limit: Duration) -> Result<Option<(Vec<u8>, SocketAddr)>, Fault> {
        let taken = self.take_within(limit)?;
        if let Some((payload, _)) = &taken {
            self.recorder.received(format!("{}datagram {}", self.prefix, shown(payload)));
        }
        Ok(taken)
    }

    /// As [`UdpPeer::receive_within`], without a word in the story.
    fn take_within(&self, limit: Duration) -> Result<Option<(Vec<u8>, SocketAddr)>, Fault> {
        let mut buffer = vec![0; LARGEST];
        let deadline = Deadline::after(limit);
        loop {
            self.socket.set_read_timeout(Some(deadline.left().max(Duration::from_millis(1))))?;
            match self.socket.recv_from(&mut buffer) {
                Ok((length, from)) => {
                    buffer.truncate(length);
                    return Ok(Some((buffer, from)));
                }
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if deadline.expired() {
                        return Ok(None);
                    }
                }
                // A refusal of an earlier datagram, reported late: not what is waited for.
                Err(e) if matches!(e.kind(), ErrorKind::ConnectionRefused | ErrorKind::Interrupted) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Waits for one datagram with exactly this payload.
    pub fn expect(&self, payload: &[u8]) -> Result<SocketAddr, Fault> {
        let what = format!("datagram {}", shown(payload));
        let (got, from) = self.receive_for(&what)?;
        if got == payload {
            return Ok(from);
        }
        Err(Fault::expected(format!("{}{what}", self.prefix)).got_bytes(payload, &got))
    }

    /// Waits for a datagram with exactly this payload, and passes over all others; the story tells only how many.
    pub fn expect_among_others(&self, payload: &[u8]) -> Result<(), Fault> {
        let deadline = Deadline::after(PATIENCE);
        let mut others = 0;
        while let Some((got, _)) = self.take_within(deadline.left())? {
            if got == payload {
                self.recorder.received(format!("{}datagram {}", self.prefix, shown(payload)));
                self.recorder.note(format!("after {others} others"));
                return Ok(());
            }
            others += 1;
        }
        let what = format!("{}datagram {} among others", self.prefix, shown(payload));
        Err(Fault::expected(what).but_waited(format!("{others} others in {PATIENCE:?}")))
    }
}

/// A proxy between a client and a server that drops, doubles, holds and swaps the client's datagrams by script, and
/// lets the server's answers pass. It plays until it is dropped.
#[derive(Debug)]
pub struct LossyProxy {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LossyProxy {
    pub(crate) fn start(script: &str, server: SocketAddr, recorder: &Recorder) -> Result<LossyProxy, Fault> {
        let lossy = Lossy::parse(script).map_err(Fault::infra)?;
        let front = UdpSocket::bind("127.0.0.1:0")?;
        let back = UdpSocket::bind("127.0.0.1:0")?;
        back.connect(server)?;
        let address = front.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, recorder) = (Arc::clone(&stop), recorder.clone());
        front.set_read_timeout(Some(TURN))?;
        back.set_nonblocking(true)?;
        let thread = std::thread::spawn(move || carry(lossy, &front, &back, &stopped, &recorder));
        Ok(LossyProxy { address, stop, thread: Some(thread) })
    }

    /// Where the client is to send.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for LossyProxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // A proxy that panicked has told so on stderr.
            let _ = thread.join();
        }
    }
}

fn carry(mut lossy: Lossy, front: &UdpSocket, back: &UdpSocket, stop: &AtomicBool, recorder: &Recorder) {
    let start = Instant::now();
    let mut client = None;
    let mut buffer = vec![0; LARGEST];
    while !stop.load(Ordering::SeqCst) {
        if let Ok((length, from)) = front.recv_from(&mut buffer) {
            client = Some(from);
            let outcome = lossy.pass(start.elapsed(), buffer[..length].to_vec());
            recorder.received(format!("datagram {} ({:?})", shown(&buffer[..length]), outcome.fate));
            outcome.out.iter().for_each(|datagram| drop(back.send(datagram)));
        }
        lossy.due(start.elapsed()).iter().for_each(|datagram| drop(back.send(datagram)));
        while let (Ok(length), Some(client)) = (back.recv(&mut buffer), client) {
            recorder.sent(format!("datagram {}", shown(&buffer[..length])));
            // A client that has gone is not the proxy's trouble.
            let _ = front.send_to(&buffer[..length], client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_is_found_among_others() {
        let recorder = Recorder::new();
        let peer = UdpPeer::bind("127.0.0.1:0", "Bob", &recorder).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for payload in ["one", "two", "three"] {
            sender.send_to(payload.as_bytes(), peer.address().unwrap()).unwrap();
        }
        peer.expect_among_others(b"two").unwrap();
        assert_eq!(peer.expect(b"three").unwrap(), sender.local_addr().unwrap());
        let told: Vec<String> = recorder.story().steps.into_iter().map(|step| step.text).collect();
        assert_eq!(told, ["Bob: datagram \"two\"", "Bob: datagram \"three\""]);
    }
}
