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
    // begin solution item: the state that `observe` needs
    entries: HashMap<Ipv4Addr, Entry>,
    /// How many claims were recorded: a clock that never goes back, whatever a capture says of time.
    claims: u64,
    /// The same hosts by a claim of theirs, the oldest claim first. It need not be a host's last one: to keep that up to date
    /// would cost more than all else, and it is asked for only when somebody has to be forgotten.
    by_claim: BTreeMap<u64, Ipv4Addr>,
    /// The same hosts by their MACs.
    by_mac: HashMap<MacAddr, Addresses>,
    // end solution
}

// begin solution item: types of your own
/// What is known of one address.
#[derive(Debug)]
struct Entry {
    host: Host,
    /// The number of its last claim.
    last_claim: u64,
    /// In the order in which the pairs first quarrelled.
    conflicts: Vec<Conflict>,
    mismatched: bool,
}

/// The addresses of one MAC; never empty.
#[derive(Debug, Default)]
struct Addresses {
    ips: BTreeSet<Ipv4Addr>,
    /// Whether it was told that they are many.
    noted: bool,
}
// end solution

impl Table {
    /// An empty table for at most `max_hosts` hosts.
    pub fn new(max_hosts: NonZeroUsize) -> Self {
        // begin solution: an empty table
        Self {
            max_hosts,
            entries: HashMap::new(),
            claims: 0,
            by_claim: BTreeMap::new(),
            by_mac: HashMap::new(),
        }
        // end solution
    }

    /// Records a claim made at `now` (since 1970-01-01 UTC), and says what it changes.
    ///
    /// In this order: one of [`Event::New`], [`Event::Same`], [`Event::Changed`] and [`Event::FlipFlop`], always;
    /// [`Event::ManyIps`] if it is the reason for it; [`Event::Mismatch`] if Ethernet source and sender differ. Three at most:
    /// a million claims would ask for a million vectors, and that is a seventh of all that they cost.
    pub fn observe(&mut self, obs: &ArpObs, now: Duration) -> [Option<Event>; 3] {
        // begin solution: compare the claim with what the table holds, record it, forget the oldest host if there are too many
        let claim = self.record(obs, now);
        let many_ips = if claim == Event::Same { None } else { self.notice_many_ips(obs) };
        let mismatch = (obs.ethernet_source != obs.sender_mac).then(|| {
            let entry = self.entries.get_mut(&obs.sender_ip).expect("the claim was recorded");
            Event::Mismatch { repeated: mem::replace(&mut entry.mismatched, true) }
        });
        [Some(claim), many_ips, mismatch]
        // end solution
    }

    /// Every host, in numeric order of its address.
    pub fn hosts(&self) -> Vec<Host> {
        // begin solution: the rows of the table
        let mut hosts: Vec<Host> = self.entries.values().map(|entry| entry.host).collect();
        hosts.sort_unstable_by_key(|host| host.ip);
        hosts
        // end solution
    }

    /// Every conflict, ordered by address, then by the two MACs.
    pub fn conflicts(&self) -> Vec<Conflict> {
        // begin solution: the pairs of MACs that quarrelled
        let mut conflicts: Vec<Conflict> =
            self.entries.values().flat_map(|entry| &entry.conflicts).copied().collect();
        conflicts.sort_by_key(|conflict| (conflict.ip, conflict.a, conflict.b));
        conflicts
        // end solution
    }
}

// begin solution item: helpers of your own
impl Table {
    /// Writes the claim down; what it means for the address.
    fn record(&mut self, obs: &ArpObs, now: Duration) -> Event {
        let (ip, new) = (obs.sender_ip, obs.sender_mac);
        self.claims += 1;
        let Some(entry) = self.entries.get_mut(&ip) else {
            self.add(Host { ip, mac: new, first: now, last: now, count: 1 });
            return Event::New;
        };
        entry.last_claim = self.claims;
        entry.host.last = now;
        entry.host.count += 1;
        let old = mem::replace(&mut entry.host.mac, new);
        if old == new {
            return Event::Same;
        }
        let event = entry.change_hands(old, new);
        self.disown(old, ip);
        self.by_mac.entry(new).or_default().ips.insert(ip);
        event
    }

    /// A new row, in the place of the oldest if the table is full.
    fn add(&mut self, host: Host) {
        if self.entries.len() >= self.max_hosts.get() {
            self.forget_the_oldest();
        }
        self.by_claim.insert(self.claims, host.ip);
        self.by_mac.entry(host.mac).or_default().ips.insert(host.ip);
        let entry = Entry { host, last_claim: self.claims, conflicts: Vec::new(), mismatched: false };
        self.entries.insert(host.ip, entry);
    }

    /// Removes the host that was heard longest ago.
    fn forget_the_oldest(&mut self) {
        while let Some((claim, ip)) = self.by_claim.pop_first() {
            let last_claim = self.entries[&ip].last_claim;
            if claim == last_claim {
                let entry = self.entries.remove(&ip).expect("every host listed has a row");
                self.disown(entry.host.mac, ip);
                return;
            }
            // It was heard again since, so it goes to where it belongs by now.
            self.by_claim.insert(last_claim, ip);
        }
    }

    /// `mac` has `ip` no longer.
    fn disown(&mut self, mac: MacAddr, ip: Ipv4Addr) {
        if let Some(addresses) = self.by_mac.get_mut(&mac) {
            addresses.ips.remove(&ip);
            if addresses.ips.is_empty() {
                self.by_mac.remove(&mac);
            }
        }
    }

    /// Whether the claim has just given its sender a second address, for the first time.
    fn notice_many_ips(&mut self, obs: &ArpObs) -> Option<Event> {
        let addresses = self.by_mac.get_mut(&obs.sender_mac)?;
        let other = *addresses.ips.iter().find(|&&ip| ip != obs.sender_ip)?;
        let told = mem::replace(&mut addresses.noted, true);
        (!told).then_some(Event::ManyIps { other })
    }
}

impl Entry {
    /// The address goes from `old` to `new`.
    fn change_hands(&mut self, old: MacAddr, new: MacAddr) -> Event {
        let known = self.conflicts.iter().any(|conflict| conflict.a == new || conflict.b == new);
        let conflict = self.conflict_between(old, new);
        conflict.count += 1;
        if known {
            Event::FlipFlop { old, new, repeated: mem::replace(&mut conflict.flip_flopped, true) }
        } else {
            Event::Changed { old, new }
        }
    }

    /// The record of this pair, made if need be in the place of the oldest.
    fn conflict_between(&mut self, one: MacAddr, other: MacAddr) -> &mut Conflict {
        let (a, b) = (one.min(other), one.max(other));
        let place = match self.conflicts.iter().position(|conflict| (conflict.a, conflict.b) == (a, b)) {
            Some(place) => place,
            None => {
                if self.conflicts.len() == MAX_CONFLICTS {
                    self.conflicts.remove(0);
                }
                self.conflicts.push(Conflict { ip: self.host.ip, a, b, count: 0, flip_flopped: false });
                self.conflicts.len() - 1
            }
        };
        &mut self.conflicts[place]
    }
}
// end solution
