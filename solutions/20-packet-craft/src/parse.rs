//! A frame taken apart, from the outside in.
//!
//! Each header says what comes next, and how long it is itself. No length in a packet is to be trusted: it may promise more
//! than there is. What a header promises and the capture doesn't hold is [`Truncated`] if it is a header, and simply missing
//! if it is payload.

use std::net::{Ipv4Addr, Ipv6Addr};

use pnet::util::MacAddr;

use crate::checksum::protocol;
use crate::layers::{
    Arp, Ethernet, Icmp, Ipv4, Ipv6, Layers, Network, Tcp, Transport, Truncated, Udp, ether_type,
};

/// Takes apart a frame that begins with its Ethernet header, and may be cut anywhere.
///
/// VLAN tags, however many, are stepped over; the first one's number is kept.
///
/// # Errors
/// Names the header that is not there as a whole, or contradicts itself.
pub fn dissect(frame: &[u8]) -> Result<Layers<'_>, Truncated> {
    // begin solution: 14 bytes of Ethernet, any VLAN tags, then what the EtherType says
    let (header, mut rest) = frame.split_first_chunk::<14>().ok_or(Truncated("Ethernet"))?;
    let &[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = header;
    let mut ethernet = Ethernet {
        destination: MacAddr(d0, d1, d2, d3, d4, d5),
        source: MacAddr(s0, s1, s2, s3, s4, s5),
        vlan: None,
        ether_type: u16::from_be_bytes([t0, t1]),
    };
    while matches!(ethernet.ether_type, ether_type::VLAN | ether_type::OUTER_VLAN) {
        let (&[n0, n1, t0, t1], after) = rest.split_first_chunk::<4>().ok_or(Truncated("VLAN"))?;
        ethernet.vlan.get_or_insert(u16::from_be_bytes([n0, n1]) & 0x0fff);
        ethernet.ether_type = u16::from_be_bytes([t0, t1]);
        rest = after;
    }
    let network = match ethernet.ether_type {
        ether_type::IPV4 => Network::Ipv4(ipv4(rest)?),
        ether_type::IPV6 => Network::Ipv6(ipv6(rest)?),
        ether_type::ARP => arp(rest)?.map_or(Network::Other, Network::Arp),
        _ => Network::Other,
    };
    Ok(Layers { ethernet, network })
    // end solution
}

/// Takes apart what begins with an IPv4 header (RFC 791 §3.1). What follows the packet's own end (Ethernet fills short
/// frames up) is none of it.
///
/// # Errors
/// Names the header that is not there as a whole. One of another version, or with lengths that are shorter than a header, is
/// none.
pub fn ipv4(bytes: &[u8]) -> Result<Ipv4<'_>, Truncated> {
    // begin solution: version and header length from the first byte, total length, fragment offset, ttl, protocol, addresses
    let none = Truncated("IPv4");
    let fixed = bytes.first_chunk::<20>().ok_or(none)?;
    let header_length = usize::from(fixed[0] & 0x0f) * 4;
    let total_length = u16::from_be_bytes([fixed[2], fixed[3]]);
    let payload_length = usize::from(total_length).checked_sub(header_length).ok_or(none)?;
    if fixed[0] >> 4 != 4 || header_length < fixed.len() {
        return Err(none);
    }
    let (header, rest) = bytes.split_at_checked(header_length).ok_or(none)?;
    // The upper three bits are flags; the offset of a first fragment is 0, and it has the transport header.
    let fragment_offset = u16::from_be_bytes([fixed[6], fixed[7]]) & 0x1fff;
    let protocol = fixed[9];
    let transport = match fragment_offset {
        0 => transport(protocol, true, rest, payload_length)?,
        _ => Transport::Fragment,
    };
    Ok(Ipv4 {
        source: Ipv4Addr::new(fixed[12], fixed[13], fixed[14], fixed[15]),
        destination: Ipv4Addr::new(fixed[16], fixed[17], fixed[18], fixed[19]),
        ttl: fixed[8],
        protocol,
        total_length,
        header,
        transport,
    })
    // end solution
}

/// Takes apart what begins with an IPv6 header (RFC 8200 §3): 40 bytes, always.
///
/// # Errors
/// Names the header that is not there as a whole. One of another version is none.
pub fn ipv6(bytes: &[u8]) -> Result<Ipv6<'_>, Truncated> {
    // begin solution: version, payload length, next header, hop limit, two addresses of 16 bytes
    let (fixed, rest) = bytes.split_first_chunk::<40>().ok_or(Truncated("IPv6"))?;
    if fixed[0] >> 4 != 6 {
        return Err(Truncated("IPv6"));
    }
    let address = |at: usize| Ipv6Addr::from(std::array::from_fn(|byte| fixed[at + byte]));
    let payload_length = u16::from_be_bytes([fixed[4], fixed[5]]);
    let next_header = fixed[6];
    Ok(Ipv6 {
        source: address(8),
        destination: address(24),
        hop_limit: fixed[7],
        next_header,
        payload_length,
        transport: transport(next_header, false, rest, payload_length.into())?,
    })
    // end solution
}

