//! Accepting, whatever happens.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::Cfg;
use crate::conn;
use crate::drain::Drain;

/// How long the server doesn't accept after an error that only time can mend, as when all descriptors are taken.
const REST: Duration = Duration::from_millis(100);

/// Prints the ready line; then serves clients, each in a task of its own, until `shutdown` is done; then drains, as the crate's
/// documentation says.
///
/// # Errors
///
/// When the ready line can't be printed. What goes wrong with a client ends that client's task only, and when accepting
/// fails the server rests for a moment and goes on.
pub async fn serve(listener: TcpListener, cfg: Cfg, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    todo!("print the ready line; accept until the shutdown; then refuse newcomers, and drain")
}

// Your part: the steps of serve, as functions of their own
