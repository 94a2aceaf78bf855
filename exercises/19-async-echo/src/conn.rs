//! One client, from its first byte to the close.

use std::future::{poll_fn, ready};
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::select;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::Cfg;
use crate::lines::{Answers, Lines};
use crate::metrics::Metrics;

/// What a client is told that finds no seat.
const FULL: &[u8] = b"Server is full. Try again later.\n";

/// How much is read at a time, in bytes.
const PIECE: usize = 16 * 1024;

/// How much input is discarded at most while the server waits for the client to close as well, in bytes.
const DRAIN_BYTES: usize = 1024 * 1024;

/// How long it waits for that at most.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// Answers a client's lines until the client has finished, breaks the rules of the contract, or is told to go because `stop`
/// has become true; then closes.
///
/// It keeps `stop` until the very end: who holds the other side of it knows that a connection is gone when its receiver is.
///
/// Memory is bounded. The answers to one piece are written before the next piece is read, so a client that doesn't take its
/// answers is no longer read from, and TCP's flow control stops it.
pub async fn handle(
    mut stream: TcpStream,
    cfg: Arc<Cfg>,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    todo!("converse, and close in order if it is the server that ends it")
}

/// Tells a client that there is no seat for it, and closes.
pub async fn refuse(mut stream: TcpStream) {
    todo!("say it, and close in order")
}

// Your part: the steps of handle, as functions of their own
