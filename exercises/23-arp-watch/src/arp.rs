//! What an ARP frame says about the one who sent it.

use std::net::Ipv4Addr;

use pnet::packet::Packet as _;
use pnet::packet::arp::{ArpHardwareTypes, ArpOperations, ArpPacket};
use pnet::packet::ethernet::{EtherTypes, EthernetPacket};
use pnet::util::MacAddr;

/// A claim: "`sender_ip` is at `sender_mac`", and the card that the frame says it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArpObs {
    /// Source address of the Ethernet frame.
    pub ethernet_source: MacAddr,
    /// Hardware address of the ARP sender (`ar$sha`).
    pub sender_mac: MacAddr,
    /// Protocol address of the ARP sender (`ar$spa`), never 0.0.0.0.
    pub sender_ip: Ipv4Addr,
}

/// The claim that an Ethernet frame makes, if it is an ARP request or reply for IPv4 over Ethernet.
///
/// `frame` begins with the Ethernet header and may be cut anywhere. `None` for everything that the crate's
/// documentation lists as no claim.
pub fn parse(frame: &[u8]) -> Option<ArpObs> {
    todo!("take sender and Ethernet source from an ARP packet whose types and lengths are right")
}
