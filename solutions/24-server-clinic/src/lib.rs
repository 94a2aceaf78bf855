//! Lab 24: a server with eight faults. You reproduce each, prove what it is, mend it, and see to it that it stays mended.
//!
//! # The patient
//!
//! `buggy-server` (`src/bin/buggy-server/`) is given, and stays as it is: the checks play your reproductions against the
//! course's own build of it. It takes the flags of the contract below; what it makes of them is part of the trouble.
//!
//! | | what people say about it |
//! |---|---|
//! | B1 | it counts clients that have long left, and grows with them |
//! | B2 | one strange line, and it is gone |
//! | B3 | it keeps far more requests than `--queue-size` |
//! | B4 | connections that clients have closed stay half open |
//! | B5 | a client that says nothing stays for ever |
//! | B6 | with six people in the office it dies |
//! | B7 | the metrics are nonsense |
//! | B8 | Ctrl+C, and the line that somebody was typing gets no answer |
//!
//! # What you write
//!
//! - `diagnosis.toml`: for each fault where it is, what one sees, a script that reproduces it, its cause, and its cure
//! - [`fixed_server`]: the same server without the faults; begin with a copy of the patient's modules
//! - [`mod@guide`]: what you would tell the next person, and how you would ask somebody else for help (`debug-guide`)
//!
//! # What goes over the wire
//!
//! A line is the bytes up to a `\n`; one `\r` before it belongs to the line's end. What a client leaves without a newline
//! before it closes is a line too. Each line gets one line in return:
//!
//! | line | answer |
//! |---|---|
//! | `STATS` | `STATS active=<A> total=<T> requests=<R> queue=<N>/<SIZE>` |
//! | other text (UTF-8) | `ECHO: ` and the text with its ASCII letters in capitals |
//! | bytes that are no UTF-8 | `ERROR: Invalid encoding`, and the conversation goes on |
//!
//! `A` counts who is connected now, `T` whoever was accepted, `R` the lines that were answered, but for `STATS` itself; `N` is
//! how many of the last requests are kept: texts that were echoed, of which the oldest goes when there are `SIZE`.
//!
//! The server ends a conversation itself in four cases, each time with FIN, and so that its last words arrive:
//!
//! | case | what the client sees |
//! |---|---|
//! | a line of more than 65,536 bytes | the end |
//! | no complete line for `--idle-timeout` seconds (30) | the end |
//! | more than `--max-clients` clients (100) | `Server is full. Try again later.`, then the end |
//! | SIGINT or SIGTERM | the answer to the line that it has begun, if any, then the end |
//!
//! After a signal new clients are refused and idle ones closed; a begun line may be finished for `--grace` seconds (5). Then
//! the server logs its numbers a last time, and ends with exit code 0. A second signal ends it at once, with exit code 130.
//! Whatever a client does, and whatever the machine lacks, nothing else ends it.
//!
//! Every `--metrics-interval` seconds (10), and at the end, a line in the log:
//!
//! ```text
//! METRICS requests=2 active=1 total=3 bytes_in=12 bytes_out=24 rejected=1 uptime_s=10
//! ```
//!
//! `requests`, `active` and `total` as in `STATS`. `bytes_in` is all that clients have sent, also half lines; `bytes_out` the
//! answers, without those to clients that were turned away: `rejected`.

pub mod diagnosis;
pub mod fixed_server;
pub mod guide;

use std::time::Duration;

/// How the fixed server behaves, as chosen on its command line.
#[derive(Debug, Clone)]
pub struct Cfg {
    /// How many clients at once.
    pub max_clients: usize,
    /// How many of the last requests are kept.
    pub queue_size: usize,
    /// How long a client may take from one complete line to the next.
    pub idle_timeout: Duration,
    /// How often the metrics are logged.
    pub metrics_interval: Duration,
    /// How long requests in progress may take when the server shuts down.
    pub grace: Duration,
}

/// The fixed server's port, unless `--port` says otherwise: one above the patient's, so that both can run.
pub fn default_port() -> u16 {
    // begin solution: the port that the contract asks for
    9996
    // end solution
}
