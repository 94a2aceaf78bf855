//! `net-bench`: how fast is a server, and how sure are you?
//!
//! ```text
//! net-bench localhost:9999 100 20             100 connections, 20 requests on each, one after another
//! net-bench localhost:9999 100 20 --rate 500  the same requests on a timetable: 500 a second, whatever the server does
//! net-bench --compare localhost:9998 localhost:9999 100 20     two servers in turns, and the ratios of the pairs
//! ```
//!
//! # What goes over the wire
//!
//! Each connection sends a line, waits for the whole reply, `ECHO: `, the same line and a newline, and sends the next
//! one. No two lines of a connection are the same, so that no reply can be right by accident. With `--http PATH` a
//! request is `GET PATH`, and a reply is right if its status is 200 and its body as long as it says.
//!
//! # What counts
//!
//! | | |
//! |---|---|
//! | `requests` | CONNS × REQS: what was asked for, and always `ok + failed` |
//! | `ok` | replies that came in time and were right to the last byte |
//! | `failed` | all other requests, also those that were never sent: the first failure closes a connection |
//! | `rejected` | connections whose server said `Server is full…` |
//! | `seconds` | from before the first connection to the last reply |
//! | `req/s`, `rps` | `ok` in a second: a failure is no work done |
//! | `p50`, `p95`, `p99`, `max` | how long right replies took, in milliseconds; a [`percentile()`] is a sample, not a mean |
//!
//! The exit code is 0 if nothing failed, else 1.
//!
//! # Where you write
//!
//! | file | you write |
//! |---|---|
//! | [`percentile`](mod@percentile) | what p95 is |
//! | [`echo`] | whether a reply is the right one |
//! | [`closed_loop`] | the measurement: connections, clock, counts |
//! | [`report`] | the exit code |
//!
//! Given: [`connection`] (one question, one answer, one deadline), [`board`] (on which all connections write),
//! [`latencies`], [`open_loop`], [`http`], [`compare`], [`plot`], [`progress`]. They are worth reading.

pub mod board;
pub mod closed_loop;
pub mod compare;
pub mod connection;
pub mod echo;
pub mod failure;
pub mod http;
pub mod latencies;
pub mod open_loop;
pub mod percentile;
pub mod plot;
pub mod progress;
pub mod report;
pub mod target;

pub use board::Board;
pub use closed_loop::run;
pub use compare::compare;
pub use connection::Connection;
pub use failure::Failure;
pub use latencies::Latencies;
pub use percentile::percentile;
pub use report::Report;
pub use target::{Options, Protocol, Target};
