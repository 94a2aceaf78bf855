//! Whatever bytes come in, nothing that reads them ends the program, and no damaged answer counts for another probe.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use checks::Flavour;
use checks::labs::syn_scan::packets;
use fixtures::damage::damaged;
use proptest::collection::vec;
use proptest::prelude::*;
use syn_scan::classify::{PortState, classify, port_in_question};
use syn_scan::layers::{Transport, dissect};
use syn_scan::probe::Probe;
use syn_scan::replay::replay;
use syn_scan::scan::Scan;

const TARGET: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

/// What lengths, versions and kinds are made of.
const TEMPTING: [u8; 7] = [0, 1, 3, 0x40, 0x4f, 0x50, 0xff];

/// The same probe twice: as the checks write it, and as the lab has it.
fn probe() -> (packets::Probe, Probe) {
    let (src, dst, sport, dport, seq) = (packets::SCANNER, packets::TARGET, 61_500, 80, u32::MAX);
    (packets::Probe { src, dst, sport, dport, seq }, Probe { src, dst, sport, dport, seq })
}

/// A SYN, and everything that may come back.
fn valid_packets() -> Vec<Vec<u8>> {
    let (probe, _) = probe();
    let errors = [1, 13].map(|code| probe.unreachable(code));
    [vec![probe.syn(), probe.syn_ack(), probe.rst_ack(), probe.icmp(11, 0)], errors.to_vec()].concat()
}

fn valid_files() -> Vec<Vec<u8>> {
    let frames: Vec<_> = valid_packets().iter().map(|packet| packets::frame(packet)).collect();
    Flavour::ALL.iter().flat_map(|flavour| [60, 90].map(|cut| flavour.write(1, cut, &frames))).collect()
}

/// Everything that reads a packet, on one packet.
fn read(packet: &[u8]) -> Result<(), TestCaseError> {
    let Ok(layers) = dissect(packet) else { return Ok(()) };
    let (_, probe) = probe();
    let port = port_in_question(&layers);
    let state = classify(&probe, &layers);
    if let Some(state) = state {
        prop_assert_eq!(port, Some(probe.dport));
        prop_assert_eq!(layers.destination == probe.src || matches!(state, PortState::Filtered(_)), true);
        prop_assert!(matches!(layers.transport, Transport::Tcp(_)) ^ matches!(state, PortState::Filtered(_)));
    }
    let mut scan = Scan::default();
    scan.sent(probe);
    scan.take(&layers);
    prop_assert_eq!(scan.is_answered(probe.dport), state.is_some());
    prop_assert_eq!(scan.into_states().len(), 1);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_packet_or_none(packet in vec(any::<u8>(), 0..128)) {
        read(&packet)?;
    }

    #[test]
    fn a_damaged_packet_is_a_packet_or_none(packet in damaged(valid_packets(), &TEMPTING)) {
        read(&packet)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_capture_is_replayed_or_refused(file in damaged(valid_files(), &TEMPTING)) {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("damaged-by-chance.pcap");
        fs::write(&path, file)?;
        if let Ok(states) = replay(&path, TARGET) {
            prop_assert!(states.is_sorted_by_key(|(port, _)| *port));
        }
    }
}
