//! What is measured, and how patiently.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use labkit::cli::HostPort;
use labkit::{Failure, failure};

use super::echo::Echo;
use super::http::Http;

/// A server, and what it is asked.
#[derive(Debug, Clone)]
pub struct Target {
    /// As the user named it.
    pub name: HostPort,
    /// Its addresses. `localhost` may have two, and the server may listen on one of them: each connection takes the first
    /// that answers.
    pub addresses: Vec<SocketAddr>,
    /// What it is asked.
    pub protocol: Protocol,
}

/// The language that a server speaks.
#[derive(Debug, Clone)]
pub enum Protocol {
    /// A line of so many bytes (and a newline), which comes back behind `ECHO: `.
    Echo {
        /// The line's length, without its newline.
        payload: usize,
    },
    /// `GET` of this path, again and again over the same connection.
    Http {
        /// Begins with `/`.
        path: String,
    },
}

impl Target {
    /// Looks the name up.
    ///
    /// # Errors
    /// Exit code 3, if it has no address.
    pub fn find(name: HostPort, protocol: Protocol) -> Result<Target, Failure> {
        let addresses = failure::resolve(&name.host, name.port)?;
        Ok(Target { name, addresses, protocol })
    }

    /// The talk of the connection of that number.
    pub(super) fn talk(&self, number: u32) -> Talk {
        match &self.protocol {
            Protocol::Echo { payload } => Talk::Echo(Echo::new(number, *payload)),
            Protocol::Http { path } => Talk::Http(Http::new(&self.name, path)),
        }
    }
}

/// How a measurement is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long a connection may take to be made, and then each reply to come.
    pub timeout: Duration,
    /// How many requests are over, for whoever watches.
    pub done: Arc<AtomicU64>,
}

impl Options {
    /// With this patience.
    #[must_use]
    pub fn new(timeout: Duration) -> Options {
        Options { timeout, done: Arc::default() }
    }
}

/// What a connection asks next, and whether what came is the answer.
#[derive(Debug)]
pub(super) enum Talk {
    Echo(Echo),
    Http(Http),
}

/// What the bytes are that have come so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The beginning of a right reply, or nothing yet.
    Incomplete,
    /// The right reply, and nothing behind it.
    Right,
    /// No beginning of a right reply.
    Wrong,
    /// The beginning of `Server is full…`.
    Rejected,
}

impl Talk {
    /// Goes on to the next request.
    pub(super) fn advance(&mut self) {
        match self {
            Talk::Echo(echo) => echo.advance(),
            Talk::Http(http) => http.advance(),
        }
    }

    /// The request to be sent.
    pub(super) fn request(&self) -> &[u8] {
        match self {
            Talk::Echo(echo) => echo.request(),
            Talk::Http(http) => http.request(),
        }
    }

    /// What the bytes are that came since the request was sent.
    pub(super) fn judge(&mut self, got: &[u8]) -> Judgement {
        match self {
            Talk::Echo(echo) => super::echo::judge(echo.reply(), got),
            Talk::Http(http) => http.judge(got),
        }
    }

    /// Whether the server has announced that it closes behind this reply.
    pub(super) fn is_last(&self) -> bool {
        match self {
            Talk::Echo(_) => false,
            Talk::Http(http) => http.is_last(),
        }
    }
}
