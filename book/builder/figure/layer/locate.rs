//! Where a layer lies in a frame. `wire::decode` says whether it is there; the lengths in the headers say where.

use wire::decode;

/// Bytes of headers whose length is fixed.
const ETHERNET: usize = 14;
const ARP: usize = 28;
const ICMP: usize = 8;
const UDP: usize = 8;

/// The port of NTP servers (RFC 5905 §7.2).
const NTP: u16 = 123;

/// The bytes of that layer's header; of `ntp`, `payload` and `padding` all bytes. None if the frame has no such layer.
pub(super) fn locate<'a>(frame: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let decoded = decode(frame);
    // Behind a VLAN tag everything lies elsewhere; no figure shows one.
    let _untagged = decoded.ethernet.filter(|link| link.vlan.is_none())?;
    let (link, packet) = frame.split_at_checked(ETHERNET)?;
    if name == "ethernet" {
        return Some(link);
    }
    let Some(ipv4) = &decoded.ipv4 else {
        decoded.arp?;
        return match name {
            "arp" => packet.get(..ARP),
            "padding" => packet.get(ARP..),
            _ => None,
        };
    };
    let (packet, padding) = packet.split_at_checked(usize::from(ipv4.total_len)).unwrap_or((packet, &[]));
    let (header, payload) = packet.split_at_checked(usize::from(packet.first()? & 0xf) * 4)?;
    match name {
        "ipv4" => Some(header),
        "padding" => Some(padding),
        "icmp" => {
            decoded.icmp.filter(|message| message.echo_id().is_some()).and_then(|_| payload.get(..ICMP))
        }
        "udp" => decoded.udp.and_then(|_| payload.get(..UDP)),
        "tcp" => decoded.tcp.and_then(|segment| payload.get(..usize::from(segment.data_offset) * 4)),
        "ntp" => {
            let datagram = decoded.udp.filter(|datagram| [datagram.sport, datagram.dport].contains(&NTP))?;
            payload.get(UDP..UDP + datagram.payload.len())
        }
        "payload" => {
            let header = match (&decoded.tcp, &decoded.udp, &decoded.icmp) {
                (Some(segment), ..) => usize::from(segment.data_offset) * 4,
                (_, Some(_), _) => UDP,
                (.., Some(_)) => ICMP,
                _ => 0,
            };
            payload.get(header..)
        }
        _ => None,
    }
}
