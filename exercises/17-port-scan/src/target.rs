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
    todo!("to_socket_addrs; whatever goes wrong there is about the name")
}
