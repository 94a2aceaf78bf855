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
    // begin solution: print the ready line; then, client after client: accept, take a slot, start a thread or turn it away
    labkit::ready("threaded echo server", listener.local_addr()?)?;
    let slots = Arc::new(Slots::new(cfg.max_clients));
    let lines = Arc::new(cfg.lines);
    loop {
        let (stream, client) = next_client(&listener)?;
        // Here, and not in a thread: a thread that finds no place would have been started for nothing.
        match slots.try_acquire() {
            Some(slot) => start(stream, client, slot, &slots, &lines),
            None => turn_away(stream, client, &slots),
        }
    }
    // end solution
}

/// What to do after `accept` has failed with this error.
pub fn accept_backoff(error: &io::Error) -> Action {
    // begin solution: tell one client's trouble, this machine's trouble, and a broken listener apart
    match error.kind() {
        // A client that gave up while it was waiting in the queue, or a signal (accept(2), ERRORS).
        ErrorKind::ConnectionAborted | ErrorKind::Interrupted => Action::Retry,
        // EINVAL: this socket doesn't listen.
        ErrorKind::InvalidInput => Action::Stop,
        // No descriptor (EMFILE, ENFILE) or no memory (ENOBUFS, ENOMEM). The client stays in the queue, so to ask again
        // at once would give the same answer, as fast as the CPU can.
        _ => Action::Wait(PAUSE),
    }
    // end solution
}

// begin solution item: how the next client comes, what happens when it gets a slot, and when there is none
/// Waits for the next client, also as long as none can be accepted.
fn next_client(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let mut is_short = false;
    loop {
        let error = match listener.accept() {
            Ok(accepted) => return Ok(accepted),
            Err(error) => error,
        };
        match accept_backoff(&error) {
            Action::Retry => {}
            Action::Wait(pause) => {
                // A line for each shortage, not one for each attempt.
                if !mem::replace(&mut is_short, true) {
                    labkit::log!(warn, "cannot accept: {error}");
                }
                thread::sleep(pause);
            }
            Action::Stop => return Err(error),
        }
    }
}

/// Starts the thread of one client, which takes the connection and the slot with it.
fn start(stream: TcpStream, client: SocketAddr, slot: Slot, slots: &Arc<Slots>, lines: &Arc<LineConfig>) {
    labkit::log!(info, "connected {client} active={}", slots.active());
    let (mine, lines) = (Arc::clone(slots), Arc::clone(lines));
    // `thread::spawn` would panic where the system has no thread to give.
    let thread = thread::Builder::new().name(client.to_string());
    if let Err(error) = thread.spawn(move || attend(stream, client, slot, &mine, &lines)) {
        // With the closure, the connection and the slot were dropped.
        labkit::log!(warn, "disconnected {client} active={} (no thread: {error})", slots.active());
    }
}

/// Serves one client, in its own thread.
fn attend(stream: TcpStream, client: SocketAddr, slot: Slot, slots: &Slots, lines: &LineConfig) {
    let outcome = converse(stream, lines);
    drop(slot);
    match outcome {
        Ok(()) => labkit::log!(info, "disconnected {client} active={}", slots.active()),
        Err(error) => labkit::log!(warn, "disconnected {client} active={} ({error})", slots.active()),
    }
}

/// Sends one client away.
fn turn_away(stream: TcpStream, client: SocketAddr, slots: &Slots) {
    match say_full(stream) {
        Ok(()) => labkit::log!(info, "rejected {client} active={}", slots.active()),
        Err(error) => labkit::log!(warn, "rejected {client} active={} ({error})", slots.active()),
    }
}

/// Says that there is no place, and closes, without ever waiting for the client: whoever comes next waits for us.
fn say_full(mut stream: TcpStream) -> io::Result<()> {
    // It doesn't block: the send buffer of a new connection is empty.
    stream.write_all(FULL)?;
    stream.shutdown(Shutdown::Write)?;
    // Unread input would turn the close into a reset (lab 02). What has come already is read here; `labkit::close` would
    // wait for what comes later, too, up to a second for each client.
    stream.set_nonblocking(true)?;
    match stream.read(&mut [0; 4096]) {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}
// end solution item
