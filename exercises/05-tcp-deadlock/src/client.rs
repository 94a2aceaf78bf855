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
    todo!("set both timeouts; send everything, then receive everything")
}

/// As [`run_naive`], but sends in a thread of its own while the reply is received. When the reply goes wrong, the sender does
/// not go on.
///
/// # Errors
///
/// See [`DeadlockError`]. If both fail, the receiver's error is the cause.
pub fn run_threads(stream: TcpStream, total: u64, limit: Duration) -> Result<Report, DeadlockError> {
    todo!("the same two halves, at the same time")
}

/// As [`run_naive`], but in non-blocking mode: does whatever the socket is ready for, and waits only when it is ready for
/// nothing.
///
/// # Errors
///
/// See [`DeadlockError`].
pub fn run_nonblocking(mut stream: TcpStream, total: u64, limit: Duration) -> Result<Report, DeadlockError> {
    todo!("wait_ready for what there is to do; then write a piece, read a piece, or give up")
}

// Your part: what the three have in common: to send everything, to receive everything, …
