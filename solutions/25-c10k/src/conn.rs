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
    // begin solution: converse; then close in the way that fits how it ended
    match converse(&mut stream, cfg, &mut guard).await {
        Ok(Ended::ByServer) => close(stream).await,
        Ok(Ended::Stuck) => abort(&stream),
        // The client has sent its FIN, or is gone: nothing can come any more, so to drop the stream is in order.
        // One client's trouble is nobody else's, and what would a line in the log for each of thousands tell?
        Ok(Ended::ByClient) | Err(_) => {}
    }
    // end solution
}

/// Tells a client that there is no seat for it, and closes. It keeps its descriptor for a second at most.
pub async fn refuse(mut stream: TcpStream) {
    // begin solution: say it, and close in order
    if stream.write_all(FULL).await.is_ok() {
        close(stream).await;
    }
    // end solution
}

// begin solution item: the steps of handle, as functions of their own
/// How a conversation has ended.
enum Ended {
    /// The client has sent all that it had to say.
    ByClient,
    /// The server has nothing more to say.
    ByServer,
    /// The client didn't take its answers in time.
    Stuck,
}

/// Answers line after line, in two steps that each can wait, and each with a limit: read a piece, write its answers.
async fn converse(stream: &mut TcpStream, cfg: &Cfg, guard: &mut Guard) -> io::Result<Ended> {
    // Each batch of answers is one write: held back for an acknowledgement (Nagle's rule, lab 04) it gains nothing.
    stream.set_nodelay(true)?;
    let mut lines = Lines::new(cfg.max_line);
    // It moves with complete lines only. A timer around each read would begin anew with every byte.
    let mut idle = pin!(sleep(cfg.idle_timeout));
    let mut stopped = pin!(guard.stopped());
    let mut is_stopping = false;

    loop {
        let (read, answers) = select! {
            // From top to bottom, not by chance. The stop comes first: a client that always has more to read must not hide it.
            biased;
            () = &mut stopped, if !is_stopping => {
                is_stopping = true;
                continue;
            }
            // What has come already is answered, also when the server stops or the time is over.
            piece = read_piece(stream, |piece| (piece.len(), lines.push(piece))) => piece?,
            // Nothing to read, and no line has begun: no request is in progress.
            () = ready(()), if is_stopping && !lines.is_begun() => return Ok(Ended::ByServer),
            () = &mut idle => return Ok(Ended::ByServer),
        };

        // Nearly always the kernel takes all of it at once, and no timer is ever set.
        match timeout(cfg.write_timeout, stream.write_all(&answers.bytes)).await {
            Ok(written) => written?,
            // Nobody knows how much of it was sent: there is no way to go on.
            Err(_) => return Ok(Ended::Stuck),
        }
        if answers.lines > 0 {
            idle.as_mut().reset(Instant::now() + cfg.idle_timeout);
        }

        if read == 0 {
            return Ok(Ended::ByClient);
        }
        if answers.too_long || (is_stopping && answers.lines > 0) {
            return Ok(Ended::ByServer);
        }
    }
}

/// Closes so that the last answer arrives: FIN, then discard input until the client's FIN, then close (lab 06).
async fn close(mut stream: TcpStream) {
    let drained = async {
        stream.shutdown().await?;
        let mut discarded = 0;
        while discarded < DRAIN_BYTES {
            match read_piece(&mut stream, <[u8]>::len).await? {
                0 => break,
                length => discarded += length,
            }
        }
        io::Result::Ok(())
    };
    // Too slow, or gone already: either way there is nothing more to wait for.
    let _ = timeout(DRAIN_TIME, drained).await;
}

/// Closes by reset as soon as the stream is dropped. In order, the kernel would keep all that the client hasn't read, up to
/// megabytes, and go on offering it for minutes: to somebody who doesn't read.
fn abort(stream: &TcpStream) {
    // If it can't be set, the kernel does just that.
    let _ = stream.set_zero_linger();
}
// end solution item
