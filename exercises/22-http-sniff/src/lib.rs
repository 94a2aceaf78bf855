//! Lab 22: overhears HTTP requests.
//!
//! On the wire there are no requests, only frames. A request may lie in one segment or in twenty; segments come twice, late,
//! or in another order. So the way is: frame → segment ([`segment`]) → stream of one connection ([`flow`], [`table`]) →
//! requests ([`http`]) → report ([`report`]).
//!
//! # What counts as a request
//!
//! A whole head of HTTP/1 (RFC 9112), sent to the port that is watched, and standing where a request may stand in its stream:
//! at the beginning, or behind the body of the request before it. A response is sent *from* that port and is none, whatever
//! it holds. As soon as a stream can't be HTTP any more (TLS, a head of more than [`http::MAX_HEAD`] bytes, the bytes behind
//! a `CONNECT`), the rest of it is passed over.
//!
//! Frames that are not IPv4 with TCP, have a VLAN tag, or hold a fragment, are passed over. Checksums are not looked at: those
//! of one's own machine are often computed by the card, after the capture. A stream whose SYN nobody saw begins with its first
//! byte that is seen. Bytes that the capture cut off (`tcpdump -s`) count as zeros: so what follows has its place, and a
//! head with a hole is no head.
//!
//! # What is printed
//!
//! One line a request, when its head is whole:
//!
//! ```text
//! HTTP 10.77.0.11:40000 -> 10.77.0.20:80 GET http://example.com/path
//! ```
//!
//! The host is that of the `Host` field as it was sent; without one, it is the address that the request was sent to, with its port
//! unless that is 80. A target that names its host itself (`http://…`, and that of `CONNECT`) is the URL. Bytes that have no
//! place in a URL are shown as `%XX`.
//!
//! At the end comes the summary: the number of requests, each host with its number of requests, each URL once, both in the
//! order of their bytes. Only if there were more than `--max-names` of them, a last line tells how many requests are in no list:
//!
//! ```text
//! requests: 3
//! hosts:
//!   example.com 2
//!   neverssl.com 1
//! urls:
//!   http://example.com/
//!   http://neverssl.com/online
//! not listed: 0 requests by host, 1 by URL
//! ```
//!
//! Times are in the JSON form only ([`json`]): those of the capture (live: of the clock), UTC, as [`labkit::time::iso8601`]
//! writes them.
//!
//! The exit code is 0; 1 if a capture or an interface can't be read to its end, or has no Ethernet frames; 2 for wrong usage; 77
//! without the privilege to watch an interface. What was heard before a failure is still summed up.
//!
//! # Limits
//!
//! Whoever can send frames decides what is to be remembered, so everything has a limit. Beyond `--max-flows` the flow that was
//! silent longest is forgotten, and so is one that was silent for `--idle` seconds of the capture's time. Of a flow there are
//! kept at most a head ([`http::MAX_HEAD`]) and what came too early ([`flow::MAX_PENDING`]). Of names the first `--max-names`
//! are listed.
//!
//! # Where to start
//!
//! [`http::next_request`], then [`segment::dissect`], [`flow::Reassembler`], [`table::Flows`] and [`report`]; [`live`] last.
//! The rest is given.

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod body;
pub mod flow;
pub mod http;
pub mod json;
pub mod live;
pub mod report;
pub mod segment;
pub mod sniffer;
pub mod summary;
pub mod table;
