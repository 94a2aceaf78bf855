//! The client, in three ways: one that can deadlock, and two that can't.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use labkit::sys::{Interest, wait_ready};

use crate::data::{self, PIECE};
use crate::error::DeadlockError;
use crate::incoming::Incoming;
use crate::stall::StallGuard;

/// How to send and receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Strategy {
    /// Send everything, and then receive everything
    Naive,
    /// Send in a thread of its own
    Threads,
    /// Whatever is possible, in one thread that never blocks in a read or a write
    Nonblocking,
}

/// What passed.
#[derive(Debug)]
pub struct Report {
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received; the same, or the transfer would have failed.
    pub received: u64,
    /// The first chunk of the reply, or what there is of it.
    pub first: Vec<u8>,
}

/// Sends `total` bytes of text, and when all are gone receives the reply. Gives up if nothing moves for `limit`.
///
/// # Errors
///
/// See [`DeadlockError`].
pub fn run_naive(stream: TcpStream, total: u64, limit: Duration) -> Result<Report, DeadlockError> {
    // begin solution: set both timeouts; send everything, then receive everything
    set_timeouts(&stream, limit)?;
    let guard = StallGuard::new(limit);
    send(&stream, total, &guard)?;
    let incoming = receive(&stream, total, &guard)?;
    Ok(report(total, &incoming))
    // end solution
}

/// As [`run_naive`], but sends in a thread of its own while the reply is received. When the reply goes wrong, the sender does
/// not go on.
///
/// # Errors
///
/// See [`DeadlockError`]. If both fail, the receiver's error is the cause.
pub fn run_threads(stream: TcpStream, total: u64, limit: Duration) -> Result<Report, DeadlockError> {
    // begin solution: the same two halves, at the same time
    set_timeouts(&stream, limit)?;
    let guard = StallGuard::new(limit);
    let (sent, received) = thread::scope(|scope| {
        let sender = scope.spawn(|| send(&stream, total, &guard));
        let received = receive(&stream, total, &guard);
        if received.is_err() {
            // The sender may sit in a write that nobody will ever make room for. This wakes it; the connection may be gone.
            let _ = stream.shutdown(Shutdown::Both);
        }
        (sender.join(), received)
    });
    let incoming = received?;
    sent.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    Ok(report(total, &incoming))
    // end solution
}

/// As [`run_naive`], but in non-blocking mode: does whatever the socket is ready for, and waits only when it is ready for
/// nothing.
///
/// # Errors
///
/// See [`DeadlockError`].
pub fn run_nonblocking(mut stream: TcpStream, total: u64, limit: Duration) -> Result<Report, DeadlockError> {
    // begin solution: wait_ready for what there is to do; then write a piece, read a piece, or give up
    stream.set_nonblocking(true)?;
    let guard = StallGuard::new(limit);
    let mut incoming = Incoming::new(total);
    let mut buffer = [0; PIECE];
    let mut sent = 0;
    let mut has_finished = false;
    loop {
        if sent == total && !has_finished {
            stream.shutdown(Shutdown::Write)?;
            has_finished = true;
        }
        let interest = if has_finished { Interest::Read } else { Interest::ReadOrWrite };
        let ready = wait_ready(&stream, interest, Some(guard.left()))?;
        if !ready.readable && !ready.writable {
            guard.check()?;
        }
        if ready.writable
            && let Some(count) = possible(stream.write(data::outgoing(sent, total)))?
        {
            guard.sent(count);
            sent += count as u64;
        }
        if ready.readable
            && let Some(count) = possible(stream.read(&mut buffer))?
        {
            if count == 0 {
                break;
            }
            guard.received();
            incoming.take(&buffer[..count])?;
        }
    }
    incoming.end()?;
    Ok(report(total, &incoming))
    // end solution
}

// begin solution item: what the three have in common: to send everything, to receive everything, …
/// From now on a read or a write that blocks for so long returns, so that somebody can look whether there is hope.
fn set_timeouts(stream: &TcpStream, limit: Duration) -> io::Result<()> {
    stream.set_write_timeout(Some(limit))?;
    stream.set_read_timeout(Some(limit))
}

/// Sends everything, and then FIN.
fn send(mut stream: &TcpStream, total: u64, guard: &StallGuard) -> Result<(), DeadlockError> {
    let mut sent = 0;
    while sent < total {
        match possible(stream.write(data::outgoing(sent, total)))? {
            Some(count) => {
                guard.sent(count);
                sent += count as u64;
            }
            None => {
                guard.check()?;
                stream.set_write_timeout(Some(guard.left()))?;
            }
        }
    }
    stream.shutdown(Shutdown::Write)?;
    Ok(())
}

/// Receives everything, to the server's FIN.
fn receive(mut stream: &TcpStream, total: u64, guard: &StallGuard) -> Result<Incoming, DeadlockError> {
    let mut incoming = Incoming::new(total);
    let mut buffer = [0; PIECE];
    loop {
        match possible(stream.read(&mut buffer))? {
            Some(0) => break,
            Some(count) => {
                guard.received();
                incoming.take(&buffer[..count])?;
            }
            None => {
                guard.check()?;
                stream.set_read_timeout(Some(guard.left()))?;
            }
        }
    }
    incoming.end()?;
    Ok(incoming)
}

/// How many bytes a read or a write moved; `None` if it would have had to wait (longer), which is no error. Neither is a
/// signal: it cuts short whatever has a timeout (signal(7)).
fn possible(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn report(sent: u64, incoming: &Incoming) -> Report {
    Report { sent, received: incoming.received(), first: incoming.first().to_vec() }
}
// end solution item
