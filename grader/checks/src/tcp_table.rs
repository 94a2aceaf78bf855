//! What the kernel says about one TCP socket of this network namespace: sock_diag(7).
//!
//! `/proc/net/tcp` tells the same, but walks the whole machine's hash table: 10 ms a look, where this takes 10 µs.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

/// One TCP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TcpSocket {
    /// Bytes that the process has not read.
    pub(crate) unread: u32,
    /// Bytes that have arrived since the connection began (`tcpi_bytes_received`). An acknowledgement would tell the
    /// sender the same, but up to 40 ms later.
    pub(crate) received: u64,
}

/// One listening TCP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TcpListening {
    /// `/proc/<pid>/fd` names it.
    pub(crate) inode: u32,
    /// How many connections may wait to be accepted.
    pub(crate) backlog: u32,
    /// How many do.
    pub(crate) waiting: u32,
}

/// Asks the kernel about sockets.
#[derive(Debug)]
pub(crate) struct TcpTable {
    netlink: OwnedFd,
}

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const TCP: u8 = 6;
/// `TCP_LISTEN`, linux/tcp.h.
const LISTEN: u8 = 10;
const INET_DIAG_INFO: u8 = 2;
/// Where an answer's `inet_diag_msg` begins, and some of its fields. A listener's write queue is its backlog, its read queue the
/// connections that wait to be accepted.
const BODY: usize = 16;
const STATE: usize = BODY + 1;
const RQUEUE: usize = BODY + 56;
const WQUEUE: usize = BODY + 60;
const INODE: usize = BODY + 68;

impl TcpTable {
    pub(crate) fn open() -> io::Result<TcpTable> {
        let kind = (
            AddressFamily::Netlink,
            SockType::Datagram,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkSockDiag,
        );
        Ok(TcpTable { netlink: socket(kind.0, kind.1, kind.2, kind.3)? })
    }

    /// The one that is open in that place already, or a new one.
    pub(crate) fn opened(place: &mut Option<TcpTable>) -> io::Result<&TcpTable> {
        let table = match place.take() {
            Some(table) => table,
            None => TcpTable::open()?,
        };
        Ok(place.insert(table))
    }

    /// The socket from `local` to `remote`, if there is one.
    pub(crate) fn socket(&self, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<TcpSocket>> {
        let mut answer = [0; 1024];
        Ok(understand(self.ask(local, remote, &mut answer)?))
    }

    /// The socket that listens on `local`, if one does; one of them, if they share the port.
    pub(crate) fn listener(&self, local: SocketAddr) -> io::Result<Option<TcpListening>> {
        // Nobody calls from port 0.
        self.listener_for(local, 0)
    }

    /// All sockets that listen on `local`: several may share a port (SO_REUSEPORT).
    pub(crate) fn listeners(&self, local: SocketAddr) -> io::Result<Vec<TcpListening>> {
        /// The kernel chooses by a hash of both addresses, so that each of a few is met by one of so many ports. Of these, too,
        /// nobody calls from.
        const CALLERS: u16 = 64;
        let mut all: Vec<TcpListening> = Vec::new();
        for port in 0..CALLERS {
            match self.listener_for(local, port)? {
                Some(listener) if !all.iter().any(|known| known.inode == listener.inode) => {
                    all.push(listener);
                }
                Some(_) => {}
                None => break,
            }
        }
        Ok(all)
    }

    /// The socket that would get a connection from that port.
    fn listener_for(&self, local: SocketAddr, port: u16) -> io::Result<Option<TcpListening>> {
        // The kernel answers with the listener where there is no connection from there.
        let caller = if local.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        let mut answer = [0; 1024];
        let answer = self.ask(local, SocketAddr::new(caller, port), &mut answer)?;
        if kind(answer) != Some(SOCK_DIAG_BY_FAMILY) || answer.get(STATE) != Some(&LISTEN) {
            return Ok(None);
        }
        let number = |at| field(answer, at).map(u32::from_ne_bytes);
        let listening = || {
            Some(TcpListening { inode: number(INODE)?, backlog: number(WQUEUE)?, waiting: number(RQUEUE)? })
        };
        Ok(listening())
    }

    fn ask<'a>(&self, local: SocketAddr, remote: SocketAddr, answer: &'a mut [u8]) -> io::Result<&'a [u8]> {
        send(self.netlink.as_raw_fd(), &request(local, remote), MsgFlags::empty())?;
        let length = recv(self.netlink.as_raw_fd(), answer, MsgFlags::empty())?;
        Ok(&answer[..length])
    }
}

/// How many IPv4 connections of this network namespace are in `TIME_WAIT`. Asking sock_diag for all of a state takes as
/// long as the table in `/proc`.
pub(crate) fn in_time_wait() -> io::Result<usize> {
    Ok(rows_in_time_wait()?.len())
}

/// Their rows in the table.
fn rows_in_time_wait() -> io::Result<Vec<String>> {
    /// `TCP_TIME_WAIT`, linux/tcp.h.
    const TIME_WAIT: &str = "06";
    // The namespace of this thread: `/proc/net` is that of the process's first one.
    let table = std::fs::read_to_string("/proc/thread-self/net/tcp")?;
    let rows = table.lines().skip(1).filter(|row| row.split_whitespace().nth(3) == Some(TIME_WAIT));
    Ok(rows.map(str::to_owned).collect())
}

