//! What every UDP client does first.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where a client's socket is bound to: port 0 lets the kernel choose, and the address is of the server's family.
#[must_use]
pub fn any_port_towards(server: SocketAddr) -> SocketAddr {
    match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn a_client_so_bound_reaches_a_server_of_either_family() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            // A machine may be without IPv6.
            let Ok(server) = UdpSocket::bind(address) else { continue };
            let server = server.local_addr().unwrap();
            let client = UdpSocket::bind(any_port_towards(server)).unwrap();
            client.send_to(b"x", server).unwrap();
        }
    }
}
