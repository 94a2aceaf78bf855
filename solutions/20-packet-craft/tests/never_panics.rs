//! No bytes whatever end a program: dissector, printer, watcher and ping are given damaged frames, and noise.

use std::time::Duration;

use fixtures::damage::damaged;
use packet_craft::checksum::{internet_checksum, tcp_checksum};
use packet_craft::flow::Flow;
use packet_craft::parse::{dissect, ipv4};
use packet_craft::ping::{Ping, answer_in};
use packet_craft::render::render;
use packet_craft::segment::{Seg, Side};
use packet_craft::watch::Watch;
use proptest::collection::vec;
use proptest::prelude::*;

const LAYERS: &[u8] = include_bytes!("../../../fixtures/pcaps/layers.pcap");
const HANDSHAKE: &[u8] = include_bytes!("../../../fixtures/pcaps/handshake_4way.pcap");

/// What lengths, versions and kinds are made of.
const TEMPTING: [u8; 7] = [0, 1, 4, 6, 0x45, 0x50, 0xff];

/// The frames of both captures: little-endian pcap, a header of 24 bytes, and of 16 before each frame.
fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for mut rest in [&LAYERS[24..], &HANDSHAKE[24..]] {
        while let Some((head, behind)) = rest.split_first_chunk::<16>() {
            let length = u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize;
            frames.push(behind[..length].to_vec());
            rest = &behind[length..];
        }
    }
    frames
}

fn seg() -> impl Strategy<Value = Seg> {
    // Numbers near each other and near the wrap, so that states are reached.
    let number = prop_oneof![0..5_u32, (u32::MAX - 5)..=u32::MAX, any::<u32>()];
    let from = prop_oneof![Just(Side::Client), Just(Side::Server)];
    (from, any::<u8>(), number.clone(), number, 0..=65_535_u32).prop_map(|(from, flags, seq, ack, len)| Seg {
        from,
        flags,
        seq,
        ack,
        len,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_frames(frames in vec(damaged(frames(), &TEMPTING), 1..8)) {
        let mut watch = Watch::new(9999);
        for frame in &frames {
            if let Ok(layers) = dissect(frame) {
                prop_assert!(render(&layers).starts_with("  Ethernet "));
            }
            watch.see(frame);
        }
    }

    #[test]
    fn noise(bytes in vec(any::<u8>(), 0..200)) {
        let ask = Ping {
            target: [127, 0, 0, 1].into(), id: 1, count: 1, size: 0,
            interval: Duration::ZERO, wait: Duration::ZERO,
        };
        let _ = (dissect(&bytes), ipv4(&bytes), answer_in(&bytes, &ask, 1));
        let _ = (internet_checksum(&bytes), tcp_checksum(ask.target, ask.target, &bytes));
    }

    #[test]
    fn any_segments(segments in vec(seg(), 1..20)) {
        let mut flow = Flow::default();
        let events: usize = segments.iter().map(|seg| flow.feed(seg).len()).sum();
        // Each segment is told, and at most one handshake and one end.
        prop_assert!(events <= segments.len() + 2);
    }
}
