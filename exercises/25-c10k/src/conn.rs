//! One client, from its first byte to the close.

use std::future::ready;
use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::select;
use tokio::time::{Instant, sleep, timeout};

use crate::Cfg;
use crate::drain::Guard;
use crate::lines::Lines;
use crate::piece::read_piece;

/// What a client is told that finds no seat.
const FULL: &[u8] = b"Server is full. Try again later.\n";

/// How much input is discarded at most while the server waits for the client to close as well, in bytes.
const DRAIN_BYTES: usize = 1024 * 1024;

/// How long it waits for that at most.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// Answers a client's lines until the client has finished, breaks the rules of the contract, or is told to go because `guard`
/// says stop; then closes. It keeps `guard` until the very end.
///
/// Memory is bounded. A task that waits for input keeps no buffer at all. The answers to one piece are written before the next
/// piece is read, so a client that doesn't take its answers is no longer read from, and TCP's flow control stops it. That
/// alone would let it stay for ever, with all that it holds; so it has `cfg.write_timeout` for it.
pub async fn handle(mut stream: TcpStream, cfg: &Cfg, mut guard: Guard) {
    todo!("converse; then close in the way that fits how it ended")
}

/// Tells a client that there is no seat for it, and closes. It keeps its descriptor for a second at most.
pub async fn refuse(mut stream: TcpStream) {
    todo!("say it, and close in order")
}

// Your part: the steps of handle, as functions of their own
