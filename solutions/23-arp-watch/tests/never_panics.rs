//! Whatever bytes come in, nothing that reads them ends the program: frames, claims, capture files.

use std::num::NonZeroUsize;
use std::time::Duration;

use arp_watch::arp::{self, ArpObs};
use arp_watch::table::{MAX_CONFLICTS, Table};
use arp_watch::watch::{Format, Watcher};
use checks::Flavour;
use checks::wire::{Mac, arp as frames, ether};
use fixtures::damage::damaged;
use labkit::pcap::{Packet, Reader};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// What lengths, versions and kinds are made of.
const TEMPTING: [u8; 10] = [0, 1, 2, 3, 4, 5, 6, 0x7f, 0x80, 0xff];

fn valid_frames() -> Vec<Vec<u8>> {
    let (a, b) = (Mac::of_host(1), Mac::of_host(2));
    let request = frames::request(a, [10, 77, 0, 1].into(), [10, 77, 0, 2].into());
    let reply = frames::reply(b, [10, 77, 0, 2].into(), a, [10, 77, 0, 1].into());
    vec![ether::tagged(&request, 5), ether::padded(reply.clone()), request, reply]
}

fn valid_files() -> Vec<Vec<u8>> {
    let frames = valid_frames();
    Flavour::ALL.iter().flat_map(|flavour| [9, 60].map(|cut| flavour.write(1, cut, &frames))).collect()
}

/// Reads the claim by hand: where the frame holds one, its sender stands at fixed places.
fn is_read_right(frame: &[u8], obs: &ArpObs) -> bool {
    obs.ethernet_source.octets() == frame[6..12]
        && obs.sender_mac.octets() == frame[22..28]
        && obs.sender_ip.octets() == frame[28..32]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_claim_or_none(frame in vec(any::<u8>(), 0..128)) {
        if let Some(obs) = arp::parse(&frame) {
            prop_assert!(is_read_right(&frame, &obs));
        }
    }

    #[test]
    fn a_damaged_frame_is_a_claim_or_none(frame in damaged(valid_frames(), &TEMPTING)) {
        if let Some(obs) = arp::parse(&frame) {
            prop_assert!(is_read_right(&frame, &obs));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Few addresses and few MACs, so that all of them meet; times that go back, too.
    #[test]
    fn a_table_keeps_its_limits_whatever_is_claimed(
        max_hosts in 1_usize..4,
        claims in vec((0_u8..6, 0_u8..20, 0_u8..20, any::<u64>()), 0..200),
    ) {
        let mut table = Table::new(NonZeroUsize::new(max_hosts).expect("from 1"));
        for &(ip, mac, source, seconds) in &claims {
            let [sender_mac, ethernet_source] = [mac, source].map(|n| Mac::of_host(n).0.into());
            let obs = ArpObs { ethernet_source, sender_mac, sender_ip: [10, 77, 0, ip].into() };
            let events = table.observe(&obs, Duration::from_secs(seconds));
            prop_assert!(events[0].is_some());
            let hosts = table.hosts();
            prop_assert!(hosts.len() <= max_hosts && hosts.is_sorted_by_key(|host| host.ip));
            prop_assert!(hosts.iter().any(|host| (host.ip, host.mac) == (obs.sender_ip, sender_mac)));
            prop_assert!(table.conflicts().len() <= max_hosts * MAX_CONFLICTS);
        }
        let counted: u64 = table.hosts().iter().map(|host| host.count).sum();
        prop_assert!(counted <= claims.len() as u64);
    }

    #[test]
    fn a_damaged_capture_ends_in_order(file in damaged(valid_files(), &TEMPTING)) {
        let Ok(reader) = Reader::new(&file[..]) else { return Ok(()) };
        let packets: Vec<_> = reader.collect();
        // After an error comes nothing more, and no packet takes less than its header.
        let errors = packets.iter().filter(|packet| packet.is_err()).count();
        prop_assert!(errors <= 1 && packets.iter().rev().skip(1).all(Result::is_ok));
        prop_assert!(packets.len() <= file.len() / 12);

        // Read into one packet, they are the same.
        let mut reader = Reader::new(&file[..]).expect("it could be opened before");
        let mut packet = Packet::default();
        for expected in packets.iter().flatten() {
            prop_assert_eq!(reader.next_into(&mut packet).ok(), Some(true));
            prop_assert_eq!(&packet, expected);
        }

        for format in [Format::Text, Format::Json] {
            let table = Table::new(NonZeroUsize::MIN);
            let mut watcher = Watcher::new(table, format, Vec::new());
            for packet in packets.iter().flatten() {
                watcher.see(packet).expect("a Vec takes all");
            }
            watcher.finish().expect("a Vec takes all");
        }
    }

    #[test]
    fn any_bytes_are_a_capture_or_none(magic in select(vec![0xa1b2_c3d4_u32, 0xd4c3_b2a1, 0x4d3c_b2a1, 0x0a0d_0d0a]),
                                       rest in vec(any::<u8>(), 0..200)) {
        let file = [&magic.to_be_bytes()[..], &rest].concat();
        if let Ok(reader) = Reader::new(&file[..]) {
            prop_assert!(reader.count() <= file.len());
        }
    }
}
