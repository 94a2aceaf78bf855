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
    // begin solution: print the ready line, then accept, log and serve client after client
    labkit::ready("TCP echo server", listener.local_addr()?)?;
    loop {
        let (stream, client) = match listener.accept() {
            Ok(accepted) => accepted,
            // A client that gave up while it was waiting in the queue (accept(2), ERRORS).
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error),
        };
        labkit::log!(info, "{client} connected");
        match serve_client(stream, &config.mode) {
            Ok(summary) => labkit::log!(info, "{client} disconnected: {summary}"),
            Err(error) => labkit::log!(warn, "{client} disconnected: {error}"),
        }
        if config.once {
            return Ok(());
        }
    }
    // end solution
}

/// Echoes to one client until it has finished, and closes the connection. Returns for the log how much it got.
fn serve_client(stream: TcpStream, mode: &Mode) -> Result<String, ServeError> {
    // begin solution: serve the client in the mode asked for, then close with labkit::drain_close
    let conversation = match mode {
        Mode::Line(config) => serve_lines(BufReader::new(&stream), &stream, config, &SystemTime::now)
            .map(|stats| format!("lines={} bytes={}", stats.lines, stats.bytes)),
        Mode::Exact => serve_exact(&mut &stream).map(|n| format!("bytes={n}")).map_err(ServeError::Io),
    };
    // To close with input unread sends RST (RFC 1122 §4.2.2.13), and the client may lose the last answer.
    let closed = labkit::drain_close(stream, DRAIN_BYTES, DRAIN_TIME);

    let summary = conversation?;
    closed?;
    Ok(summary)
    // end solution
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
    // begin solution: answer line after line until the end of the stream or a line that is too long
    let mut stats = Stats::default();
    loop {
        match read_line(&mut reader, config.max_line)? {
            Line::Whole(line) | Line::Tail(line) => {
                let answer = handle_line(&line, config, now());
                writer.write_all(&answer)?;
                writer.flush()?;
                stats.lines += 1;
                stats.bytes += answer.len() as u64;
            }
            Line::TooLong => {
                writer.write_all(b"ERROR line too long\n")?;
                writer.flush()?;
                return Err(ServeError::LineTooLong { max: config.max_line });
            }
            Line::End => return Ok(stats),
        }
    }
    // end solution
}

/// The answer to one line, given without its `\n`: the time for `TIME`, else the prefix and the same bytes, which
/// need not be text. The answer ends with `\n`.
pub fn handle_line(line: &[u8], config: &LineConfig, now: SystemTime) -> Vec<u8> {
    // begin solution: answer TIME with the time, any other line with the prefix and the line
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.trim_ascii().eq_ignore_ascii_case(b"TIME") {
        return format!("SERVER TIME: {}\n", labkit::time::utc_ymd_hms(now)).into_bytes();
    }

    let mut answer = config.prefix.clone();
    answer.extend_from_slice(line);
    if config.upper {
        // ASCII only: a line is bytes, and any other rule would need to know the encoding.
        answer[config.prefix.len()..].make_ascii_uppercase();
    }
    answer.push(b'\n');
    answer
    // end solution
}

/// Sends back every byte of `stream` in order until it ends, and returns how many there were.
///
/// # Errors
///
/// Those of `stream`, except `Interrupted`, which is retried.
pub fn serve_exact<S: Read + Write>(stream: &mut S) -> io::Result<u64> {
    // begin solution: send back all that each read returns until a read returns nothing
    let mut buffer = [0; 16 * 1024];
    let mut total = 0;
    loop {
        let length = match stream.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        stream.write_all(&buffer[..length])?;
        stream.flush()?;
        total += length as u64;
    }
    // end solution
}
