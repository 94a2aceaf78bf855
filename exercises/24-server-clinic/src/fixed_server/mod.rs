//! The server without the faults.
//!
//! Begin with a copy of the patient's modules, one for one: the files beside this one have their names. Mend one fault at a
//! time, with its reproduction at hand. How you divide the rest is up to you; [`run`] is all that is agreed on.

// Your part: your modules

use std::io;

use tokio::net::TcpListener;

use crate::Cfg;

// Your part: what your code uses

/// Prints the ready line; then serves clients, and logs the metrics now and then, until SIGINT or SIGTERM; then ends in
/// order, as the crate's documentation says.
///
/// # Errors
///
/// When signals can't be caught, or the ready line can't be printed. What goes wrong with a client ends that client's
/// conversation only, and when accepting fails the server rests for a moment and goes on.
pub async fn run(listener: TcpListener, cfg: Cfg) -> io::Result<()> {
    todo!("start from buggy-server: copy its modules, and mend them one fault at a time")
}

// Your part: the steps of run, as functions of their own
