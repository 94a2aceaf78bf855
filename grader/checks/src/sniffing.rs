//! Programs that listen to an interface: they have no ready line, and the kernel lets them begin and end slowly.

use std::time::{Duration, Instant};

use crate::bench::Bench;
use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::program::Program;

/// The kernel waits for an RCU grace period when a packet socket is bound and when it is closed, so also when its
/// program ends; on a busy machine that took more than 5 s. What a program does in between is at once.
pub const KERNEL_PATIENCE: Duration = Duration::from_secs(30);

impl Bench {
    /// Starts a binary, and waits until it has a packet socket on an interface. Also returns the last moment at which it
    /// surely had none.
    pub fn start_to_listen<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<(Program, Instant), Fault> {
        let mut before = Instant::now();
        let program = self.start(binary, args)?;
        let listening = Deadline::after(KERNEL_PATIENCE).poll(|| {
            let asked = Instant::now();
            // What can't be read has ended; what follows says so better.
            let listens = program.facts().has_packet_socket().unwrap_or(true);
            if !listens {
                before = asked;
            }
            listens.then_some(())
        });
        match listening {
            Some(()) => Ok((program, before)),
            None => Err(Fault::expected("a packet socket on an interface").but_waited("there is none")),
        }
    }
}
