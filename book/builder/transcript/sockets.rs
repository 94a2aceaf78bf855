//! The kernel's tables of TCP and UDP sockets, as events to wait for.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::record::{LOOK_AGAIN, PATIENCE};

const TCP: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
pub(super) const LISTENING: &str = "0A";
pub(super) const ESTABLISHED: &str = "01";

/// A line of /proc/net/tcp or udp.
pub(super) struct Socket<'a> {
    /// Of TCP: [`LISTENING`], [`ESTABLISHED`] …
    pub(super) state: &'a str,
    /// Bytes received and not read; of a listener, connections not accepted.
    pub(super) unread: u32,
}

/// Waits until a TCP socket with this local port is as wanted.
pub(super) fn wait_for_socket(port: u16, wanted: impl Fn(&Socket) -> bool) -> Result<()> {
    wait_in(TCP, port, |sockets| sockets.iter().any(&wanted))
}

/// Waits until no TCP socket listens on this local port.
pub(super) fn wait_until_free(port: u16) -> Result<()> {
    wait_in(TCP, port, |sockets| !sockets.iter().any(|socket| socket.state == LISTENING))
}

/// Waits until a UDP socket with this local port is there: what is sent to it from now on arrives.
pub(super) fn wait_for_bound(port: u16) -> Result<()> {
    wait_in(["/proc/net/udp", "/proc/net/udp6"], port, |sockets| !sockets.is_empty())
}

/// Waits until a connection with this local port holds as many unread bytes, and not none, as it did a while ago.
pub(super) fn wait_until_stuck(port: u16) -> Result<()> {
    /// A program that reads at all has read something by then.
    const WHILE: Duration = Duration::from_millis(500);
    let since = Cell::new((0, Instant::now()));
    wait_for_socket(port, |socket| {
        if socket.state != ESTABLISHED {
            return false;
        }
        let (unread, start) = since.get();
        if socket.unread != unread {
            since.set((socket.unread, Instant::now()));
        }
        unread > 0 && socket.unread == unread && start.elapsed() > WHILE
    })
}

fn wait_in(tables: [&str; 2], port: u16, wanted: impl Fn(&[Socket]) -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let local = format!(":{port:04X}");
    loop {
        let table = tables.map(|path| std::fs::read_to_string(path).unwrap_or_default()).concat();
        let sockets = table.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [_, address, _, state, queues, ..] = fields[..] else { return None };
            let unread = queues.split_once(':').and_then(|(_, rx)| u32::from_str_radix(rx, 16).ok());
            address.ends_with(&local).then_some(Socket { state, unread: unread.unwrap_or(0) })
        });
        if wanted(&sockets.collect::<Vec<_>>()) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "no socket of port {port} got there in {} s", PATIENCE.as_secs());
        std::thread::sleep(LOOK_AGAIN);
    }
}
