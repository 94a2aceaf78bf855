//! The fixed words of reports: bytes, errors of the system, how programs end, limits.

use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use cell::{Excess, Habit, Reply};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use wire::bytes::escape;

use crate::fault::Fault;

/// More than this in one step is told by its length.
const SHOWN: usize = 200;

/// Bytes as they stand in a story: quoted and escaped, the long ones by their beginning and length.
pub(crate) fn shown(bytes: &[u8]) -> String {
    if bytes.len() <= SHOWN {
        escape(bytes)
    } else {
        format!("{}… ({} bytes)", escape(&bytes[..40]), bytes.len())
    }
}

/// An error of the grader's own socket, as the program caused it; its name in errno(3) where books and manuals have it.
pub(crate) fn in_words(error: &io::Error) -> String {
    let told = match error.kind() {
        ErrorKind::ConnectionRefused => {
            "refused (ECONNREFUSED): nothing listens on that port; is your server running, and on the right address?"
        }
        ErrorKind::ConnectionReset => {
            "the connection was reset (RST, ECONNRESET): your program closed it with bytes unread, or ended"
        }
        ErrorKind::BrokenPipe => "the program had closed the connection (EPIPE)",
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer in time",
        ErrorKind::AddrInUse => "the address is in use (EADDRINUSE): another socket holds that port",
        ErrorKind::AddrNotAvailable => "no such address on this machine (EADDRNOTAVAIL)",
        ErrorKind::NetworkUnreachable => "no route to that network (ENETUNREACH)",
        ErrorKind::HostUnreachable => "nobody answers for that address (EHOSTUNREACH)",
        ErrorKind::PermissionDenied => "not permitted (EACCES or EPERM)",
        ErrorKind::NotConnected => "not connected (ENOTCONN): the other side has gone",
        ErrorKind::UnexpectedEof => "the end came too early (EOF)",
        _ => return error.to_string(),
    };
    told.to_owned()
}

/// How a process ended.
pub(crate) fn end(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(101), _) => "exit code 101 (a panic)".to_owned(),
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(number)) => {
            let signal = Signal::try_from(number).ok();
            let name = signal.map_or("an unknown signal", Signal::as_str);
            let why = match signal {
                Some(Signal::SIGABRT) => " (it aborted itself: a panic within a panic, or a stack overflow)",
                Some(Signal::SIGBUS | Signal::SIGSEGV) => " (it touched memory that is not its own)",
                Some(Signal::SIGPIPE) => " (it wrote where nobody reads any more)",
                _ => "",
            };
            format!("killed by {name}{why}")
        }
        (None, None) => "an unknown end".to_owned(),
    }
}

/// A silent program that has used so much is no program that waits: what correct ones do takes them milliseconds.
const BUSY: Duration = Duration::from_secs(1);

/// Why nothing came, where that was no wait: the most frequent cause is a loop that takes the end of the stream for a
/// piece of nothing, and reads again.
pub(crate) fn busy(cpu_time: Duration) -> Option<String> {
    let seconds = cpu_time.as_secs();
    (cpu_time >= BUSY).then(|| {
        format!("it used {seconds} s of CPU time meanwhile: a loop that goes round without waiting?")
    })
}

/// The same, where it was seen what goes round.
pub(crate) fn habit(habit: &Habit) -> String {
    let Habit::Calls { call, reply } = habit else {
        return "it computes, and made no system call in 2 s of CPU time: a loop that never ends?".to_owned();
    };
    let reply = match reply {
        Reply::End => "each time gets 0: the end of the stream (EOF), after which nothing comes".to_owned(),
        Reply::NoRoom => "each time gets 0, because its buffer has room for 0 bytes".to_owned(),
        Reply::Error(errno) => format!("each time gets {}", Errno::from_raw(*errno)),
    };
    format!("it calls {call} over and over, and {reply}")
}