/// A `nlmsghdr` and an `inet_diag_req_v2` for exactly one socket (linux/inet_diag.h).
fn request(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    const LENGTH: u32 = 72;
    let family = if local.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 } as u8;
    let mut message = Vec::with_capacity(LENGTH as usize);
    message.extend(LENGTH.to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    message.extend([0; 8]); // sequence number and port: there is one question at a time
    message.extend([family, TCP, 1 << (INET_DIAG_INFO - 1), 0]);
    message.extend(u32::MAX.to_ne_bytes()); // any state
    message.extend(local.port().to_be_bytes());
    message.extend(remote.port().to_be_bytes());
    message.extend(address(local.ip()));
    message.extend(address(remote.ip()));
    message.extend([0; 4]); // any interface
    message.extend([0xff; 8]); // INET_DIAG_NOCOOKIE
    message
}

fn address(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => {
            let mut field = [0; 16];
            field[..4].copy_from_slice(&ip.octets());
            field
        }
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// Reads an `inet_diag_msg`; any other answer (ENOENT) and a mere listener mean that there is no such socket.
fn understand(answer: &[u8]) -> Option<TcpSocket> {
    const ATTRIBUTES: usize = BODY + 72;
    /// Where `tcpi_bytes_received` stands in `tcp_info` (linux/tcp.h).
    const BYTES_RECEIVED: usize = 128;
    if kind(answer)? != SOCK_DIAG_BY_FAMILY || *answer.get(STATE)? == LISTEN {
        return None;
    }
    let info = attribute(answer.get(ATTRIBUTES..)?, INET_DIAG_INFO.into())?;
    Some(TcpSocket {
        unread: u32::from_ne_bytes(field(answer, RQUEUE)?),
        received: u64::from_ne_bytes(field(info, BYTES_RECEIVED)?),
    })
}

fn kind(answer: &[u8]) -> Option<u16> {
    Some(u16::from_ne_bytes(field(answer, 4)?))
}

/// The payload of the first netlink attribute of that type (netlink(7), NLA_ALIGN).
fn attribute(mut attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let length = usize::from(u16::from_ne_bytes(field(attributes, 0)?));
        let kind = u16::from_ne_bytes(field(attributes, 2)?);
        if kind == wanted {
            return attributes.get(4..length);
        }
        attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    fn pair(address: &str) -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind(address).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    }

    #[test]
    fn tells_how_much_the_peer_has_not_read() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let (mut client, _server) = pair(address);
            client.write_all(b"Hello").unwrap();
            let table = TcpTable::open().unwrap();
            let theirs =
                table.socket(client.peer_addr().unwrap(), client.local_addr().unwrap()).unwrap().unwrap();
            assert_eq!((theirs.unread, theirs.received), (5, 5), "{address}");
        }
    }

    #[test]
    fn a_listener_is_known_by_its_inode() {
        use std::os::fd::AsRawFd;
        let table = TcpTable::open().unwrap();
        for address in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let inode = table.listener(listener.local_addr().unwrap()).unwrap().unwrap().inode;
            let link = std::fs::read_link(format!("/proc/self/fd/{}", listener.as_raw_fd())).unwrap();
            assert_eq!(link.to_str(), Some(format!("socket:[{inode}]").as_str()));
        }
        assert_eq!(table.listener("127.0.0.1:1".parse().unwrap()).unwrap(), None);
    }

    #[test]
    fn a_connection_that_has_ended_is_remembered() {
        let (mut client, server) = pair("127.0.0.1:0");
        let here = format!("0100007F:{:04X} ", server.local_addr().unwrap().port());
        drop(server);
        client.read_to_end(&mut Vec::new()).unwrap();
        drop(client);
        // Among those of others, which come and go.
        assert!(rows_in_time_wait().unwrap().iter().any(|row| row.contains(&here)));
    }

    #[test]
    fn a_listener_tells_its_queue() {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
        socket.listen(7).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let _client = TcpStream::connect(address).unwrap();
        let listener = TcpTable::open().unwrap().listener(address).unwrap().unwrap();
        assert_eq!((listener.backlog, listener.waiting), (7, 1));
    }

    #[test]
    fn listeners_that_share_a_port_are_all_found() {
        let listen = |address: SocketAddr| {
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
            socket.set_reuse_port(true).unwrap();
            socket.bind(&address.into()).unwrap();
            socket.listen(7).unwrap();
            socket
        };
        let first = listen("127.0.0.1:0".parse().unwrap());
        let address = first.local_addr().unwrap().as_socket().unwrap();
        assert_eq!(TcpTable::open().unwrap().listeners(address).unwrap().len(), 1);
        let _second = listen(address);
        assert_eq!(TcpTable::open().unwrap().listeners(address).unwrap().len(), 2);
    }

    #[test]
    fn a_listener_is_not_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = "127.0.0.1:1".parse().unwrap();
        assert_eq!(TcpTable::open().unwrap().socket(listener.local_addr().unwrap(), nobody).unwrap(), None);
    }
}
