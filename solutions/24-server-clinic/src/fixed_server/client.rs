// begin solution item: one client, from its first line to its last (the patient's client.rs)
//! One client, from its first line to its last.

use std::future::ready;
use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::TcpStream;
use tokio::select;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::State;

/// What a client is told that finds no seat.
const FULL: &[u8] = b"Server is full. Try again later.\n";

/// The longest line in bytes, without its newline.
const MAX_LINE: usize = 65_536;

/// How long the server waits at most for the client to close as well.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// How much input it discards meanwhile, in bytes.
const DRAIN_BYTES: u64 = 1024 * 1024;

/// Who has ended a conversation.
enum Ended {
    ByClient,
    ByServer,
}

/// Answers a client's lines until one of the two has had enough, and closes.
pub(super) async fn serve(mut stream: TcpStream, state: &State, stop: &mut watch::Receiver<bool>) {
    match converse(&mut stream, state, stop).await {
        Ok(Ended::ByServer) => close(stream).await,
        // The client has sent its FIN, or is gone. To drop the stream closes it: nobody else holds it.
        Ok(Ended::ByClient) | Err(_) => {}
    }
}

/// Tells a client that there is no seat for it, and closes.
pub(super) async fn refuse(mut stream: TcpStream) {
    if stream.write_all(FULL).await.is_ok() {
        close(stream).await;
    }
}

/// Answers line after line.
async fn converse(
    stream: &mut TcpStream,
    state: &State,
    stop: &mut watch::Receiver<bool>,
) -> io::Result<Ended> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.split();
    let (mut reader, mut writer) = (BufReader::new(reader), BufWriter::new(writer));
    let mut line = Vec::new();
    // One deadline a client, and it moves with complete lines only: a timer around each read would begin anew with every byte.
    let mut deadline = pin!(sleep(state.cfg.idle_timeout));
    let mut stopped = pin!(async { _ = stop.wait_for(|&stop| stop).await });
    let mut is_stopping = false;

    loop {
        let got = select! {
            // From top to bottom, not by chance: a client that always has more to say must not hide the stop.
            biased;
            () = &mut stopped, if !is_stopping => {
                is_stopping = true;
                continue;
            }
            got = read_some(&mut reader, &mut line, state) => got?,
            // Nothing to read, and no line has begun: no request is in progress.
            () = ready(()), if is_stopping && line.is_empty() => return Ok(Ended::ByServer),
            () = &mut deadline => return Ok(Ended::ByServer),
        };
        if line.len() > MAX_LINE {
            return Ok(Ended::ByServer);
        }
        match got {
            Got::Part => continue,
            Got::End if line.is_empty() => return Ok(Ended::ByClient),
            Got::End | Got::Line => {}
        }

        deadline.as_mut().reset(Instant::now() + state.cfg.idle_timeout);
        let answer = answer(&line, state);
        line.clear();
        // Many lines at once are answered at once.
        let is_last = !reader.buffer().contains(&b'\n');
        let sent = async {
            writer.write_all(answer.as_bytes()).await?;
            if is_last { writer.flush().await } else { Ok(()) }
        };
        select! {
            biased;
            sent = sent => sent?,
            // It doesn't take its answers: nobody knows how much of this one was sent, but the conversation is over.
            () = &mut deadline => return Ok(Ended::ByServer),
        }
        if got == Got::End {
            return Ok(Ended::ByClient);
        }
        if is_stopping && is_last {
            return Ok(Ended::ByServer);
        }
    }
}

/// What a read has brought.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Got {
    /// The line is complete.
    Line,
    /// More of the line.
    Part,
    /// The client's FIN.
    End,
}

/// Waits for more of the line, or its end. If it is dropped meanwhile, as `select!` does, no byte is lost: nothing is taken
/// before `fill_buf` has returned.
async fn read_some(
    reader: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
    state: &State,
) -> io::Result<Got> {
    let piece = reader.fill_buf().await?;
    let (taken, got) = match piece.iter().position(|&byte| byte == b'\n') {
        _ if piece.is_empty() => (0, Got::End),
        Some(end) => {
            line.extend_from_slice(&piece[..end]);
            (end + 1, Got::Line)
        }
        None => {
            line.extend_from_slice(piece);
            (piece.len(), Got::Part)
        }
    };
    reader.consume(taken);
    state.metrics.received(taken);
    Ok(got)
}

/// The answer to a line that came without its newline. It is counted.
fn answer(line: &[u8], state: &State) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let answer = match str::from_utf8(line) {
        Ok("STATS") => {
            let stats = state.stats();
            state.metrics.sent(stats.len());
            return stats;
        }
        Ok(text) => {
            state.requests.keep(text);
            format!("ECHO: {}\n", text.to_ascii_uppercase())
        }
        Err(_) => "ERROR: Invalid encoding\n".to_owned(),
    };
    state.metrics.answered();
    state.metrics.sent(answer.len());
    answer
}

/// Closes so that the last answer arrives: FIN, then discard input until the client's FIN (lab 06).
async fn close(mut stream: TcpStream) {
    let drained = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut (&mut stream).take(DRAIN_BYTES), &mut tokio::io::sink()).await
    };
    // Too slow, or gone already: either way there is nothing more to wait for.
    let _ = timeout(DRAIN_TIME, drained).await;
}
// end solution item
