//! The log line: `YYYY-MM-DD HH:MM:SS LEVEL text`, in UTC, on standard error.
//!
//! Standard output is for results, standard error for what the operator should know. See [`log!`](crate::log!).

use crate::time::utc_ymd_hms;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::time::SystemTime;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The ordinary course of things: a client came, a client left.
    Info,
    /// Something went wrong, and the program copes: a client broke the protocol.
    Warn,
    /// Something went wrong that the operator must look at.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
        })
    }
}

/// Writes one line to the log, at level `info`, `warn` or `error`; the rest is as in [`format!`].
///
/// ```
/// let peer = "127.0.0.1:40000";
/// labkit::log!(info, "client {peer} connected");
/// // 2025-01-20 14:30:45 INFO client 127.0.0.1:40000 connected
/// labkit::log!(warn, "client {peer}: {} bytes missing", 3);
/// labkit::log!(error, "accept: {}", std::io::Error::last_os_error());
/// ```
#[macro_export]
macro_rules! log {
    (info, $($text:tt)+) => { $crate::log::write($crate::log::Level::Info, ::std::format_args!($($text)+)) };
    (warn, $($text:tt)+) => { $crate::log::write($crate::log::Level::Warn, ::std::format_args!($($text)+)) };
    (error, $($text:tt)+) => { $crate::log::write($crate::log::Level::Error, ::std::format_args!($($text)+)) };
}

/// Writes one line to standard error: what [`log!`](crate::log!) expands to.
///
/// It is one `write`, so that lines of several threads don't mix. A failure is ignored: there is nowhere left to
/// report it, and a server must not die because nobody reads its log.
pub fn write(level: Level, text: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(line(SystemTime::now(), level, text).as_bytes());
}

fn line(now: SystemTime, level: Level, text: fmt::Arguments<'_>) -> String {
    let mut line = format!("{} {level} ", utc_ymd_hms(now));
    // The text may quote a peer, and a peer must not be able to begin a line of its own or to move the cursor.
    for c in text.to_string().chars() {
        if c.is_control() {
            let _ = write!(line, "{}", c.escape_default());
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_line_is_time_level_text() {
        assert_eq!(
            line(at(1_737_383_445), Level::Info, format_args!("client {} connected", "127.0.0.1:9")),
            "2025-01-20 14:30:45 INFO client 127.0.0.1:9 connected\n"
        );
        assert_eq!(line(at(0), Level::Warn, format_args!("é")), "1970-01-01 00:00:00 WARN é\n");
        assert_eq!(line(at(0), Level::Error, format_args!("no")), "1970-01-01 00:00:00 ERROR no\n");
    }

    #[test]
    fn a_peer_cannot_forge_a_line() {
        let text = "bye\n2025-01-20 14:30:45 INFO all is well\x1b[2J";
        assert_eq!(
            line(at(0), Level::Info, format_args!("peer said {text}")),
            "1970-01-01 00:00:00 INFO peer said bye\\n2025-01-20 14:30:45 INFO all is well\\u{1b}[2J\n"
        );
    }
}
