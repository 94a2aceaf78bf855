//! The first request to stop, and the second.

use std::io;
use std::process;

use labkit::exit;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT (Ctrl+C) and SIGTERM (`kill`, and every service manager), which mean the same to a server.
#[derive(Debug)]
pub struct Signals {
    // Your part: what you wait for
}

impl Signals {
    /// From now on, neither of the two ends the process by itself: they wait here to be asked for.
    ///
    /// # Errors
    ///
    /// When the kernel doesn't let us catch them.
    pub fn listen() -> io::Result<Signals> {
        todo!("catch both signals")
    }

    /// Waits for the first signal. From then on another one, of either kind, ends the process at once, with exit code
    /// [`exit::INTERRUPTED`]: whoever asks twice does not want to wait.
    pub async fn first(mut self) {
        todo!("wait for a signal; then leave a task behind that waits for the next, and exits")
    }

    // Your part: helpers of your own
}
