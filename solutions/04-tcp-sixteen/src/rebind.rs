//! An experiment: is an address free again when its server has ended?

use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use crate::server::listen;

/// What became of the second `bind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebind {
    /// It succeeded.
    Ok,
    /// The address was still in use.
    AddrInUse,
}

impl fmt::Display for Rebind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rebind::Ok => "ok",
            Rebind::AddrInUse => "EADDRINUSE",
        })
    }
}

/// Listens on a free port of 127.0.0.1, takes one connection, closes it *first*, ends the listener, and tries to listen
/// on the same port again. Both listeners have `SO_REUSEADDR` set to `reuse`.
///
/// Whoever closes first keeps the connection in `TIME_WAIT` for a minute (RFC 9293 §3.6): that is the whole point.
///
/// # Errors
///
/// When any other step fails.
pub fn rebind_experiment(reuse: bool) -> io::Result<Rebind> {
    // begin solution: listen, connect, accept; close the server's end, then the client's; listen again
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), 1, reuse)?;
    let address = listener.local_addr()?;
    let mut client = TcpStream::connect(address)?;
    let (server, _) = listener.accept()?;
    drop(server);
    // The server's FIN is here: from now on the client's is the second one.
    client.read_to_end(&mut Vec::new())?;
    drop(client);
    drop(listener);

    match listen(address, 1, reuse) {
        Ok(_) => Ok(Rebind::Ok),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(Rebind::AddrInUse),
        Err(error) => Err(error),
    }
    // end solution
}
