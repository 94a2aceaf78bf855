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
fn watched(name: &str, file: &[u8]) -> Output {
    let path: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, file).unwrap();
    Command::new(env!("CARGO_BIN_EXE_arp-watch")).arg("--read").arg(path).output().unwrap()
}

/// What it prints of a file that it reads to its end.
fn report(name: &str, file: &[u8]) -> String {
    let output = watched(name, file);
    assert!(output.status.success(), "{name}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The frames of an attack.
fn spoof() -> Vec<Vec<u8>> {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pcaps/arp_spoof.pcap");
    Reader::open(fixture).unwrap().map(|packet| packet.unwrap().data).collect()
}

#[test]
fn every_flavour_gives_the_same_report() {
    let expected = report("first.pcap", &Flavour::ALL[0].write(ETHERNET, WHOLE, &spoof()));
    assert!(expected.contains("ALERT duplicate IP 10.77.0.254: was "), "{expected}");
    assert!(expected.contains(" 2025-01-20T14:30:45.001000Z "), "{expected}");
    for flavour in Flavour::ALL {
        let got = report("flavour.pcap", &flavour.write(ETHERNET, WHOLE, &spoof()));
        assert_eq!(got, expected, "{flavour:?}");
    }
}

#[test]
fn a_claim_that_was_cut_is_none() {
    // The Ethernet header, and ARP for IPv4 (RFC 826).
    let claim = 14 + 28;
    for flavour in Flavour::ALL {
        let whole = report("whole.pcap", &flavour.write(ETHERNET, WHOLE, &spoof()));
        assert_eq!(report("just.pcap", &flavour.write(ETHERNET, claim, &spoof())), whole);
        for cut in [claim - 1, 14, 13, 0] {
            let file = flavour.write(ETHERNET, cut, &spoof());
            assert_eq!(report("cut.pcap", &file), "IP MAC first last count\n", "{flavour:?}, {cut} bytes");
        }
    }
}

#[test]
fn frames_with_a_vlan_tag_are_passed_over() {
    let tagged: Vec<_> = spoof().iter().map(|frame| checks::wire::ether::tagged(frame, 5)).collect();
    let file = Flavour::ALL[0].write(ETHERNET, WHOLE, &tagged);
    assert_eq!(report("vlan.pcap", &file), "IP MAC first last count\n");
}

#[test]
fn what_is_not_ethernet_is_named() {
    for (link_type, named) in
        [(113, "Linux cooked"), (276, "Linux cooked v2"), (101, "raw IP"), (105, "link type 105")]
    {
        for flavour in Flavour::ALL {
            let output = watched("other.pcap", &flavour.write(link_type, WHOLE, &spoof()));
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains(&format!("not Ethernet: its packets are {named};")), "{said}");
            assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
        }
    }
}

#[test]
fn a_damaged_file_is_reported_as_far_as_it_goes() {
    for flavour in Flavour::ALL {
        let mut file = flavour.write(ETHERNET, WHOLE, &spoof());
        file.truncate(file.len() - 1);
        let output = watched("damaged.pcap", &file);
        assert_eq!(output.status.code(), Some(1), "{flavour:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("ALERT duplicate IP"), "{flavour:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("the file ends within packet"),
            "{output:?}"
        );
    }
}
