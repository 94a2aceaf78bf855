//! Lab 23: a detector of ARP spoofing.
//!
//! ARP asks "who has 10.77.0.254?" and believes whoever answers (RFC 826). Nothing proves a claim, so a watcher can't
//! know the truth either. What it can do is remember what was claimed, and speak up when a claim changes.
//!
//! # What counts as a claim
//!
//! The sender's half of every ARP request and reply, protocol address and hardware address, for IPv4 over
//! Ethernet. Anything else is passed over in silence: frames too short for what they say they hold, other address
//! types or lengths, other operations, VLAN-tagged frames, and a sender of 0.0.0.0, which claims nothing (RFC 5227).
//! A claim counts whoever made it: also a frame that WARN is about changes the table.
//!
//! # What is printed
//!
//! One line when something happens, at once:
//!
//! | line | when |
//! |---|---|
//! | `ALERT duplicate IP 10.77.0.254: was 02:00:0a:4d:00:fe, now 02:00:0a:4d:00:42` | a MAC that never had this address claims it |
//! | `FLIP-FLOP 10.77.0.254: was 02:00:0a:4d:00:42, now 02:00:0a:4d:00:fe` | a MAC that had it before has it again |
//! | `NOTE one MAC, many IPs: 02:00:0a:4d:00:42 has 10.77.0.66, 10.77.0.254` | a MAC claims its second address |
//! | `WARN mismatch 10.77.0.12: Ethernet source 02:00:0a:4d:00:42, ARP sender 02:00:0a:4d:00:0c` | the frame came from another card than it says |
//!
//! Nobody reads a hundred equal alerts. So FLIP-FLOP comes once for each unordered pair of MACs of an address, NOTE
//! once for a MAC, WARN once for an address; what repeats is counted. If one frame is the reason for several lines,
//! they come in the order of the table above.
//!
//! At the end, the hosts in numeric order of their addresses, and below them each pair of MACs that took an address
//! from each other, ordered by address and then by MACs, the smaller MAC first, with the number of changes:
//!
//! ```text
//! IP MAC first last count
//! 10.77.0.9 02:00:0a:4d:00:09 2025-01-20T14:30:45.000000Z 2025-01-20T14:30:45.000000Z 1
//! 10.77.0.254 02:00:0a:4d:00:fe 2025-01-20T14:30:45.000400Z 2025-01-20T14:31:34.500000Z 100
//! conflict 10.77.0.254 02:00:0a:4d:00:42 02:00:0a:4d:00:fe 99
//! ```
//!
//! Fields are separated by one blank. Times are those of the capture (live: of the clock), UTC, as
//! [`labkit::time::iso8601`] writes them. `count` is the number of claims for that address. [`json`] says how the same
//! looks with `--json`.
//!
//! The exit code is 0; 1 if a capture or an interface can't be read to its end, or with `--fail-on-alert` if there was
//! an ALERT; 2 for wrong usage; 77 without the privilege to watch an interface. What was seen before a failure is still
//! reported.
//!
//! # Limits
//!
//! A table that anyone on the network can fill must not grow. Beyond `--max-hosts` the host that was heard longest
//! ago is forgotten with everything known of it; of one host no more than [`table::MAX_CONFLICTS`] conflicts are
//! remembered, the oldest is forgotten first. Who is forgotten is new again: a patient attacker can use that.
//!
//! # Where to start
//!
//! [`arp::parse`], then [`table::Table`], then [`report`]; [`live`] last. The rest is given.

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod arp;
pub mod json;
pub mod live;
pub mod report;
pub mod source;
pub mod table;
pub mod watch;
