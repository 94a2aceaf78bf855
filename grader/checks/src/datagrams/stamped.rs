//! Datagrams with the time at which they came.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::socket::sockopt::ReceiveTimestampns;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, RecvMsg, SockaddrStorage, recvmsg, setsockopt};
use nix::sys::time::TimeSpec;

use super::LARGEST;

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

/// Asks the kernel to stamp what comes to this socket.
pub(super) fn ask_for_stamps(socket: &UdpSocket) -> io::Result<()> {
    Ok(setsockopt(socket, ReceiveTimestampns, &true)?)
}

/// Takes one datagram off a socket that stamps them.
pub(super) fn receive(socket: &UdpSocket) -> io::Result<Datagram> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadline::{Deadline, PATIENCE};

    #[test]
    fn a_datagram_has_the_time_at_which_it_came_and_not_at_which_it_is_fetched() {
        let socket = || UdpSocket::bind("127.0.0.1:0").unwrap();
        let (peer, sender, nobody) = (socket(), socket(), socket());
        ask_for_stamps(&peer).unwrap();
        nobody.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let stamped_in_time = || {
            let before = SystemTime::now();
            for payload in [&b"first"[..], b""] {
                sender.send_to(payload, peer.local_addr().unwrap()).unwrap();
            }
            let between = SystemTime::now();
            // A wait for something that doesn't come makes the fetching late.
            assert!(nobody.recv(&mut [0; 1]).is_err());
            let in_time = [&b"first"[..], b""].map(|payload| {
                let datagram = receive(&peer).unwrap();
                assert_eq!((&datagram.payload[..], datagram.from), (payload, sender.local_addr().unwrap()));
                (before..=between).contains(&datagram.arrived)
            });
            in_time == [true; 2]
        };
        // The kernel begins with it in its own time.
        assert!(Deadline::after(PATIENCE).poll(|| stamped_in_time().then_some(())).is_some());
    }
}
