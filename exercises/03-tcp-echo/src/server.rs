//! The server: clients are accepted one after another, and each is echoed to until it has finished.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, SystemTime};

use crate::lines::{Line, read_line};

/// What stands before every echoed line unless `--prefix` says otherwise.
pub const DEFAULT_PREFIX: &str = "ECHO: ";

/// The longest line in bytes, without its newline, unless `--max-line` says otherwise.
pub const DEFAULT_MAX_LINE: usize = 65_536;

/// How much input the server discards at most while it waits for the client to close as well.
const DRAIN_BYTES: u64 = 1024 * 1024;

/// How long it waits for that at most.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// How the server behaves, as chosen on its command line.
#[derive(Debug, Clone)]
pub struct Config {
    /// What clients get back.
    pub mode: Mode,
    /// Return after the first client instead of waiting for the next.
    pub once: bool,
}

/// What clients get back.
#[derive(Debug, Clone)]
pub enum Mode {
    /// An answer for every line.
    Line(LineConfig),
    /// The bytes they sent, unchanged.
    Exact,
}

/// How lines are answered.
#[derive(Debug, Clone)]
pub struct LineConfig {
    /// Stands before every echoed line. Bytes, because a command line need not be text.
    pub prefix: Vec<u8>,
    /// Whether the ASCII letters of the echoed line, not of the prefix, become capitals.
    pub upper: bool,
    /// The longest line in bytes, without its newline.
    pub max_line: usize,
}

/// What a conversation in line mode amounted to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Lines answered.
    pub lines: u64,
    /// Bytes of all answers together.
    pub bytes: u64,
}

/// Why a conversation ended before the client had finished.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The client sent a line longer than allowed, and was told so.
    #[error("line longer than {max} bytes")]
    LineTooLong {
        /// The longest line allowed, in bytes.
        max: usize,
    },
    /// The connection broke: the client sent RST, or vanished.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Prints the ready line, then serves one client after another, and logs each one's arrival and departure with
/// its address. Returns only if `config.once` is set (after the first client, however it left) or on an error.
///
/// # Errors
///
/// When the ready line can't be printed or the listener can't accept any more. What goes wrong with a client is
/// logged, and the next client served.
pub fn run(listener: TcpListener, config: Config) -> io::Result<()> {
    todo!("print the ready line, then accept, log and serve client after client")
}

/// Echoes to one client until it has finished, and closes the connection. Returns for the log how much it got.
fn serve_client(stream: TcpStream, mode: &Mode) -> Result<String, ServeError> {
    todo!("serve the client in the mode asked for, then close with labkit::drain_close")
}

/// Answers every line of `reader` on `writer`, as [`handle_line`] says, until the end of the stream. `now` is
/// the clock that `TIME` is answered from.
///
/// # Errors
///
/// [`ServeError::LineTooLong`] after `ERROR line too long` was sent; [`ServeError::Io`] from `reader` or `writer`.
pub fn serve_lines<R: BufRead, W: Write>(
    mut reader: R,
    mut writer: W,
    config: &LineConfig,
    now: &dyn Fn() -> SystemTime,
) -> Result<Stats, ServeError> {
    todo!("answer line after line until the end of the stream or a line that is too long")
}

/// The answer to one line, given without its `\n`: the time for `TIME`, else the prefix and the same bytes, which
/// need not be text. The answer ends with `\n`.
pub fn handle_line(line: &[u8], config: &LineConfig, now: SystemTime) -> Vec<u8> {
    todo!("answer TIME with the time, any other line with the prefix and the line")
}

/// Sends back every byte of `stream` in order until it ends, and returns how many there were.
///
/// # Errors
///
/// Those of `stream`, except `Interrupted`, which is retried.
pub fn serve_exact<S: Read + Write>(stream: &mut S) -> io::Result<u64> {
    todo!("send back all that each read returns until a read returns nothing")
}
