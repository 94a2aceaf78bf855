//! Captures in every form in which Wireshark's tools write them tell the same.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::path::{Path, PathBuf};
use std::process::Command;

const EDITCAP: &str = "/usr/bin/editcap";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pcaps/handshake_4way.pcap")
}

/// What `tcp-watch` tells of a capture.
fn told(capture: &Path) -> String {
    let watch = Command::new(env!("CARGO_BIN_EXE_tcp-watch"))
        .args(["--port", "9999", "--read"])
        .arg(capture)
        .output()
        .unwrap();
    assert!(watch.status.success(), "{}: {}", capture.display(), String::from_utf8_lossy(&watch.stderr));
    String::from_utf8(watch.stdout).unwrap()
}

#[test]
fn pcap_and_pcapng_with_micro_and_nanoseconds_whole_and_cut() {
    if !Path::new(EDITCAP).exists() {
        eprintln!("skipped: there is no {EDITCAP} (Debian: wireshark-common)");
        return;
    }
    let expected = told(&fixture());
    assert!(expected.ends_with("close: 4-way\n"), "{expected}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, flags) in [
        ("packet-craft.pcap", &["-F", "pcap"][..]),
        ("packet-craft-nano.pcap", &["-F", "nsecpcap"]),
        ("packet-craft.pcapng", &["-F", "pcapng"]),
        // Every header is there (a SYN's ends at byte 66), and hardly any payload.
        ("packet-craft-cut.pcap", &["-F", "pcap", "-s", "66"]),
        ("packet-craft-cut.pcapng", &["-F", "pcapng", "-s", "66"]),
    ] {
        let capture = folder.join(name);
        let edited = Command::new(EDITCAP).args(flags).arg(fixture()).arg(&capture).output().unwrap();
        assert!(edited.status.success(), "{}", String::from_utf8_lossy(&edited.stderr));
        assert_eq!(told(&capture), expected, "{name}");
    }
}

#[test]
fn pcap_of_a_machine_with_the_other_byte_order() {
    let expected = told(&fixture());
    let bytes = std::fs::read(fixture()).unwrap();
    let swapped = |word: &[u8]| word.iter().rev().copied().collect::<Vec<u8>>();
    // The header: magic, version in two halves, and four words more; then four words before each packet.
    let (header, mut packets) = bytes.split_at(24);
    let mut other: Vec<u8> = swapped(&header[..4]);
    other.extend(header[4..8].chunks(2).flat_map(swapped));
    other.extend(header[8..].chunks(4).flat_map(swapped));
    while let Some((head, rest)) = packets.split_first_chunk::<16>() {
        let length = u32::from_le_bytes(head[8..12].try_into().unwrap()) as usize;
        other.extend(head.chunks(4).flat_map(swapped));
        other.extend(&rest[..length]);
        packets = &rest[length..];
    }
    let capture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packet-craft-big-endian.pcap");
    std::fs::write(&capture, other).unwrap();
    assert_eq!(told(&capture), expected);
}
