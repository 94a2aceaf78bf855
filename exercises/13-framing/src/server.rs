//! The server: clients are accepted one after another, and each gets its frames back.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::FrameError;
use crate::codec::FrameDecoder;
use crate::sync::{read_frame, write_frame};

/// The payload that tells a client its frame was too large.
pub const TOO_LARGE: &[u8] = b"ERR frame too large";

/// How much input the server discards at most while it waits for the client to close as well.
const DRAIN_BYTES: u64 = 1024 * 1024;

/// How long it waits for that at most.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// How the server behaves, as chosen on its command line.
#[derive(Debug, Clone)]
pub struct Cfg {
    /// The longest payload taken, in bytes.
    pub max_frame: u32,
    /// How long a client may go without a complete frame, from its connection or its last reply on.
    pub idle: Duration,
    /// How often the server looks at that time while it waits for input; more than zero.
    pub tick: Duration,
}

/// Serves one client after another, and logs each one's arrival and departure with its address. A departure that is
/// not the client's own, orderly one is a warning that ends in the [`FrameError`]'s text.
///
/// One at a time: the next client waits in the kernel's queue until the one before has left, which takes no longer
/// than `cfg.idle` for one who says nothing. Memory is bounded, too: while a client doesn't take its
/// replies, the server blocks in a write and reads no more of its requests, so that TCP's flow control stops the
/// client. One who takes nothing for `cfg.idle` is left as well.
///
/// # Errors
///
/// When the listener can't accept any more. What goes wrong with a client is logged, and the next one served.
pub fn serve(listener: &TcpListener, cfg: &Cfg) -> io::Result<()> {
    todo!("accept, log and serve client after client")
}

// Your part: helpers of your own
