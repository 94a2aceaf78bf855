//! Captures in every form that tcpdump, Wireshark and Scapy write, and those that hold no Ethernet.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use checks::Flavour;
use labkit::pcap::Reader;

/// Longer than any frame here.
const WHOLE: usize = 65_535;
const ETHERNET: u16 = 1;

/// What the program says of a file with these bytes.
fn replayed(name: &str, file: &[u8]) -> Output {
    let path: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, file).unwrap();
    let mut scanner = Command::new(env!("CARGO_BIN_EXE_syn-scan"));
    scanner.args(["10.77.0.2", "--replay"]).arg(path).output().unwrap()
}

/// What it prints of a file that it reads to its end.
fn table(name: &str, file: &[u8]) -> String {
    let output = replayed(name, file);
    assert!(output.status.success(), "{name}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The frames of a scan.
fn scan() -> Vec<Vec<u8>> {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pcaps/synscan.pcap");
    Reader::open(fixture).unwrap().map(|packet| packet.unwrap().data).collect()
}

#[test]
fn every_flavour_gives_the_same_table() {
    let expected = table("first.pcap", &Flavour::ALL[0].write(ETHERNET, WHOLE, &scan()));
    for state in ["22/tcp OPEN\n", "24/tcp CLOSED\n", "25/tcp FILTERED (no", "53/tcp FILTERED (icmp 3/13)\n"]
    {
        assert!(expected.contains(state), "{expected}");
    }
    for flavour in Flavour::ALL {
        assert_eq!(table("flavour.pcap", &flavour.write(ETHERNET, WHOLE, &scan())), expected, "{flavour:?}");
    }
}

#[test]
fn a_snap_length_may_cut_what_a_header_has_beyond_its_ports() {
    let whole = table("whole.pcap", &Flavour::ALL[0].write(ETHERNET, WHOLE, &scan()));
    // Ethernet, IPv4, and in the longest case ICMP, IPv4 again, and eight bytes of what it quotes.
    let quote = 14 + 20 + 8 + 20 + 8;
    // Ethernet, IPv4, TCP without options.
    let segment = 14 + 20 + 20;
    for flavour in Flavour::ALL {
        assert_eq!(table("quote.pcap", &flavour.write(ETHERNET, quote, &scan())), whole);
        // An error that quotes too little says nothing; all else is as before.
        let unsaid = whole.replace("(icmp 3/13)", "(no response)");
        for cut in [quote - 1, segment] {
            assert_eq!(table("segment.pcap", &flavour.write(ETHERNET, cut, &scan())), unsaid, "{cut} bytes");
        }
        for cut in [segment - 1, 34, 14, 13, 0] {
            assert_eq!(table("cut.pcap", &flavour.write(ETHERNET, cut, &scan())), "", "{cut} bytes");
        }
    }
}

#[test]
fn frames_with_a_vlan_tag_are_passed_over() {
    let tagged: Vec<_> = scan().iter().map(|frame| checks::wire::ether::tagged(frame, 5)).collect();
    assert_eq!(table("vlan.pcap", &Flavour::ALL[0].write(ETHERNET, WHOLE, &tagged)), "");
}

#[test]
fn what_is_not_ethernet_is_named() {
    for (link_type, named) in
        [(113, "Linux cooked"), (276, "Linux cooked v2"), (101, "raw IP"), (105, "link type 105")]
    {
        for flavour in Flavour::ALL {
            let output = replayed("other.pcap", &flavour.write(link_type, WHOLE, &scan()));
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains(&format!("not Ethernet: its packets are {named};")), "{said}");
            assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
        }
    }
}

#[test]
fn a_damaged_file_is_named_with_the_packet() {
    for flavour in Flavour::ALL {
        let mut file = flavour.write(ETHERNET, WHOLE, &scan()[..3]);
        file.truncate(file.len() - 1);
        let output = replayed("damaged.pcap", &file);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("damaged.pcap: the file ends within packet 3"), "{said}");
        assert_eq!(output.status.code(), Some(1), "{flavour:?}");
    }
}
