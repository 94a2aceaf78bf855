//! How many descriptors there are, and how many clients that makes.
//!
//! Each process has two limits of open files (`RLIMIT_NOFILE`, getrlimit(2)). The **soft** one is what the kernel holds it to:
//! 1,024 in most shells, for the sake of old programs. The **hard** one is how far the process may raise the soft one by
//! itself. To lower them is always allowed; to raise the hard one takes a privilege.

use std::io;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Descriptors that are no client's: standard streams, the listener, the runtime's own, and some for clients that are told to
/// go.
pub const RESERVED: u64 = 32;

/// Raises the soft limit of open files to `want`, or as far as the hard limit allows, and returns what it is now.
/// It is never lowered.
///
/// # Errors
///
/// Those of getrlimit(2) and setrlimit(2).
pub fn raise_nofile(want: u64) -> io::Result<u64> {
    todo!("ask for both limits; set the soft one where that raises it")
}

/// How many clients a process with so many descriptors takes, if no more than `max_clients` are wanted: each needs one, and
/// [`RESERVED`] are nobody's. At least one.
pub fn seats(descriptors: u64, max_clients: usize) -> usize {
    todo!("as many as are wanted, or as there are descriptors for")
}
