//! Who claimed which address, and what changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;
use std::net::Ipv4Addr;
use std::num::NonZeroUsize;
use std::time::Duration;

use pnet::util::MacAddr;

use crate::arp::ArpObs;

/// How many conflicts are remembered of one host. A network has few machines that quarrel over an address; only an
/// attacker who makes up MACs has many.
pub const MAX_CONFLICTS: usize = 16;

/// What a claim changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The address was not in the table.
    New,
    /// The MAC is the one the table has.
    Same,
    /// A MAC that never had this address claims it.
    Changed {
        /// Who had it.
        old: MacAddr,
        /// Who has it now.
        new: MacAddr,
    },
    /// A MAC that had this address before has it again.
    FlipFlop {
        /// Who had it.
        old: MacAddr,
        /// Who has it now.
        new: MacAddr,
        /// Whether these two have flip-flopped before: counted, not told again.
        repeated: bool,
    },
    /// The MAC has a second address: proxy ARP, a virtual machine, or an attacker.
    ManyIps {
        /// An address that it had before.
        other: Ipv4Addr,
    },
    /// The frame's Ethernet source is not the ARP sender.
    Mismatch {
        /// Whether this host's frames have differed before: not told again.
        repeated: bool,
    },
}

impl Event {
    /// Whether the address changed hands, which `--fail-on-alert` is about.
    pub fn is_alert(self) -> bool {
        matches!(self, Event::Changed { .. } | Event::FlipFlop { .. })
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// The address.
    pub ip: Ipv4Addr,
    /// Who claimed it last.
    pub mac: MacAddr,
    /// When it was first claimed, since 1970-01-01 UTC.
    pub first: Duration,
    /// When it was last claimed, since 1970-01-01 UTC.
    pub last: Duration,
    /// How often it was claimed.
    pub count: u64,
}

/// Two MACs that took an address from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The address.
    pub ip: Ipv4Addr,
    /// The smaller of the two.
    pub a: MacAddr,
    /// The greater.
    pub b: MacAddr,
    /// How often it changed hands between them, in either direction.
    pub count: u64,
    /// Whether a FLIP-FLOP between them was told.
    pub flip_flopped: bool,
}

/// The claims of up to a number of hosts.
#[derive(Debug)]
pub struct Table {
    /// How many hosts are remembered.
    max_hosts: NonZeroUsize,
    // Your part: the state that `observe` needs
}

// Your part: types of your own

impl Table {
    /// An empty table for at most `max_hosts` hosts.
    pub fn new(max_hosts: NonZeroUsize) -> Self {
        todo!("an empty table")
    }

    /// Records a claim made at `now` (since 1970-01-01 UTC), and says what it changes.
    ///
    /// In this order: one of [`Event::New`], [`Event::Same`], [`Event::Changed`] and [`Event::FlipFlop`], always;
    /// [`Event::ManyIps`] if it is the reason for it; [`Event::Mismatch`] if Ethernet source and sender differ. Three at most:
    /// a million claims would ask for a million vectors, and that is a seventh of all that they cost.
    pub fn observe(&mut self, obs: &ArpObs, now: Duration) -> [Option<Event>; 3] {
        todo!(
            "compare the claim with what the table holds, record it, forget the oldest host if there are too many"
        )
    }

    /// Every host, in numeric order of its address.
    pub fn hosts(&self) -> Vec<Host> {
        todo!("the rows of the table")
    }

    /// Every conflict, ordered by address, then by the two MACs.
    pub fn conflicts(&self) -> Vec<Conflict> {
        todo!("the pairs of MACs that quarrelled")
    }
}

// Your part: helpers of your own
