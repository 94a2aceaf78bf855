//! An address of this machine that is there only for a while.

use std::net::Ipv4Addr;
use std::sync::Arc;

use cell::Cell;

use crate::fault::Fault;
use crate::recorder::Recorder;

/// The prefix of an address alone, without neighbours.
const HOST: u8 = 32;

/// One more address of this machine. UDP knows no other way to fail at once: on Linux a socket without a peer never
/// hears that a datagram was refused, but to send where there is no way fails with `NetworkUnreachable`.
#[derive(Debug)]
pub struct PassingAddress {
    cell: Arc<Cell>,
    address: Ipv4Addr,
    recorder: Recorder,
}

impl PassingAddress {
    pub(crate) fn add(
        cell: &Arc<Cell>,
        address: Ipv4Addr,
        recorder: &Recorder,
    ) -> Result<PassingAddress, Fault> {
        cell.add_address(address, HOST).map_err(Fault::infra)?;
        Ok(PassingAddress { cell: Arc::clone(cell), address, recorder: recorder.clone() })
    }

    /// Takes it away: from now on, to send to whoever had it fails.
    pub fn remove(self) -> Result<(), Fault> {
        self.recorder.remark(format!("{} is gone from this machine", self.address));
        self.cell.remove_address(self.address, HOST).map_err(Fault::infra)
    }
}
