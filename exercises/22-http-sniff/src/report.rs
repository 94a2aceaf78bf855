//! What is printed, word by word as the crate's documentation fixes it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddrV4;
use std::num::NonZeroUsize;

use crate::flow::FlowKey;
use crate::http::Req;

/// HTTP's own port, which URLs don't mention.
const HTTP: u16 = 80;

/// The host that a request is for: what its `Host` field says, or the address that it was sent to, with the port if that is
/// not 80.
pub fn host(request: &Req, server: SocketAddrV4) -> String {
    todo!("the Host field, else the server's address")
}

/// The whole URL of a request. A target that names its host itself is one already: a client of a proxy sends
/// `http://example.com/`, and `CONNECT` has `example.com:443` (RFC 9112 §3.2).
pub fn url(request: &Req, server: SocketAddrV4) -> String {
    todo!("the target alone if it names a host, else `http://`, the host and the target")
}

/// The line that a request is worth, without its newline.
pub fn line(flow: &FlowKey, request: &Req) -> String {
    todo!("HTTP SOURCE -> DESTINATION METHOD URL")
}

/// Counts requests, and remembers a limited number of hosts and URLs.
#[derive(Debug)]
pub struct Report {
    /// How many hosts, and how many URLs, are remembered.
    max_names: NonZeroUsize,
    // Your part: what has been seen
}

impl Report {
    /// Nothing seen yet.
    pub fn new(max_names: NonZeroUsize) -> Self {
        todo!("an empty report")
    }

    /// Takes note of a request to `server`.
    pub fn record(&mut self, request: &Req, server: SocketAddrV4) {
        todo!("count it, its host and its URL, as long as there is room for their names")
    }

    /// How many requests there were.
    pub fn requests(&self) -> u64 {
        todo!("the number of requests")
    }

    /// Each host with its number of requests, in alphabetical order.
    pub fn hosts(&self) -> Vec<(String, u64)> {
        todo!("hosts and counts")
    }

    /// Each URL once, in alphabetical order.
    pub fn urls(&self) -> Vec<String> {
        todo!("the URLs")
    }

    /// How many requests were for hosts, and for URLs, that are not in the lists, because there was no room.
    pub fn unlisted(&self) -> (u64, u64) {
        todo!("the two numbers")
    }
}