/// A limit of the cell that was passed: why all of the program's processes were ended.
pub(crate) fn excess(excess: Excess) -> Fault {
    match excess {
        Excess::Processes { used, limit } => Fault::expected(format!("at most {limit} processes"))
            .got(format!("{used}: all of them were ended")),
        Excess::Memory { used, limit } => Fault::expected(format!("at most {} MiB of memory", limit >> 20))
            .got(format!("{} MiB: all its processes were ended", used >> 20)),
        Excess::CpuTime { used, limit } => {
            Fault::expected(format!("at most {} s of CPU time", limit.as_secs()))
                .got(format!("{} s: all its processes were ended", used.as_secs()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_quoted_and_long_ones_told_by_their_length() {
        assert_eq!(shown(b"Hello\n"), r#""Hello\n""#);
        assert_eq!(shown(&[b'a'; 201]), format!("\"{}\"… (201 bytes)", "a".repeat(40)));
    }

    #[test]
    fn errors_are_told_in_plain_words() {
        let refused = "refused (ECONNREFUSED): nothing listens on that port; is your server running, and on the right \
                       address?";
        let reset =
            "the connection was reset (RST, ECONNRESET): your program closed it with bytes unread, or ended";
        let table = [
            (Errno::ECONNREFUSED, refused),
            (Errno::ECONNRESET, reset),
            (Errno::EPIPE, "the program had closed the connection (EPIPE)"),
            (Errno::ETIMEDOUT, "no answer in time"),
            (Errno::EAGAIN, "no answer in time"),
            (Errno::EADDRINUSE, "the address is in use (EADDRINUSE): another socket holds that port"),
            (Errno::EADDRNOTAVAIL, "no such address on this machine (EADDRNOTAVAIL)"),
            (Errno::ENETUNREACH, "no route to that network (ENETUNREACH)"),
            (Errno::EHOSTUNREACH, "nobody answers for that address (EHOSTUNREACH)"),
            (Errno::EACCES, "not permitted (EACCES or EPERM)"),
            (Errno::EPERM, "not permitted (EACCES or EPERM)"),
            (Errno::ENOTCONN, "not connected (ENOTCONN): the other side has gone"),
            (Errno::EMFILE, "Too many open files (os error 24)"),
        ];
        for (errno, words) in table {
            assert_eq!(in_words(&errno.into()), words, "{errno}");
        }
        assert_eq!(in_words(&ErrorKind::UnexpectedEof.into()), "the end came too early (EOF)");
    }

    #[test]
    fn ends_are_told_in_plain_words() {
        // wait(2): the exit code stands in the second byte, a signal in the first.
        let table = [
            (0, "exit code 0"),
            (3 << 8, "exit code 3"),
            (101 << 8, "exit code 101 (a panic)"),
            (Signal::SIGKILL as i32, "killed by SIGKILL"),
            (Signal::SIGSEGV as i32, "killed by SIGSEGV (it touched memory that is not its own)"),
            (Signal::SIGBUS as i32, "killed by SIGBUS (it touched memory that is not its own)"),
            (Signal::SIGPIPE as i32, "killed by SIGPIPE (it wrote where nobody reads any more)"),
            (
                Signal::SIGABRT as i32,
                "killed by SIGABRT (it aborted itself: a panic within a panic, or a stack overflow)",
            ),
            (64, "killed by an unknown signal"),
        ];
        for (raw, words) in table {
            assert_eq!(end(ExitStatus::from_raw(raw)), words);
        }
    }

    #[test]
    fn who_is_silent_and_busy_may_have_a_loop() {
        let table = [
            (0, None),
            (999, None),
            (4990, Some("it used 4 s of CPU time meanwhile: a loop that goes round without waiting?")),
        ];
        for (milliseconds, words) in table {
            assert_eq!(busy(Duration::from_millis(milliseconds)).as_deref(), words, "{milliseconds} ms");
        }
    }

    #[test]
    fn habits_are_told_with_what_comes_of_them() {
        let table = [
            (
                Reply::End,
                "it calls read over and over, and each time gets 0: the end of the stream (EOF), after which nothing comes",
            ),
            (
                Reply::NoRoom,
                "it calls read over and over, and each time gets 0, because its buffer has room for 0 bytes",
            ),
            (
                Reply::Error(nix::libc::EAGAIN),
                "it calls read over and over, and each time gets EAGAIN: Try again",
            ),
        ];
        for (reply, words) in table {
            assert_eq!(habit(&Habit::Calls { call: "read".to_owned(), reply }), words);
        }
        let computes = "it computes, and made no system call in 2 s of CPU time: a loop that never ends?";
        assert_eq!(habit(&Habit::Computes), computes);
    }

    #[test]
    fn limits_are_told_with_both_numbers() {
        let table = [
            (
                Excess::Processes { used: 65, limit: 64 },
                "expected at most 64 processes, got 65: all of them were ended",
            ),
            (
                Excess::Memory { used: 300 << 20, limit: 256 << 20 },
                "expected at most 256 MiB of memory, got 300 MiB: all its processes were ended",
            ),
            (
                Excess::CpuTime { used: Duration::from_secs(31), limit: Duration::from_secs(30) },
                "expected at most 30 s of CPU time, got 31 s: all its processes were ended",
            ),
        ];
        for (seen, words) in table {
            assert_eq!(excess(seen).to_string(), words);
        }
    }
}
