// begin solution item: the first request to stop, and the second (the patient's signals.rs)
//! The first request to stop, and the second.

use std::{io, process};

use labkit::exit;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT (Ctrl+C) and SIGTERM (`kill`, and every service manager), which mean the same to a server.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on neither of the two ends the process by itself.
    pub(super) fn listen() -> io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the first signal. From then on another one ends the process at once: whoever asks twice doesn't want to wait.
    pub(super) async fn first(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            process::exit(exit::INTERRUPTED.into());
        });
    }

    async fn next(&mut self) {
        select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
// end solution item
