//! A session for each client, and never more of them than there are places.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::accept::next_client;
use crate::frames::{FrameError, FrameReader, write_frame};
use crate::outbox::Outbox;
use crate::session::Session;
use crate::shared::Shared;
use crate::slots::{Slot, Slots};

/// What a client is told for which there is no place.
pub const FULL: &str = "ERR 503 all sessions are taken";

/// What a client is told whose frame is too long.
pub const TOO_LARGE: &str = "ERR 400 the frame is too large";

/// How the server behaves, as chosen on its command line.
#[derive(Debug, Clone)]
pub struct Cfg {
    /// How many sessions there may be at once.
    pub max_sessions: usize,
    /// How long a client may take for a frame that it has begun, and for taking any of what is sent to it.
    pub stall_timeout: Duration,
}

/// Prints the ready line, then gives each client a session, and logs each one's arrival and departure with its address. A
/// client that finds all sessions taken is told [`FULL`].
///
/// The loop itself never waits for a client, and nothing that happens to one of them ends it.
///
/// # Errors
///
/// When the ready line can't be printed, or nobody can be accepted any more.
pub fn run(listener: TcpListener, shared: Shared, cfg: Cfg) -> io::Result<()> {
    todo!(
        "print the ready line; then, client after client: accept, take a slot, start its thread or turn it away"
    )
}

// Your part: a session's threads, how it ends, and what happens when there is no place
