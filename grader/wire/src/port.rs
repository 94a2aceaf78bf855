//! What a TCP port of a scripted host does with a SYN.

use std::net::Ipv4Addr;
use std::time::Duration;

/// What a port answers to each SYN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortScript {
    /// SYN,ACK, then a passive TCP that acknowledges data and answers FIN with FIN.
    Open,
    /// RST,ACK with ack = seq + 1 (RFC 793 §3.4).
    Closed,
    /// Nothing, as behind a firewall that drops.
    Silent,
    /// ICMP "destination unreachable" with this code, quoting the SYN's IP header and 8 bytes.
    Unreachable(u8),
    /// SYN,ACK that acknowledges seq + 2: one byte more than was sent.
    BadAck,
    /// SYN,ACK with everything right, but from this address instead of the host's.
    OtherSource(Ipv4Addr),
    /// SYN,ACK with everything right, but from the next higher port (after 65535 comes 1).
    OtherPort,
    /// As [`Open`](PortScript::Open), but the SYN,ACK comes this much later.
    Late(Duration),
    /// One entry for each SYN of the same probe (the same addresses, ports and sequence number); the last
    /// repeats. An empty one is [`Silent`](PortScript::Silent).
    Sequence(Vec<PortScript>),
}

impl PortScript {
    /// What to do with SYN number `n` (counted from 0) of a probe.
    pub(crate) fn at(&self, n: usize) -> &PortScript {
        match self {
            PortScript::Sequence(scripts) => {
                scripts.get(n).or(scripts.last()).map_or(&PortScript::Silent, |script| script.at(n))
            }
            script => script,
        }
    }
}
