//! Lab 16: two HTTP servers by hand. The first counts its visitors and never looks at what they want; the second
//! reads the request, finds the page, and can say no.
//!
//! # What goes over the wire
//!
//! Every connection carries one request and one answer, in HTTP/1.1 (RFC 9112). A line ends with `\r\n`.
//!
//! *A request* is its head, and perhaps a body:
//!
//! ```text
//! GET /hello?x=1 HTTP/1.1\r\n       method, target, version, with one space between them
//! Host: localhost:8000\r\n          headers: a name, a colon, a value with blanks around it that don't belong to it
//! User-Agent: Mozilla/5.0\r\n
//! \r\n                              the empty line: the end of the head
//! ```
//!
//! *An answer* has these four lines in its head, in this order, and then the body:
//!
//! ```text
//! HTTP/1.1 200 OK\r\n
//! Content-Type: text/html; charset=utf-8\r\n
//! Content-Length: 186\r\n           how many bytes the body has
//! Connection: close\r\n             nothing follows it on this connection
//! \r\n
//! ```
//!
//! Then the server closes, with [`labkit::close`].
//!
//! *The visitor's server*, `http-visitor`, answers every whole head with `200 OK` and the page of
//! [`visitor::page`], whose type is `text/html`.
//!
//! *The other one*, `http-server`, answers as [`route::handle`] says, or refuses:
//!
//! | what came | answer |
//! |---|---|
//! | a head that RFC 9112 doesn't allow; no `Host`, or two, in HTTP/1.1; the end in the middle of a head | [`400`](Status::BadRequest) |
//! | no whole head within `--head-timeout` | [`408`](Status::RequestTimeout) |
//! | a `Content-Length` over `--max-body` | [`413`](Status::ContentTooLarge) |
//! | a head of more than `--max-head` bytes | [`431`](Status::HeadTooLarge) |
//! | a version that doesn't begin with `HTTP/1.` | [`505`](Status::VersionNotSupported) |
//! | nothing at all, and the end | none |
//!
//! A body may follow the head. It is read, as long as `Content-Length` says, and dropped.
//!
//! A server serves one client after another, one at a time. What goes wrong with a client never ends it.
//!
//! # What the programs print
//!
//! First `HTTP Server listening on ADDRESS:PORT` and `Open http://localhost:PORT/ in a browser. Press Ctrl+C to stop.`;
//! then for each request `Request #N from ADDRESS:PORT`, and its first line. What was refused is no request: it is
//! logged. Bytes that are no text, and control characters, are shown as `�` (U+FFFD).
//!
//! # Where you write
//!
//! | stage | what |
//! |---|---|
//! | 1 | this file; [`request::head_length`] and [`request::first_line`]; [`response::render`]; [`conn::read_until`] and [`conn::answer`]; [`visitor`] |
//! | 2 | the rest of [`request`] |
//! | 3 | the rest of [`response`]; [`route`]; the rest of [`conn`] |
//! | 4 | whatever strangers do to you |
//!
//! [`status`], [`conn::accept`] and the programs in `src/bin` are given.

pub mod conn;
pub mod request;
pub mod response;
pub mod route;
pub mod status;
pub mod visitor;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::time::Duration;

use labkit::say;

pub use request::Request;
pub use response::Response;
pub use status::{Refusal, Status};

/// What a client may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long it may take until its head is whole; and then again, until its body is.
    pub head_timeout: Duration,
    /// The longest head taken, in bytes, with its empty line.
    pub max_head: usize,
    /// The longest body taken, in bytes.
    pub max_body: u64,
}

impl Default for Limits {
    /// The limits of the contract: 5 seconds, 8,192 bytes, 1,048,576 bytes.
    fn default() -> Limits {
        // begin solution: the limits of the contract
        Limits { head_timeout: Duration::from_secs(5), max_head: 8192, max_body: 1024 * 1024 }
        // end solution
    }
}

/// Where the servers listen unless `--bind` says otherwise: on all IPv4 addresses of this machine.
pub fn default_bind() -> IpAddr {
    // begin solution: the address that stands for all of them
    Ipv4Addr::UNSPECIFIED.into()
    // end solution
}

/// The servers' port, unless `--port` says otherwise.
pub fn default_port() -> u16 {
    // begin solution: the port of the contract
    8000
    // end solution
}

/// Prints the two lines that say where the server is to be found.
///
/// # Errors
///
/// When `out` can't be written.
pub fn announce(listener: &TcpListener, out: &mut impl Write) -> io::Result<()> {
    // begin solution: print both lines of the contract, with the port that the listener really has
    let address = listener.local_addr()?;
    say(out, &format!("HTTP Server listening on {address}"))?;
    say(out, &format!("Open http://localhost:{}/ in a browser. Press Ctrl+C to stop.", address.port()))
    // end solution
}
