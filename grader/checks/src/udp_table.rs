//! What the kernel says about the UDP sockets of an address: `/proc/<pid>/net/udp` and `udp6` (proc_pid_net(5)). The table is short: a
//! look takes 0.2 ms.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::fault::Fault;
use crate::process_facts::ProcessFacts;

/// One UDP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UdpSocket {
    /// Whether datagrams wait in it; the kernel counts the memory that they take, also that of an empty one.
    pub(crate) has_unread: bool,
    /// `/proc/<pid>/fd` names it.
    pub(crate) inode: u32,
}

/// The sockets that may receive what is sent to that address, in the network namespace of that process: those that are
/// bound to exactly it, or else to its port on all addresses. Several share it if all have set `SO_REUSEADDR`.
pub(crate) fn udp_sockets(process: ProcessFacts, address: SocketAddr) -> Result<Vec<UdpSocket>, Fault> {
    let mut tables = process.read("net/udp")?;
    // Not there on a machine without IPv6.
    tables.push_str(&process.read("net/udp6").unwrap_or_default());
    Ok(find(&tables, address))
}

fn find(tables: &str, address: SocketAddr) -> Vec<UdpSocket> {
    let bound_to = |wanted: &dyn Fn(SocketAddr) -> bool| -> Vec<UdpSocket> {
        tables.lines().filter_map(row).filter(|(local, _)| wanted(*local)).map(|(_, socket)| socket).collect()
    };
    let exactly = bound_to(&|local| local == address);
    if exactly.is_empty() {
        return bound_to(&|local| local.port() == address.port() && local.ip().is_unspecified());
    }
    exactly
}

/// Columns: sl local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode …
fn row(line: &str) -> Option<(SocketAddr, UdpSocket)> {
    let mut columns = line.split_whitespace();
    let (host, port) = columns.nth(1)?.split_once(':')?;
    let local = SocketAddr::new(ip(host)?, u16::from_str_radix(port, 16).ok()?);
    let (_, unread) = columns.nth(2)?.split_once(':')?;
    let inode = columns.nth(4)?.parse().ok()?;
    Some((local, UdpSocket { has_unread: u32::from_str_radix(unread, 16).ok()? > 0, inode }))
}

/// 32-bit words as this machine stores them, each as one hexadecimal number.
fn ip(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let bytes = [word(0)?, word(8)?, word(16)?, word(24)?].concat();
            Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket as Socket;
    use std::os::fd::AsRawFd;

    fn here() -> ProcessFacts {
        ProcessFacts::of(std::process::id())
    }

    #[test]
    fn tells_whether_a_datagram_waits_even_an_empty_one() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let socket = Socket::bind(address).unwrap();
            let address = socket.local_addr().unwrap();
            let has_unread = || udp_sockets(here(), address).unwrap()[0].has_unread;
            assert!(!has_unread());
            socket.send_to(b"", address).unwrap();
            assert!(has_unread());
            socket.recv_from(&mut [0; 1]).unwrap();
            assert!(!has_unread());
        }
    }

    #[test]
    fn a_socket_is_known_by_its_inode_also_where_it_is_bound_to_all_addresses() {
        let socket = Socket::bind("0.0.0.0:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let found = udp_sockets(here(), SocketAddr::from(([127, 0, 0, 1], port))).unwrap()[0];
        let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
        assert_eq!(link.to_str(), Some(format!("socket:[{}]", found.inode).as_str()));
    }

    #[test]
    fn where_nobody_is_bound_there_is_no_socket() {
        assert_eq!(udp_sockets(here(), "127.0.0.1:1".parse().unwrap()).unwrap(), []);
    }
}
