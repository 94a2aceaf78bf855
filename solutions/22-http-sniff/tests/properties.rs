//! What must hold whatever comes: no bytes make it panic, and a stream is the same however it was cut and shuffled.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::io;
use std::net::SocketAddrV4;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use http_sniff::body::Body;
use http_sniff::flow::{FlowKey, MAX_PENDING, Reassembler};
use http_sniff::http::{Req, next_request};
use http_sniff::report::Report;
use http_sniff::segment::{Segment, dissect};
use http_sniff::sniffer::{Format, Sniffer};
use http_sniff::table::{Flows, Limits};
use labkit::pcap::{Packet, Reader};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const MANY: NonZeroUsize = NonZeroUsize::new(1000).unwrap();
const LIMITS: Limits = Limits { max_flows: MANY, idle: Duration::from_secs(300) };

/// Every capture of the course, packets only.
fn captures() -> Vec<Vec<Packet>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let folders = [fixtures.join("pcaps"), fixtures.join("hidden/pcaps")];
    let files = folders.iter().flat_map(|folder| folder.read_dir().unwrap());
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Reader::open(path).unwrap().map(Result::unwrap).collect()).collect()
}

fn key() -> FlowKey {
    let end = |number, port| SocketAddrV4::new([10, 77, 0, number].into(), port);
    FlowKey { source: end(11, 40_000), destination: end(20, 80) }
}

fn segment(seq: u32, payload: &[u8]) -> Segment<'_> {
    Segment { flow: key(), syn: false, seq, payload, missing: 0 }
}

/// A stream of this length cut at random, with random copies, in random order.
fn parts(length: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    let cuts = vec(0..=length, 0..20);
    let copies = vec((0..=length, 0..=length), 0..10);
    (cuts, copies)
        .prop_map(move |(mut cuts, copies)| {
            cuts.extend([0, length]);
            cuts.sort_unstable();
            let whole: Vec<(usize, usize)> = cuts.windows(2).map(|cut| (cut[0], cut[1])).collect();
            [whole, copies.into_iter().map(|(a, b)| (a.min(b), a.max(b))).collect()].concat()
        })
        .prop_shuffle()
}

/// Three requests, two of them with bodies that look like requests.
const REQUESTS: &[u8] =
    b"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 23\r\n\r\nGET /no HTTP/1.1\r\n\r\n...\
    PUT /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n13\r\nGET /no HTTP/1.1\r\n\r\r\n0\r\nX: y\r\n\r\n\
    GET /3 HTTP/1.1\r\nHost: c\r\n\r\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_dissector_or_the_parser_panic(bytes in vec(any::<u8>(), 0..200), port in any::<u16>()) {
        let _ = dissect(&bytes);
        let mut flows = Flows::new(port, LIMITS);
        let mut flow = key();
        flow.destination.set_port(port);
        flows.push(&Segment { flow, ..segment(0, &bytes) }, Duration::ZERO);
        let mut stream = [b"GET ".as_slice(), &bytes].concat();
        let _ = next_request(&mut stream);
        let _ = Body::chunked().skip(&mut bytes.clone());
    }

    #[test]
    fn no_change_to_a_capture_makes_it_panic(
        capture in select(captures()),
        changes in vec((any::<Index>(), any::<Index>(), any::<u8>()), 0..40),
        cuts in vec((any::<Index>(), any::<Index>()), 0..4),
        format in select(vec![Format::Text, Format::Json]),
    ) {
        let mut packets = capture;
        for (packet, at, value) in changes {
            let data = &mut packet.get_mut(&mut packets).data;
            if !data.is_empty() {
                *at.get_mut(data) = value;
            }
        }
        for (packet, at) in cuts {
            let data = &mut packet.get_mut(&mut packets).data;
            data.truncate(at.index(data.len() + 1));
        }
        let mut sniffer = Sniffer::new(Flows::new(80, LIMITS), Report::new(MANY), None, format, io::sink());
        for packet in &packets {
            sniffer.hear(packet).unwrap();
        }
        sniffer.finish().unwrap();
    }

    #[test]
    fn a_stream_is_the_same_however_it_came(
        (stream, parts) in (1..600_usize).prop_flat_map(|length| (vec(any::<u8>(), length), parts(length))),
        first in prop_oneof![any::<u32>(), u32::MAX - 600..=u32::MAX],
    ) {
        let mut reassembler = Reassembler::starting_at(first);
        let got: Vec<u8> = parts
            .iter()
            .flat_map(|&(from, to)| reassembler.push(first.wrapping_add(from as u32), &stream[from..to]))
            .collect();
        prop_assert_eq!(got, stream);
    }

    #[test]
    fn requests_are_the_same_however_they_came(parts in parts(REQUESTS.len()), first in any::<u32>()) {
        let mut flows = Flows::new(80, LIMITS);
        flows.push(&Segment { syn: true, ..segment(first, b"") }, Duration::ZERO);
        let requests: Vec<Req> = parts
            .iter()
            .flat_map(|&(from, to)| {
                flows.push(&segment(first.wrapping_add(from as u32), &REQUESTS[from..to]), Duration::ZERO)
            })
            .collect();
        let targets: Vec<&str> = requests.iter().map(|request| request.target.as_str()).collect();
        prop_assert_eq!(targets, ["/1", "/2", "/3"]);
    }
}

