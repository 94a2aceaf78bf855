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
    // begin solution: take sender and Ethernet source from an ARP packet whose types and lengths are right
    let frame = EthernetPacket::new(frame)?;
    if frame.get_ethertype() != EtherTypes::Arp {
        return None;
    }
    let arp = ArpPacket::new(frame.payload())?;
    let ipv4_over_ethernet = arp.get_hardware_type() == ArpHardwareTypes::Ethernet
        && arp.get_protocol_type() == EtherTypes::Ipv4
        && arp.get_hw_addr_len() == 6
        && arp.get_proto_addr_len() == 4;
    let asks_or_answers = matches!(arp.get_operation(), ArpOperations::Request | ArpOperations::Reply);
    let sender_ip = arp.get_sender_proto_addr();
    if !ipv4_over_ethernet || !asks_or_answers || sender_ip.is_unspecified() {
        return None;
    }
    Some(ArpObs { ethernet_source: frame.get_source(), sender_mac: arp.get_sender_hw_addr(), sender_ip })
    // end solution
}
