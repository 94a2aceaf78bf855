//! A scan that happened before, read from a capture file (given): what does it tell about the ports?

use std::net::Ipv4Addr;
use std::path::Path;

use labkit::pcap::Packet;
use labkit::sniff::Frames;
use pnet::packet::tcp::TcpFlags;

use crate::classify::PortState;
use crate::error::ScanError;
use crate::layers::{Layers, Transport, dissect};
use crate::probe::Probe;
use crate::scan::Scan;

/// The states of the ports of `host` that the capture shows being probed, in numeric order. Every bare SYN to `host`
/// is a probe, whoever sent it; what follows it may be its answer, however much later.
///
/// # Errors
/// [`ScanError::Capture`] if the file can't be read, or holds something else than Ethernet frames.
pub fn replay(path: &Path, host: Ipv4Addr) -> Result<Vec<(u16, PortState)>, ScanError> {
    let mut frames = Frames::from_file(path)?;
    let mut scan = Scan::default();
    let mut frame = Packet::default();
    while frames.next_into(&mut frame)? {
        let Some(Ok(layers)) = ipv4_packet(&frame.data).map(dissect) else { continue };
        match probe_of(&layers).filter(|probe| probe.dst == host) {
            Some(probe) => scan.sent(probe),
            None => scan.take(&layers),
        }
    }
    Ok(scan.into_states())
}

/// The IPv4 packet in an untagged Ethernet frame.
fn ipv4_packet(frame: &[u8]) -> Option<&[u8]> {
    const ETHERTYPE_IPV4: [u8; 2] = [0x08, 0x00];
    let (header, packet) = frame.split_at_checked(14)?;
    header.ends_with(&ETHERTYPE_IPV4).then_some(packet)
}

/// The probe that a bare SYN is.
fn probe_of(packet: &Layers<'_>) -> Option<Probe> {
    const HANDSHAKE: u8 = TcpFlags::SYN | TcpFlags::ACK | TcpFlags::RST | TcpFlags::FIN;
    let Transport::Tcp(segment) = &packet.transport else { return None };
    (segment.get_flags() & HANDSHAKE == TcpFlags::SYN).then(|| Probe {
        src: packet.source,
        dst: packet.destination,
        sport: segment.get_source(),
        dport: segment.get_destination(),
        seq: segment.get_sequence(),
    })
}
