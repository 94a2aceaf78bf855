//! Lab 07: a client that always says what happened.
//!
//! `safe-client HOST PORT` says one thing to a server and prints one reply. That is easy. The lab is about the other
//! times: whatever goes wrong, the user reads one sentence that is true, a script gets an exit code that it can act
//! on, and both get them in time. No panic, no endless wait.
//!
//! # What goes over the wire
//!
//! The client sends its message as it is, without anything behind it. The reply is what comes back up to a newline
//! (which is not part of it), to the end of the stream, or to 1,024 bytes, whichever is first.
//!
//! # What the program says, and how it ends
//!
//! | what happened | text | exit code |
//! |---|---|---|
//! | a reply came | `Received: REPLY` | 0 |
//! | HOST can't be looked up | `Invalid hostname: HOST` | 3 |
//! | nobody listens there | `Connection refused - is server running?` | 4 |
//! | the time was over | `Connection timed out while PHASE` | 5 |
//! | the server broke the connection | `Connection reset by peer` | 6 |
//! | the server finished, and had not said a word | `Server closed the connection without replying` | 6 |
//! | there is no way to it | `Host/Network unreachable` | 7 |
//! | the client's own address is taken | `Address already in use` | 8 |
//! | the system forbids it | `Permission denied` | 77 |
//! | anything else | `Error: ` and what the system says | 1 |
//!
//! The reply goes to standard output; every other text is logged, on standard error. PHASE is `looking up the name`,
//! `connecting`, `sending` or `waiting for the reply`.
//!
//! # How long it takes
//!
//! `--timeout` is for everything together: one deadline for the name, all addresses and every byte of the reply. A name
//! may have several addresses. They are tried in the resolver's order until one connects, and each gets an equal share
//! of the time that is left, so that one silent address does not use up the time of the others. If none connects, the
//! failure of the last one is told.
//!
//! # Where you write
//!
//! [`error`] first, then [`client`], then [`parse_port`] below. [`lookup()`] and the programs in `src/bin` are given.

pub mod client;
pub mod error;
mod lookup;

pub use client::{connect_any, exchange};
pub use error::{NetError, Phase, classify};
pub use lookup::lookup;

/// The port that a command line names: a number from 1 to 65,535. (0 is no port that anybody could listen on.)
///
/// # Errors
///
/// Says what a port is, for whoever typed something else.
pub fn parse_port(text: &str) -> Result<u16, String> {
    // begin solution: turn the text into a number from 1 to 65,535, or say that it is none
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err("a port is a number from 1 to 65535".to_owned()),
    }
    // end solution
}
