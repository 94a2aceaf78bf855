//! The first request to stop, and the second. What you wrote in lab 19.

use std::io;
use std::process;

use labkit::exit;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT (Ctrl+C) and SIGTERM (`kill`, and every service manager), which mean the same to a server.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on, neither of the two ends the process by itself: they wait here to be asked for.
    ///
    /// # Errors
    ///
    /// When the kernel doesn't let us catch them.
    pub fn listen() -> io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the first signal. From then on another one, of either kind, ends the process at once, with exit code
    /// [`exit::INTERRUPTED`]: whoever asks twice does not want to wait.
    pub async fn first(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            process::exit(exit::INTERRUPTED.into());
        });
    }

    /// Waits for the next signal of either kind.
    async fn next(&mut self) {
        select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
