//! The loop that accepts clients, and what it does when it can't.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::conversation::{LineConfig, converse};
use crate::slots::{Slot, Slots};

/// What a client is told for which there is no place.
pub const FULL: &[u8] = b"Server is full. Try again later.\n";

/// How long the server waits when it can't accept, before it tries again: so short that nobody minds, and so long that
/// it needs next to no CPU time meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// How the server behaves, as chosen on its command line.
#[derive(Debug, Clone)]
pub struct Cfg {
    /// How many clients are served at once.
    pub max_clients: usize,
    /// How their lines are answered.
    pub lines: LineConfig,
}

/// What to do after `accept` has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Accept again at once: it was the trouble of one client, and the next one is waiting.
    Retry,
    /// Accept again after that time: this machine is short of something that others may give back.
    Wait(Duration),
    /// Give up: this listener will never accept anybody.
    Stop,
}

/// Prints the ready line, then serves every client in a thread of its own, as long as there are places; a client that
/// finds none is told [`FULL`]. Who comes, leaves and is turned away is logged, as the crate's documentation says.
///
/// The loop itself never waits for a client, and nothing that happens to one of them ends it.
///
/// # Errors
///
/// When the ready line can't be printed, or when [`accept_backoff`] says that it is time to stop.
pub fn run(listener: TcpListener, cfg: Cfg) -> io::Result<()> {
    todo!(
        "print the ready line; then, client after client: accept, take a slot, start a thread or turn it away"
    )
}

/// What to do after `accept` has failed with this error.
pub fn accept_backoff(error: &io::Error) -> Action {
    todo!("tell one client's trouble, this machine's trouble, and a broken listener apart")
}

// Your part: how the next client comes, what happens when it gets a slot, and when there is none
