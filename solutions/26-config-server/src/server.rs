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
    // begin solution: print the ready line; then, client after client: accept, take a slot, start its thread or turn it away
    labkit::ready("configuration server", listener.local_addr()?)?;
    let slots = Arc::new(Slots::new(cfg.max_sessions));
    let shared = Arc::new(shared);
    loop {
        let (stream, client) = next_client(&listener)?;
        match slots.try_acquire() {
            Some(slot) => start(stream, client, slot, &shared, cfg.stall_timeout),
            None => turn_away(stream, client),
        }
    }
    // end solution
}

// begin solution item: a session's threads, how it ends, and what happens when there is no place
/// Starts the thread of one client, which takes the connection and the slot with it.
fn start(stream: TcpStream, client: SocketAddr, slot: Slot, shared: &Arc<Shared>, patience: Duration) {
    labkit::log!(info, "{client} connected");
    let shared = Arc::clone(shared);
    let thread = thread::Builder::new().name(client.to_string());
    let started = thread.spawn(move || {
        let outcome = attend(stream, &shared, patience);
        drop(slot);
        match outcome {
            Ok(()) => labkit::log!(info, "{client} disconnected"),
            Err(error) => labkit::log!(warn, "{client} disconnected: {error}"),
        }
    });
    if let Err(error) = started {
        // With the closure, the connection and the slot were dropped.
        labkit::log!(warn, "{client} disconnected: no thread: {error}");
    }
}

/// One session from its first frame to its end: this thread reads the requests, a second one sends what waits in the outbox.
fn attend(stream: TcpStream, shared: &Shared, patience: Duration) -> Result<(), FrameError> {
    // Else the second of two replies waits until the client has acknowledged the first (Nagle's algorithm, RFC 896).
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(patience))?;
    let outbox = Arc::new(Outbox::new(stream));
    let sender = thread::Builder::new().spawn({
        let outbox = Arc::clone(&outbox);
        move || outbox.send_all().inspect_err(|_| outbox.cut_off())
    })?;

    let talked = talk(&outbox, shared, patience);
    // From here on there are no events for it.
    shared.forget(&outbox);
    match &talked {
        Ok(()) => {}
        Err(FrameError::TooLarge(_)) => outbox.reply(TOO_LARGE),
        // It waits for nothing any more.
        Err(_) => outbox.cut_off(),
    }
    outbox.finish();
    let sent = sender.join().unwrap_or_else(|_| Err(io::Error::other("its sender panicked").into()));
    let closed = Arc::into_inner(outbox).map_or(Ok(0), |outbox| labkit::close(outbox.into_stream()));
    talked.and(sent)?;
    closed?;
    Ok(())
}

/// Handles request after request, until the client has finished.
fn talk(outbox: &Arc<Outbox>, shared: &Shared, patience: Duration) -> Result<(), FrameError> {
    let mut session = Session::new(Arc::clone(outbox));
    let mut requests = FrameReader::new(outbox.stream(), patience);
    while outbox.wait_for_room() {
        let Some(request) = requests.next_frame()? else { break };
        if session.handle(&request, shared).is_break() {
            break;
        }
    }
    Ok(())
}

/// Says that there is no place, and closes, without ever waiting for the client: whoever comes next waits for us.
fn turn_away(stream: TcpStream, client: SocketAddr) {
    match say_full(stream) {
        Ok(()) => labkit::log!(info, "{client} rejected"),
        Err(error) => labkit::log!(warn, "{client} rejected: {error}"),
    }
}

fn say_full(mut stream: TcpStream) -> Result<(), FrameError> {
    // It doesn't block: the send buffer of a new connection is empty.
    write_frame(&mut stream, FULL.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    // Unread input would turn the close into a reset (lab 02). What has come already is read here.
    stream.set_nonblocking(true)?;
    match stream.read(&mut [0; 4096]) {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error.into()),
        _ => Ok(()),
    }
}
// end solution item
