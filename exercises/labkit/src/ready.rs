//! The ready line: how a server says which address it really got.

use std::io::{self, Write};
use std::net::SocketAddr;

/// Prints `<role> listening on <addr>` to standard output.
///
/// Call it after `bind` and `listen` have succeeded, with the listener's own `local_addr()`: with `--port 0` the
/// kernel chooses the port, and this line is how anybody learns it. Rust's standard output passes on every whole line
/// by itself, also into a pipe; the flush says that somebody is waiting for this one.
///
/// # Errors
/// Those of writing to standard output, as when its reader is gone.
pub fn ready(role: &str, addr: SocketAddr) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{role} listening on {addr}")?;
    stdout.flush()
}
