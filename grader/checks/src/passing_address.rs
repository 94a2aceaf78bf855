//! An address of this machine that is there only for a while.

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::sync::Arc;

use cell::Cell;

use crate::fault::Fault;
use crate::recorder::Recorder;

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
        cell.add_address(address).map_err(|error| match error.kind() {
            ErrorKind::Unsupported => Fault::skip("needs network namespaces: to take an address away"),
            _ => Fault::infra(format!("Failed to add the address {address}: {error}")),
        })?;
        Ok(PassingAddress { cell: Arc::clone(cell), address, recorder: recorder.clone() })
    }

    /// Takes it away: from now on, to send to whoever had it fails.
    pub fn remove(self) -> Result<(), Fault> {
        self.recorder.remark(format!("{} is gone from this machine", self.address));
        self.cell
            .remove_address(self.address)
            .map_err(|error| Fault::infra(format!("Failed to remove the address {}: {error}", self.address)))
    }
}
