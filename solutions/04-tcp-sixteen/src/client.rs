//! The client: sixteen bytes out, sixteen bytes in.

use std::io::Write;
use std::net::{TcpStream, ToSocketAddrs};

use crate::io::{RecvError, recv_exact, send_all};
use labkit::say;

/// Sends the greeting to the server at `addr`, and receives its answer.
///
/// Writes to `out` which address the client's own end got, as soon as it is connected, and at the end what the server
/// said.
///
/// # Errors
///
/// When no connection can be made, when it breaks or ends before the answer is whole, or when `out` can't be written.
pub fn converse(addr: impl ToSocketAddrs, out: &mut impl Write) -> Result<(), RecvError> {
    // begin solution: connect and print your own address, send the greeting, receive the reply and print it
    let mut stream = TcpStream::connect(addr)?;
    say(out, &format!("Client has been assigned socket name {}", stream.local_addr()?))?;
    send_all(&mut stream, crate::GREETING)?;
    let reply = recv_exact(&mut stream, crate::LENGTH)?;
    say(out, &format!("The server said {:?}", String::from_utf8_lossy(&reply)))?;
    Ok(())
    // end solution
}
