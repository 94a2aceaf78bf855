//! Accepting, reporting and shutting down.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::Cfg;
use crate::conn;
use crate::metrics::Metrics;

/// How long the server doesn't accept after an error that only time can mend, as when all descriptors are taken.
const REST: Duration = Duration::from_millis(100);

/// Prints the ready line; then serves clients, each in a task of its own, and logs the metrics now and then, until `shutdown`
/// is done; then ends in order, as the crate's documentation says.
///
/// The number of tasks is bounded: by `cfg.max_clients`, and for those that are told to go by the limit of descriptors.
///
/// # Errors
///
/// When the ready line can't be printed. What goes wrong with a client ends that client's task only, and when accepting
/// fails the server rests for a moment and goes on.
pub async fn run(listener: TcpListener, cfg: Cfg, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    todo!("print the ready line; accept and report until the shutdown; then wait for the clients, and report")
}

// Your part: the steps of run, as functions of their own
