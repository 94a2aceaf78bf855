//! Lab 19: an echo server for thousands of clients on one thread.
//!
//! A thread for each client (lab 18) waits in `read` with a stack of its own. Here a client is a **task**: a future that
//! is asked to go on when there is something for it to do, and that returns when there is not. While it waits it is no
//! more than a few hundred bytes of memory. What may never happen on such a thread is a call that blocks: all clients
//! would wait for it.
//!
//! # What goes over the wire
//!
//! A request is the bytes up to a `\n`; one `\r` before it belongs to the line's end. It is answered with `ECHO: `, the
//! same bytes, and `\n`. Bytes that the client leaves without a newline before it closes are a request too.
//!
//! The server ends a conversation itself in four cases, each time so that its last words arrive ([`conn`]):
//!
//! | case | what the client sees |
//! |---|---|
//! | a line longer than `--max-line` bytes (65,536) | `ERROR line too long`, then the end |
//! | no complete line for `--idle-timeout` seconds (30) | the end |
//! | more clients at once than the server has descriptors for | `Server is full. Try again later.`, then the end |
//! | the server shuts down | the answer to the line that it has begun, if any, then the end |
//!
//! # How it shuts down
//!
//! At SIGINT or SIGTERM the server stops to accept (who connects now is refused) and closes idle connections. A client
//! whose line has begun may finish it, and is answered. When all have gone, or after `--grace` seconds (5), it logs its
//! numbers a last time and ends with exit code 0. A second signal ends it at once, with exit code 130.
//!
//! # What it counts
//!
//! Every `--metrics-interval` seconds (10), and at the end, a line in the log:
//!
//! ```text
//! METRICS requests=2 active=1 total=3 bytes_in=12 bytes_out=24 rejected=1 uptime_s=10
//! ```
//!
//! # Modules
//!
//! - [`lines`]: the pieces that TCP delivers in, answers to whole lines out; it knows no socket
//! - [`conn`]: one client, from its first byte to the close
//! - [`metrics`]: what is counted, and who may come in
//! - [`server`]: accepting, reporting and shutting down
//! - [`signals`]: the first request to stop, and the second
//! - [`mod@listen`]: how the listener comes to be (given)
//!
//! And the other program of this lab, which measures such servers: [`bench`].

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod bench;
pub mod conn;
pub mod lines;
pub mod listen;
pub mod metrics;
pub mod server;
pub mod signals;

use std::time::Duration;

/// How the server behaves, as chosen on its command line.
#[derive(Debug, Clone)]
pub struct Cfg {
    /// How long a client may take from one complete line to the next.
    pub idle_timeout: Duration,
    /// How often the metrics are logged.
    pub metrics_interval: Duration,
    /// How long requests in progress may take when the server shuts down.
    pub grace: Duration,
    /// The longest line in bytes, without its newline.
    pub max_line: usize,
    /// How many clients at once: as many as there are descriptors for.
    pub max_clients: u64,
}

/// The port, unless `--port` says otherwise.
pub fn default_port() -> u16 {
    todo!("the port that the contract asks for")
}

/// How long a client may take for a line, unless `--idle-timeout` says otherwise.
pub fn default_idle_timeout() -> Duration {
    todo!("the time that the contract asks for")
}

/// How often the metrics are logged, unless `--metrics-interval` says otherwise.
pub fn default_metrics_interval() -> Duration {
    todo!("the time that the contract asks for")
}

/// How long requests in progress may take at the end, unless `--grace` says otherwise.
pub fn default_grace() -> Duration {
    todo!("the time that the contract asks for")
}

/// The longest line in bytes, without its newline, unless `--max-line` says otherwise.
pub fn default_max_line() -> usize {
    todo!("the length that the contract asks for")
}
