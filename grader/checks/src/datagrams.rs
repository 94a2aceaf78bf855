//! The grader's end of UDP: a peer that speaks, and a proxy that loses by script.

use std::io::{self, ErrorKind, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::socket::sockopt::ReceiveTimestampns;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, RecvMsg, SockaddrStorage, recvmsg, setsockopt};
use nix::sys::time::TimeSpec;
use wire::lossy::Lossy;

use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::recorder::Recorder;
use crate::words::shown;

/// The largest payload of a datagram over IPv4: 65,535 less 20 and 8 bytes of headers.
const LARGEST: usize = 65_507;

/// The longest time the proxy does not look whether it is to stop or a held datagram is due.
const TURN: Duration = Duration::from_millis(5);

/// One datagram that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram {
    /// What it carries.
    pub payload: Vec<u8>,
    /// Who sent it.
    pub from: SocketAddr,
    /// When the kernel got it, however late it was fetched; over loopback that is when it was sent. (The kernel begins to
    /// stamp datagrams a moment after the first socket of the machine has asked for it. One that came before has the time
    /// at which it was fetched.)
    pub arrived: SystemTime,
}

/// A UDP socket of the grader's on loopback.
#[derive(Debug)]
pub struct UdpPeer {
    socket: UdpSocket,
    recorder: Recorder,
}

impl UdpPeer {
    pub(crate) fn bind(address: &str, recorder: &Recorder) -> Result<UdpPeer, Fault> {
        let socket = UdpSocket::bind(address)
            .map_err(|error| Fault::infra(format!("Failed to bind {address}: {error}")))?;
        setsockopt(&socket, ReceiveTimestampns, &true).map_err(Fault::infra)?;
        Ok(UdpPeer { socket, recorder: recorder.clone() })
    }

    /// Its own address.
    pub fn address(&self) -> Result<SocketAddr, Fault> {
        Ok(self.socket.local_addr()?)
    }

    /// Sends one datagram.
    pub fn send(&self, to: SocketAddr, payload: &[u8]) -> Result<(), Fault> {
        self.recorder.sent(format!("datagram {}", shown(payload)));
        self.socket
            .send_to(payload, to)
            .map(drop)
            .map_err(|error| Fault::expected(format!("a datagram to {to} to leave")).got(error.to_string()))
    }

    /// Waits for one datagram.
    pub fn receive(&self) -> Result<(Vec<u8>, SocketAddr), Fault> {
        self.receive_within(PATIENCE)?
            .ok_or_else(|| Fault::expected("a datagram").but_waited(format!("nothing in {PATIENCE:?}")))
    }

    /// Waits for one datagram until the limit.
    pub fn receive_within(&self, limit: Duration) -> Result<Option<(Vec<u8>, SocketAddr)>, Fault> {
        let datagram = self.datagram_within(limit)?;
        Ok(datagram.map(|datagram| (datagram.payload, datagram.from)))
    }

    /// The same, with the time at which it came.
    pub fn datagram_within(&self, limit: Duration) -> Result<Option<Datagram>, Fault> {
        let deadline = Deadline::after(limit);
        loop {
            self.socket.set_read_timeout(Some(deadline.left().max(Duration::from_millis(1))))?;
            match receive(&self.socket) {
                Ok(datagram) => {
                    self.recorder.received(format!("datagram {}", shown(&datagram.payload)));
                    return Ok(Some(datagram));
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
        let (got, from) = self.receive()?;
        if got == payload {
            return Ok(from);
        }
        Err(Fault::expected(format!("datagram {}", shown(payload))).got_bytes(payload, &got))
    }
}

/// Takes one datagram off a socket that stamps them.
fn receive(socket: &UdpSocket) -> io::Result<Datagram> {
    let mut payload = vec![0; LARGEST];
    let mut control = nix::cmsg_space!(TimeSpec);
    let mut pieces = [IoSliceMut::new(&mut payload)];
    let message: RecvMsg<'_, '_, SockaddrStorage> =
        recvmsg(socket.as_raw_fd(), &mut pieces, Some(&mut control), MsgFlags::empty())?;
    let stamp = message.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::ScmTimestampns(stamp) => Some(UNIX_EPOCH + Duration::from(stamp)),
        _ => None,
    });
    let from = message.address.and_then(|from| internet_address(&from));
    let (length, from) =
        (message.bytes, from.ok_or_else(|| io::Error::other("a datagram without a sender"))?);
    payload.truncate(length);
    Ok(Datagram { payload, from, arrived: stamp.unwrap_or_else(SystemTime::now) })
}

fn internet_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = || address.as_sockaddr_in().map(|v4| SocketAddr::from(SocketAddrV4::from(*v4)));
    let v6 = || address.as_sockaddr_in6().map(|v6| SocketAddr::from(SocketAddrV6::from(*v6)));
    v4().or_else(v6)
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
    fn a_datagram_has_the_time_at_which_it_came_and_not_at_which_it_is_fetched() {
        let peer = UdpPeer::bind("127.0.0.1:0", &Recorder::new()).unwrap();
        let nobody = UdpPeer::bind("127.0.0.1:0", &Recorder::new()).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let stamped_in_time = || {
            let before = SystemTime::now();
            for payload in [&b"first"[..], b""] {
                sender.send_to(payload, peer.address().unwrap()).unwrap();
            }
            let between = SystemTime::now();
            // A wait for something that doesn't come makes the fetching late.
            assert_eq!(nobody.datagram_within(Duration::from_millis(20)).unwrap(), None);
            let in_time = [&b"first"[..], b""].map(|payload| {
                let datagram = peer.datagram_within(PATIENCE).unwrap().unwrap();
                assert_eq!((&datagram.payload[..], datagram.from), (payload, sender.local_addr().unwrap()));
                (before..=between).contains(&datagram.arrived)
            });
            in_time == [true; 2]
        };
        // The kernel begins with it in its own time.
        assert!(Deadline::after(PATIENCE).poll(|| stamped_in_time().then_some(())).is_some());
    }
}
