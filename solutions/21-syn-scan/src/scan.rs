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
    // begin solution item: for each port the probes that were sent to it, and its state once that is known
    ports: BTreeMap<u16, Asked>,
    // end solution
}

// begin solution item: what you keep about one port
#[derive(Debug, Default)]
struct Asked {
    probes: Vec<Probe>,
    state: Option<PortState>,
}
// end solution

impl Scan {
    /// Remembers that `probe` was sent. A retransmission is the same probe once more.
    pub fn sent(&mut self, probe: Probe) {
        // begin solution: add the probe to those of its port, unless it is there
        let asked = self.ports.entry(probe.dport).or_default();
        if !asked.probes.contains(&probe) {
            asked.probes.push(probe);
        }
        // end solution
    }

    /// Learns from a packet what it says, if it answers any probe. The first answer about a port stands.
    pub fn take(&mut self, packet: &Layers<'_>) {
        // begin solution: find the port that the packet speaks about, and classify by that port's probes
        let Some(asked) = port_in_question(packet).and_then(|port| self.ports.get_mut(&port)) else { return };
        if asked.state.is_none() {
            asked.state = asked.probes.iter().find_map(|probe| classify(probe, packet));
        }
        // end solution
    }

    /// Whether the port needs no further probe.
    pub fn is_answered(&self, port: u16) -> bool {
        // begin solution: the port's state is known
        self.ports.get(&port).is_some_and(|asked| asked.state.is_some())
        // end solution
    }

    /// The state of every port that was asked, in numeric order. Without an answer it is filtered.
    pub fn into_states(self) -> Vec<(u16, PortState)> {
        // begin solution: silence means Filtered(Reason::NoResponse)
        let silent = PortState::Filtered(Reason::NoResponse);
        self.ports.into_iter().map(|(port, asked)| (port, asked.state.unwrap_or(silent))).collect()
        // end solution
    }
}