#[test]
fn a_hole_that_is_never_filled_costs_no_more_than_its_limit() {
    let mut reassembler = Reassembler::starting_at(0);
    let piece = [b'x'; 1000];
    for n in 0..1_000_u32 {
        assert!(reassembler.push(1 + n * 1000, &piece).is_empty());
    }
    const { assert!(MAX_PENDING < 1_000_000) };
    // The rest is lost, also when the hole is filled at last.
    assert!(reassembler.push(0, b"y").is_empty());
}

#[test]
fn a_silent_flow_is_forgotten_and_its_addresses_may_begin_anew() {
    let mut flows = Flows::new(80, LIMITS);
    let head = b"GET / HTTP/1.0\r\n\r\n";
    let (half, rest) = head.split_at(5);
    let at = Duration::from_secs;
    assert_eq!(flows.push(&segment(0, half), at(0)), []);
    assert_eq!(flows.push(&segment(5, rest), at(300)).len(), 1);
    assert_eq!(flows.push(&segment(18, half), at(400)), []);
    assert_eq!(flows.push(&segment(23, rest), at(701)), []);
    assert_eq!(flows.push(&segment(700, head), at(1002)).len(), 1);
}

#[test]
fn bytes_that_the_capture_cut_off_keep_their_place() {
    let mut flows = Flows::new(80, LIMITS);
    let head = b"POST / HTTP/1.0\r\nContent-Length: 1000\r\n\r\n";
    let cut = Segment { missing: 1000, ..segment(0, head) };
    assert_eq!(flows.push(&cut, Duration::ZERO).len(), 1);
    let next = segment(head.len() as u32 + 1000, b"GET /next HTTP/1.0\r\n\r\n");
    assert_eq!(flows.push(&next, Duration::ZERO)[0].target, "/next");
}

#[test]
fn what_has_no_place_in_a_url_is_shown_as_its_bytes() {
    let mut stream = b"GET /\x1b[2J\xc3\xa9 HTTP/1.1\r\nHost: a b\r\n\r\n".to_vec();
    let request = next_request(&mut stream).unwrap().unwrap();
    assert_eq!((request.target.as_str(), request.host.as_deref()), ("/%1B[2J%C3%A9", Some("a%20b")));
}

#[test]
fn names_beyond_the_limit_are_counted() {
    let mut report = Report::new(NonZeroUsize::new(1).unwrap());
    for host in ["a", "b", "a", "b"] {
        let mut stream = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes();
        report.record(&next_request(&mut stream).unwrap().unwrap(), key().destination);
    }
    assert_eq!(
        http_sniff::summary::summary(&report),
        "requests: 4\nhosts:\n  a 2\nurls:\n  http://a/\nnot listed: 2 requests by host, 2 by URL\n"
    );
}
