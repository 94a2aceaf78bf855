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
    // begin solution: the Host field, else the server's address
    match &request.host {
        Some(host) => host.clone(),
        None if server.port() == HTTP => server.ip().to_string(),
        None => server.to_string(),
    }
    // end solution
}

/// The whole URL of a request. A target that names its host itself is one already: a client of a proxy sends
/// `http://example.com/`, and `CONNECT` has `example.com:443` (RFC 9112 §3.2).
pub fn url(request: &Req, server: SocketAddrV4) -> String {
    // begin solution: the target alone if it names a host, else `http://`, the host and the target
    let target = &request.target;
    if target.starts_with("http://") || target.starts_with("https://") || request.method == "CONNECT" {
        target.clone()
    } else {
        format!("http://{}{target}", host(request, server))
    }
    // end solution
}

/// The line that a request is worth, without its newline.
pub fn line(flow: &FlowKey, request: &Req) -> String {
    // begin solution: HTTP SOURCE -> DESTINATION METHOD URL
    let FlowKey { source, destination } = flow;
    format!("HTTP {source} -> {destination} {} {}", request.method, url(request, *destination))
    // end solution
}

/// Counts requests, and remembers a limited number of hosts and URLs.
#[derive(Debug)]
pub struct Report {
    /// How many hosts, and how many URLs, are remembered.
    max_names: NonZeroUsize,
    // begin solution item: what has been seen
    requests: u64,
    hosts: BTreeMap<String, u64>,
    urls: BTreeSet<String>,
    /// Requests whose host, whose URL came when there was no room any more.
    unlisted: (u64, u64),
    // end solution
}

impl Report {
    /// Nothing seen yet.
    pub fn new(max_names: NonZeroUsize) -> Self {
        // begin solution: an empty report
        Self { max_names, requests: 0, hosts: BTreeMap::new(), urls: BTreeSet::new(), unlisted: (0, 0) }
        // end solution
    }

    /// Takes note of a request to `server`.
    pub fn record(&mut self, request: &Req, server: SocketAddrV4) {
        // begin solution: count it, its host and its URL, as long as there is room for their names
        self.requests += 1;
        let host = host(request, server);
        let has_room = self.hosts.len() < self.max_names.get();
        match self.hosts.get_mut(&host) {
            Some(count) => *count += 1,
            None if has_room => drop(self.hosts.insert(host, 1)),
            None => self.unlisted.0 += 1,
        }
        let url = url(request, server);
        if self.urls.len() < self.max_names.get() {
            self.urls.insert(url);
        } else if !self.urls.contains(&url) {
            self.unlisted.1 += 1;
        }
        // end solution
    }

    /// How many requests there were.
    pub fn requests(&self) -> u64 {
        // begin solution: the number of requests
        self.requests
        // end solution
    }

    /// Each host with its number of requests, in alphabetical order.
    pub fn hosts(&self) -> Vec<(String, u64)> {
        // begin solution: hosts and counts
        self.hosts.iter().map(|(host, count)| (host.clone(), *count)).collect()
        // end solution
    }

    /// Each URL once, in alphabetical order.
    pub fn urls(&self) -> Vec<String> {
        // begin solution: the URLs
        self.urls.iter().cloned().collect()
        // end solution
    }

    /// How many requests were for hosts, and for URLs, that are not in the lists, because there was no room.
    pub fn unlisted(&self) -> (u64, u64) {
        // begin solution: the two numbers
        self.unlisted
        // end solution
    }
}
