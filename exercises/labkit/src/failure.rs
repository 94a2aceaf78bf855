//! How a program ends when it can't go on: one line on standard error, and an exit code.

use std::fmt::Display;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::process::ExitCode;

use crate::exit;

/// Why a program can't go on. A `main` that returns `Result<(), Failure>` through [`report`] never panics over what the
/// network or the machine does.
#[derive(Debug)]
pub struct Failure {
    /// What the process ends with, one of [`exit`].
    pub code: u8,
    /// What was tried, and why it failed: one sentence.
    pub message: String,
}

impl Failure {
    /// A failure with that exit code.
    pub fn new(code: u8, message: impl Display) -> Failure {
        Failure { code, message: message.to_string() }
    }

    /// For `map_err`: what was tried, followed by what the system said; the code is [`exit::code_of`] that.
    ///
    /// ```
    /// # use std::net::{SocketAddr, TcpListener};
    /// # use labkit::Failure;
    /// fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    ///     TcpListener::bind(address).map_err(Failure::to(format!("listen on {address}")))
    /// }
    /// # assert!(listen(([127, 0, 0, 1], 0).into()).is_ok());
    /// ```
    pub fn to(tried: impl Display) -> impl FnOnce(io::Error) -> Failure {
        move |error| Failure::new(exit::code_of(&error), format_args!("cannot {tried}: {error}"))
    }
}

/// Ends `main`: logs the failure, if there is one, and turns it into the exit code.
pub fn report(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::from(exit::OK),
        Err(Failure { code, message }) => {
            crate::log!(error, "{message}");
            ExitCode::from(code)
        }
    }
}

/// All addresses of a host, given by its name or address, each with that port.
///
/// # Errors
/// With code [`exit::NAME`], if it has none.
pub fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    (host, port)
        .to_socket_addrs()
        .map(Iterator::collect)
        .map_err(|error| Failure::new(exit::NAME, format_args!("cannot resolve {host}: {error}")))
}

/// The first address of a host, with that port.
///
/// # Errors
/// As those of [`resolve`].
pub fn first_address(host: &str, port: u16) -> Result<SocketAddr, Failure> {
    let first = resolve(host, port)?.into_iter().next();
    first.ok_or_else(|| Failure::new(exit::NAME, format_args!("{host} has no address")))
}

/// The address that a server is told to listen on: that of a name or an address, or, if it is empty, all of this machine.
///
/// # Errors
/// As those of [`resolve`].
pub fn interface(host: &str, port: u16) -> Result<SocketAddr, Failure> {
    if host.is_empty() { Ok((Ipv4Addr::UNSPECIFIED, port).into()) } else { first_address(host, port) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_failure_says_what_was_tried_and_has_the_code_of_its_cause() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let failure =
            TcpListener::bind(address).map_err(Failure::to(format!("listen on {address}"))).unwrap_err();
        assert_eq!(failure.code, exit::IN_USE);
        assert!(failure.message.starts_with(&format!("cannot listen on {address}: ")), "{}", failure.message);
    }

    #[test]
    fn an_address_is_resolved_and_a_name_that_is_none_is_not() {
        assert_eq!(resolve("127.0.0.1", 80).unwrap(), [SocketAddr::from(([127, 0, 0, 1], 80))]);
        assert_eq!(interface("127.0.0.1", 80).unwrap(), SocketAddr::from(([127, 0, 0, 1], 80)));
        assert_eq!(interface("", 80).unwrap(), SocketAddr::from(([0, 0, 0, 0], 80)));
        // The resolver refuses it without asking anybody (RFC 1035: a label is not empty).
        assert_eq!(resolve("a..b", 80).unwrap_err().code, exit::NAME);
    }
}
