//! What was asked, and what is known by now.

use std::collections::BTreeMap;

use crate::classify::{PortState, Reason, classify, port_in_question};
use crate::layers::Layers;
use crate::probe::Probe;

/// The ports of one host, each with the probes that asked it and the first answer to any of them.
///
/// Answers come in any order, late ones while other ports are being asked, so each finds its probe by itself: no
/// packet is taken for an answer to whatever was sent last.
#[derive(Debug, Default)]
pub struct Scan {
    // Your part: for each port the probes that were sent to it, and its state once that is known
}

// Your part: what you keep about one port

impl Scan {
    /// Remembers that `probe` was sent. A retransmission is the same probe once more.
    pub fn sent(&mut self, probe: Probe) {
        todo!("add the probe to those of its port, unless it is there")
    }

    /// Learns from a packet what it says, if it answers any probe. The first answer about a port stands.
    pub fn take(&mut self, packet: &Layers<'_>) {
        todo!("find the port that the packet speaks about, and classify by that port's probes")
    }

    /// Whether the port needs no further probe.
    pub fn is_answered(&self, port: u16) -> bool {
        todo!("the port's state is known")
    }

    /// The state of every port that was asked, in numeric order. Without an answer it is filtered.
    pub fn into_states(self) -> Vec<(u16, PortState)> {
        todo!("silence means Filtered(Reason::NoResponse)")
    }
}
