//! Whom to scan: a name's addresses.

use std::net::{SocketAddr, ToSocketAddrs};

use labkit::{Failure, exit};

/// All addresses of a host, given by its name or address. Their port is 0: each probe sets its own.
///
/// Called once a scan. A lookup may ask a name server, and a thousand ports of one host are still one host.
///
/// # Errors
/// `Hostname HOST could not be resolved`, with the exit code for names, if it has none.
pub fn resolve(host: &str) -> Result<Vec<SocketAddr>, Failure> {
    // begin solution: to_socket_addrs; whatever goes wrong there is about the name
    (host, 0)
        .to_socket_addrs()
        .map(Iterator::collect)
        .map_err(|_| Failure::new(exit::NAME, format_args!("Hostname {host} could not be resolved")))
    // end solution
}
