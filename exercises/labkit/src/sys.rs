//! System calls that neither std nor socket2 offers, each behind a safe function. Linux only.

#![expect(
    unsafe_code,
    reason = "the two socket options at the end are in no safe library; all other labkit code is safe"
)]

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

/// What [`wait_ready`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Input, the peer's FIN, or (on a listener) a client.
    Read,
    /// Room for output, or the end of a connection attempt.
    Write,
    /// Either.
    ReadOrWrite,
}

/// What [`wait_ready`] found. Neither: the time is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// A read will not block. It may return data, the end of the stream, or an error.
    pub readable: bool,
    /// A write of at least one byte will not block. It may fail.
    pub writable: bool,
}

/// Waits until `socket` is ready, by poll(2) on this one socket; without `timeout`, for ever.
///
/// An error or a hang-up that is pending on the socket makes it ready for whatever was asked, so that the read
/// or write that follows reports it. A signal doesn't end the wait.
///
/// # Errors
/// Those of poll(2).
pub fn wait_ready(socket: &impl AsFd, interest: Interest, timeout: Option<Duration>) -> io::Result<Ready> {
    let events = match interest {
        Interest::Read => PollFlags::POLLIN,
        Interest::Write => PollFlags::POLLOUT,
        Interest::ReadOrWrite => PollFlags::POLLIN | PollFlags::POLLOUT,
    };
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let mut sockets = [PollFd::new(socket.as_fd(), events)];
        match poll(&mut sockets, left.map_or(PollTimeout::NONE, whole_milliseconds)) {
            // More time than one poll(2) can wait (24 days), or an early wake-up.
            Ok(0) if left.is_some_and(|left| !left.is_zero()) => {}
            Ok(_) => {
                let found = sockets[0].revents().unwrap_or(PollFlags::empty());
                let failed = found.intersects(PollFlags::POLLERR | PollFlags::POLLHUP);
                return Ok(Ready {
                    readable: events.contains(PollFlags::POLLIN)
                        && (failed || found.contains(PollFlags::POLLIN)),
                    writable: events.contains(PollFlags::POLLOUT)
                        && (failed || found.contains(PollFlags::POLLOUT)),
                });
            }
            Err(nix::Error::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

/// Rounded up: rounding down would turn the last fraction of a millisecond into a busy loop.
fn whole_milliseconds(time: Duration) -> PollTimeout {
    PollTimeout::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(PollTimeout::MAX)
}

/// Raises the limit of open files to `want`, or as far as the hard limit allows, and returns what it is now.
/// It is never lowered.
///
/// # Errors
/// Those of getrlimit(2) and setrlimit(2).
pub fn raise_nofile(want: u64) -> io::Result<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let new = want.min(hard).max(soft);
    if new > soft {
        setrlimit(Resource::RLIMIT_NOFILE, new, hard)?;
    }
    Ok(new)
}

/// Who cuts a large IPv4 datagram into fragments, if anybody (`IP_MTU_DISCOVER`, ip(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PmtuDiscover {
    /// Fragment wherever needed; the "don't fragment" bit is never set.
    Dont,
    /// The kernel's own choice for the route (Linux's default).
    Want,
    /// Always set "don't fragment": a datagram larger than the path's MTU fails with `EMSGSIZE`.
    Do,
    /// Set "don't fragment", and ignore what is known of the path: for programs that search the MTU themselves.
    Probe,
}

/// Sets how an IPv4 socket treats datagrams larger than the MTU.
///
/// # Errors
/// Those of setsockopt(2).
pub fn set_pmtu_discover(socket: &impl AsFd, mode: PmtuDiscover) -> io::Result<()> {
    let value: libc::c_int = match mode {
        PmtuDiscover::Dont => libc::IP_PMTUDISC_DONT,
        PmtuDiscover::Want => libc::IP_PMTUDISC_WANT,
        PmtuDiscover::Do => libc::IP_PMTUDISC_DO,
        PmtuDiscover::Probe => libc::IP_PMTUDISC_PROBE,
    };
    // SAFETY: `value` lives across the call, and the length given is its size.
    let result = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_IP,
            libc::IP_MTU_DISCOVER,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    nix::errno::Errno::result(result)?;
    Ok(())
}

/// The MTU of the path that a **connected** IPv4 socket uses, in bytes, as far as the kernel knows it (`IP_MTU`, ip(7)).
/// It includes the IP header.
///
/// # Errors
/// Those of getsockopt(2): `NotConnected` if the socket has no peer.
pub fn ip_mtu(socket: &impl AsFd) -> io::Result<u32> {
    let mut value: libc::c_int = 0;
    let mut length = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: `value` and `length` live across the call, and `length` is the size of `value`.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_IP,
            libc::IP_MTU,
            (&raw mut value).cast(),
            &raw mut length,
        )
    };
    nix::errno::Errno::result(result)?;
    Ok(u32::try_from(value).expect("the kernel's MTU is never negative"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream, UdpSocket};

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener.accept().unwrap().0, client)
    }

    #[test]
    fn a_silent_socket_is_writable_and_not_readable() {
        let (_server, client) = pair();
        let soon = Some(Duration::from_millis(20));
        let before = Instant::now();
        assert_eq!(wait_ready(&client, Interest::Read, soon).unwrap(), Ready::default());
        assert!(before.elapsed() >= Duration::from_millis(20));
        assert_eq!(
            wait_ready(&client, Interest::ReadOrWrite, soon).unwrap(),
            Ready { readable: false, writable: true }
        );
    }

    #[test]
    fn data_and_its_end_make_it_readable() {
        let (mut server, mut client) = pair();
        server.write_all(b"x").unwrap();
        let readable = Ready { readable: true, writable: false };
        assert_eq!(wait_ready(&client, Interest::Read, None).unwrap(), readable);
        client.read_exact(&mut [0]).unwrap();
        drop(server);
        assert_eq!(wait_ready(&client, Interest::Read, None).unwrap(), readable);
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn a_full_socket_is_not_writable() {
        let (_server, mut client) = pair();
        client.set_nonblocking(true).unwrap();
        while client.write(&[0; 65_536]).is_ok() {}
        let soon = Some(Duration::from_millis(20));
        assert_eq!(wait_ready(&client, Interest::Write, soon).unwrap(), Ready::default());
    }

    #[test]
    fn zero_time_asks_without_waiting() {
        let (_server, client) = pair();
        assert_eq!(wait_ready(&client, Interest::Read, Some(Duration::ZERO)).unwrap(), Ready::default());
    }

    #[test]
    fn milliseconds_are_rounded_up() {
        assert_eq!(whole_milliseconds(Duration::ZERO), PollTimeout::ZERO);
        assert_eq!(whole_milliseconds(Duration::from_nanos(1)).as_millis(), Some(1));
        assert_eq!(whole_milliseconds(Duration::from_millis(7)).as_millis(), Some(7));
        assert_eq!(whole_milliseconds(Duration::MAX), PollTimeout::MAX);
    }

    #[test]
    fn the_limit_of_open_files_is_never_lowered_and_stops_at_the_hard_one() {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        assert_eq!(raise_nofile(1).unwrap(), soft);
        assert_eq!(raise_nofile(u64::MAX).unwrap(), hard);
        assert_eq!(getrlimit(Resource::RLIMIT_NOFILE).unwrap(), (hard, hard));
    }

    #[test]
    fn the_mtu_of_loopback_is_at_least_that_of_ethernet_and_only_known_when_connected() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(ip_mtu(&socket).unwrap_err().kind(), io::ErrorKind::NotConnected);
        socket.connect(socket.local_addr().unwrap()).unwrap();
        assert!(ip_mtu(&socket).unwrap() >= 1500);
    }

    #[test]
    fn every_mode_is_taken_by_a_socket_and_none_by_a_file() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(socket.local_addr().unwrap()).unwrap();
        for mode in [PmtuDiscover::Dont, PmtuDiscover::Want, PmtuDiscover::Do, PmtuDiscover::Probe] {
            set_pmtu_discover(&socket, mode).unwrap();
        }
        let no_socket = std::fs::File::open("/dev/null").unwrap();
        assert!(set_pmtu_discover(&no_socket, PmtuDiscover::Do).is_err());
    }
}
