//! The client: requests from lines, replies to lines.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::frames::{FrameError, FrameReader, write_frame};

/// How long a frame of the server may take from its first byte to its last.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a conversation broke off.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server closed in good order, but with replies outstanding.
    #[error("the server closed, and owes replies to {0} requests")]
    Owed(usize),
    /// A frame could not be sent or received.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A line could not be read from standard input.
    #[error("cannot read the next request: {0}")]
    Input(io::Error),
    /// A reply could not be printed.
    #[error("cannot print a reply: {0}")]
    Print(io::Error),
}

/// Sends each line as a request, and closes its side behind the last. Meanwhile, prints what the server sends, replies and
/// events, on `out` as soon as it comes, each followed by a newline, until the server closes. Requests don't wait for replies.
/// Returns whether every request was granted: no reply began with `ERR`.
///
/// # Errors
///
/// [`ClientError`] says which side broke off, and why.
pub fn converse<W: Write>(
    stream: TcpStream,
    lines: Receiver<io::Result<String>>,
    out: &mut W,
) -> Result<bool, ClientError> {
    // begin solution: a thread sends the lines; this one prints what comes, and counts which requests are answered
    let stream = Arc::new(stream);
    let asked = Arc::new(AtomicUsize::new(0));
    let (tell, trouble) = mpsc::channel();
    thread::spawn({
        let (stream, asked) = (Arc::clone(&stream), Arc::clone(&asked));
        move || {
            if let Err(error) = send(&stream, &lines, &asked) {
                // Nobody wants to know when the server has closed before.
                let _ = tell.send(error);
            }
            // The server answers with the end of its side. An error says that it has ended already.
            let _ = stream.shutdown(Shutdown::Write);
        }
    });

    let (mut answered, mut all_granted) = (0, true);
    let mut frames = FrameReader::new(&stream, PATIENCE);
    while let Some(frame) = frames.next_frame()? {
        let text = String::from_utf8_lossy(&frame);
        labkit::say(out, &text).map_err(ClientError::Print)?;
        if !text.starts_with("EVENT ") {
            answered += 1;
            all_granted &= !text.starts_with("ERR ");
        }
    }
    if let Ok(error) = trouble.try_recv() {
        return Err(error);
    }
    match asked.load(Ordering::SeqCst).saturating_sub(answered) {
        0 => Ok(all_granted),
        owed => Err(ClientError::Owed(owed)),
    }
    // end solution
}

// begin solution item: helpers of your own
fn send(
    mut stream: &TcpStream,
    lines: &Receiver<io::Result<String>>,
    asked: &AtomicUsize,
) -> Result<(), ClientError> {
    for line in lines {
        let line = line.map_err(ClientError::Input)?;
        // Before it is sent: its reply may be counted before this thread goes on.
        asked.fetch_add(1, Ordering::SeqCst);
        write_frame(&mut stream, line.as_bytes())?;
    }
    Ok(())
}
// end solution item
