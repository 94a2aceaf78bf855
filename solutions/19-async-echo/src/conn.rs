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
    // begin solution: converse, and close in order if it is the server that ends it
    match converse(&mut stream, &cfg, &metrics, &mut stop).await {
        Ok(Ended::ByServer) => close(stream).await,
        // The client has sent its FIN, or is gone: nothing can come any more, so to drop the stream is in order.
        // One client's trouble is nobody else's, and what would a line in the log for each of thousands tell?
        Ok(Ended::ByClient) | Err(_) => {}
    }
    // end solution
}

/// Tells a client that there is no seat for it, and closes.
pub async fn refuse(mut stream: TcpStream) {
    // begin solution: say it, and close in order
    if stream.write_all(FULL).await.is_ok() {
        close(stream).await;
    }
    // end solution
}

// begin solution item: the steps of handle, as functions of their own
/// Who has ended a conversation.
enum Ended {
    ByClient,
    ByServer,
}

/// Answers line after line, in three steps that each can wait: read a piece, write its answers, and again.
///
/// `select!` waits for several things at once, does what the first of them asks for, and **drops the others**. Whatever stands
/// in it must survive that. [`read_piece`] does: if it is dropped, no byte was taken. `deadline` and `stopped` are not made
/// anew in each turn, but only borrowed for it.
async fn converse(
    stream: &mut TcpStream,
    cfg: &Cfg,
    metrics: &Metrics,
    stop: &mut watch::Receiver<bool>,
) -> io::Result<Ended> {
    // Each batch of answers is one write: held back for an acknowledgement (Nagle's rule, lab 04) it gains nothing.
    stream.set_nodelay(true)?;
    let mut lines = Lines::new(cfg.max_line);
    // One timer a client, and it moves with complete lines only. A timer around each read would begin anew with every byte.
    let mut deadline = pin!(sleep(cfg.idle_timeout));
    // Also true when the sender is gone: then nobody is left who could ask for more.
    let mut stopped = pin!(async { _ = stop.wait_for(|&stop| stop).await });
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
            () = &mut deadline => return Ok(Ended::ByServer),
        };
        metrics.received(read);
        if answers.lines > 0 {
            deadline.as_mut().reset(Instant::now() + cfg.idle_timeout);
        }

        select! {
            biased;
            written = stream.write_all(&answers.bytes) => written?,
            // `write_all` doesn't survive this: nobody knows how much of it was sent. The conversation is over, so it may go.
            () = &mut deadline => return Ok(Ended::ByServer),
        }
        let Answers { bytes, lines, too_long } = answers;
        metrics.answered(lines, bytes.len());

        if read == 0 {
            return Ok(Ended::ByClient);
        }
        if too_long || (is_stopping && lines > 0) {
            return Ok(Ended::ByServer);
        }
    }
}

/// Waits until the client has sent something, and returns what `take` makes of it: at most [`PIECE`] bytes, none at the end of
/// the stream.
///
/// The buffer is on the thread's stack while bytes are copied from the kernel, and at no other time. With
/// `stream.read(&mut buffer).await` it would have to live as long as the wait, and so inside the task: 16 KiB for every client,
/// also for those who say nothing all day. It is not filled with zeros first (`MaybeUninit`), because the kernel overwrites them.
///
/// Cancel-safe: each `poll` either takes bytes and hands them to `take`, or takes none.
async fn read_piece<T>(stream: &mut TcpStream, mut take: impl FnMut(&[u8]) -> T) -> io::Result<T> {
    poll_fn(|task| {
        let mut space = [MaybeUninit::uninit(); PIECE];
        let mut buffer = ReadBuf::uninit(&mut space);
        // If nothing is there, the task is noted down for when something is, and `ready!` returns `Pending`.
        ready!(Pin::new(&mut *stream).poll_read(task, &mut buffer))?;
        Poll::Ready(Ok(take(buffer.filled())))
    })
    .await
}

/// Closes so that the last answer arrives: FIN, then discard input until the client's FIN, then close (lab 06).
///
/// `labkit::close` does the same, and blocks: this thread, and with it all other clients, for up to a second.
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
// end solution item
