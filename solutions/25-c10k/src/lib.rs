//! Lab 25: an echo server for ten thousand connections at once, and a report about it with numbers.
//!
//! Lab 19's server would take ten thousand clients on a good day. This one is for the bad ones. What ends a server of that
//! size is never the thousandth line of its program, but a limit that nobody has thought of: of descriptors, of the queue
//! before `accept`, of the memory behind a client who says nothing, of the patience with one who doesn't read. Each has a
//! module here, or a flag.
//!
//! # What goes over the wire
//!
//! As in lab 19: a request is the bytes up to a `\n`; one `\r` before it belongs to the line's end. It is answered with
//! `ECHO: `, the same bytes, and `\n`. Bytes that the client leaves without a newline before it closes are a request too.
//!
//! The server ends a conversation itself in five cases:
//!
//! | case | what the client sees |
//! |---|---|
//! | a line longer than `--max-line` bytes (65,536) | `ERROR line too long`, then the end |
//! | no complete line for `--idle-timeout` seconds (60) | the end |
//! | an answer that the kernel doesn't take within `--write-timeout` seconds (10), because the client doesn't read | a reset |
//! | `--max-clients` (20,000) are there, or as many as there are descriptors for | `Server is full. Try again later.`, then the end |
//! | the server shuts down | the answer to the line that it has begun, if any, then the end |
//!
//! *The end* is a FIN that comes behind the last answer; the reset is for those who take no answers anyway.
//!
//! # What the server needs of the machine
//!
//! - **Descriptors**: each client takes one. It starts with the shell's limit, often 1,024, and raises that as far as it needs
//!   and may. The log says so: `open files: 4096 of 20032 wanted, room for 4064 clients` ([`limits`]).
//! - **A queue**: `--backlog` connections (4,096) may wait to be accepted ([`mod@listen`]).
//! - **A port**: with `--reuse-port` several processes may listen on the same one, and the kernel spreads the clients among
//!   them. Without it, a port that is taken is an error (exit code 8).
//!
//! # How it shuts down
//!
//! At SIGINT or SIGTERM the server stops to accept (who connects now is refused) and closes idle connections, all ten
//! thousand at once. A client whose line has begun may finish it, and is answered. When all have gone, or after `--grace`
//! seconds (10), the process ends with exit code 0. A second signal ends it at once, with exit code 130.
//!
//! # Modules
//!
//! - [`limits`]: how many descriptors there are, and how many clients that makes
//! - [`mod@listen`]: the listener, its queue, and a port that is shared
//! - [`server`]: accepting, whatever happens
//! - [`conn`]: one client, from its first byte to the close
//! - [`drain`]: who is told of the end, and who is waited for
//! - [`lines`], [`piece`], [`signals`]: lab 19's lines, reads and signals (given)

pub mod conn;
pub mod drain;
pub mod limits;
pub mod lines;
pub mod listen;
pub mod piece;
pub mod server;
pub mod signals;

use std::time::Duration;

/// How the server behaves, as chosen on its command line.
#[derive(Debug, Clone)]
pub struct Cfg {
    /// How many clients at once.
    pub max_clients: usize,
    /// How long a client may take from one complete line to the next.
    pub idle_timeout: Duration,
    /// How long a client may take to make room for its answers.
    pub write_timeout: Duration,
    /// How long requests in progress may take when the server shuts down.
    pub grace: Duration,
    /// The longest line in bytes, without its newline.
    pub max_line: usize,
}

/// The port, unless `--port` says otherwise.
pub fn default_port() -> u16 {
    // begin solution: the port that the contract asks for
    9997
    // end solution
}

/// How many clients at once, unless `--max-clients` says otherwise.
pub fn default_max_clients() -> usize {
    // begin solution: the number that the contract asks for
    20_000
    // end solution
}

/// How many connections may wait to be accepted, unless `--backlog` says otherwise.
pub fn default_backlog() -> u16 {
    // begin solution: the number that the contract asks for
    4096
    // end solution
}

/// How long a client may take for a line, unless `--idle-timeout` says otherwise.
pub fn default_idle_timeout() -> Duration {
    // begin solution: the time that the contract asks for
    Duration::from_secs(60)
    // end solution
}

/// How long a client may take to make room for its answers, unless `--write-timeout` says otherwise.
pub fn default_write_timeout() -> Duration {
    // begin solution: the time that the contract asks for
    Duration::from_secs(10)
    // end solution
}

/// How long requests in progress may take at the end, unless `--grace` says otherwise.
pub fn default_grace() -> Duration {
    // begin solution: the time that the contract asks for
    Duration::from_secs(10)
    // end solution
}

/// The longest line in bytes, without its newline, unless `--max-line` says otherwise.
pub fn default_max_line() -> usize {
    // begin solution: the length that the contract asks for
    65_536
    // end solution
}
