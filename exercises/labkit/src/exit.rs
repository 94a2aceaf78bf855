//! Exit codes: how a program tells its caller what went wrong, without a word.
//!
//! `main` returns them: `ExitCode::from(exit::REFUSED)`. A panic exits with 101, which is always a failure.

use std::io;

/// Everything asked for was done.
pub const OK: u8 = 0;
/// A failure that has no code of its own.
pub const FAILURE: u8 = 1;
/// Wrong usage: an unknown flag, a missing or impossible argument. clap exits with this one by itself.
pub const USAGE: u8 = 2;
/// The host name could not be resolved.
pub const NAME: u8 = 3;
/// The connection was refused: the host answered, nothing listens on that port.
pub const REFUSED: u8 = 4;
/// Nothing happened in time: no answer, or a transfer that stalled.
pub const TIMEOUT: u8 = 5;
/// The peer misbehaved: reset, closed too early, or broke the protocol.
pub const PEER: u8 = 6;
/// The host or its network can't be reached.
pub const UNREACHABLE: u8 = 7;
/// The address to listen on is taken.
pub const IN_USE: u8 = 8;
/// A privilege is missing, as CAP_NET_RAW for raw sockets.
pub const PRIVILEGE: u8 = 77;
/// Ended by a second SIGINT (128 + 2, as a shell reports a program that died of SIGINT).
pub const INTERRUPTED: u8 = 130;

/// The code for what a call on a socket (`bind`, `connect`, `read`, `write`) reported.
///
/// Names are another matter: an error of the resolver has no kind of its own, so whoever resolves returns [`NAME`].
#[must_use]
pub fn code_of(error: &io::Error) -> u8 {
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::ConnectionRefused => REFUSED,
        // A read or write timeout is WouldBlock on Unix.
        ErrorKind::TimedOut | ErrorKind::WouldBlock => TIMEOUT,
        // NotConnected: the peer had reset the connection before it was used.
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => PEER,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => UNREACHABLE,
        ErrorKind::AddrInUse => IN_USE,
        ErrorKind::PermissionDenied => PRIVILEGE,
        _ => FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn real_errors_have_their_codes() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(code_of(&TcpListener::bind(address).unwrap_err()), IN_USE);
        drop(listener);
        assert_eq!(code_of(&TcpStream::connect(address).unwrap_err()), REFUSED);
        assert_eq!(code_of(&io::ErrorKind::ConnectionReset.into()), PEER);
        assert_eq!(code_of(&io::Error::other("anything else")), FAILURE);
    }
}