/// Takes apart an ARP packet (RFC 826); `None` if it is not for IPv4 over Ethernet.
///
/// # Errors
/// If its 28 bytes are not all there.
pub fn arp(bytes: &[u8]) -> Result<Option<Arp>, Truncated> {
    // begin solution: types and lengths of the addresses, the operation, sender, target
    let packet = bytes.first_chunk::<28>().ok_or(Truncated("ARP"))?;
    if packet[..6] != [0, 1, 0x08, 0x00, 6, 4] {
        return Ok(None);
    }
    let mac = |at: usize| {
        let [a, b, c, d, e, f] = std::array::from_fn(|byte| packet[at + byte]);
        MacAddr(a, b, c, d, e, f)
    };
    let ip = |at: usize| Ipv4Addr::from(std::array::from_fn::<u8, 4, _>(|byte| packet[at + byte]));
    Ok(Some(Arp {
        operation: u16::from_be_bytes([packet[6], packet[7]]),
        sender_mac: mac(8),
        sender_ip: ip(14),
        target_mac: mac(18),
        target_ip: ip(24),
    }))
    // end solution
}

/// Takes apart what an IP packet carries. `length` is how long that was on the wire, by the IP header; `rest` is what was
/// captured behind that header: less if the capture cut it, more if the frame was filled up.
///
/// ICMP is IPv4's: behind an IPv6 header protocol 1 is something else.
fn transport(protocol: u8, is_ipv4: bool, rest: &[u8], length: usize) -> Result<Transport<'_>, Truncated> {
    // begin solution: cut off what lies behind the packet's end; ports, numbers and flags by the protocol; TCP's header has a length
    let bytes = &rest[..rest.len().min(length)];
    match protocol {
        protocol::TCP => tcp(bytes, length).map(Transport::Tcp),
        protocol::UDP => udp(bytes).map(Transport::Udp),
        protocol::ICMP if is_ipv4 => icmp(bytes, length).map(Transport::Icmp),
        _ => Ok(Transport::Other),
    }
    // end solution
}

// begin solution item: helpers of your own
fn tcp(bytes: &[u8], length: usize) -> Result<Tcp<'_>, Truncated> {
    let none = Truncated("TCP");
    let fixed = bytes.first_chunk::<20>().ok_or(none)?;
    // The data offset counts words of 4 bytes.
    let header_length = usize::from(fixed[12] >> 4) * 4;
    let options = bytes.get(fixed.len()..header_length).ok_or(none)?;
    let &[s0, s1, d0, d1, n0, n1, n2, n3, a0, a1, a2, a3, _, flags, w0, w1, ..] = fixed;
    Ok(Tcp {
        source: u16::from_be_bytes([s0, s1]),
        destination: u16::from_be_bytes([d0, d1]),
        seq: u32::from_be_bytes([n0, n1, n2, n3]),
        ack: u32::from_be_bytes([a0, a1, a2, a3]),
        flags,
        window: u16::from_be_bytes([w0, w1]),
        options,
        // What is there is not longer than `length`, and the header is there.
        len: length - header_length,
        bytes,
    })
}

fn udp(bytes: &[u8]) -> Result<Udp<'_>, Truncated> {
    let &[s0, s1, d0, d1, l0, l1, c0, c1] = bytes.first_chunk::<8>().ok_or(Truncated("UDP"))?;
    let length = u16::from_be_bytes([l0, l1]);
    if length < 8 {
        return Err(Truncated("UDP"));
    }
    Ok(Udp {
        source: u16::from_be_bytes([s0, s1]),
        destination: u16::from_be_bytes([d0, d1]),
        length,
        checksum: u16::from_be_bytes([c0, c1]),
        bytes: &bytes[..bytes.len().min(length.into())],
    })
}

fn icmp(bytes: &[u8], length: usize) -> Result<Icmp<'_>, Truncated> {
    let &[kind, code, _, _, r0, r1, r2, r3] = bytes.first_chunk::<8>().ok_or(Truncated("ICMP"))?;
    Ok(Icmp { kind, code, rest: [r0, r1, r2, r3], len: length, bytes })
}
// end solution
