//! What tcpdump writes while somebody visits somebody, both with nc, on a loopback of the test's own.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

mod namespaces;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Arguments: the capture file, the program that tells when it is all there, tcpdump's flags.
const VISIT: &str = r#"
set -e
file=$1 watch=$2
shift 2
ip link set lo up
tcpdump --immediate-mode -U -w "$file" "$@" 2>/dev/null &
while [ ! -s "$file" ]; do :; done
nc -l 127.0.0.1 9999 >/dev/null &
while [ -z "$(ss -Hltn sport = 9999)" ]; do :; done
printf hi | nc -N 127.0.0.1 9999
for try in $(seq 500); do
    if "$watch" --read "$file" --port 9999 2>&1 | grep -q '^close: \|not Ethernet'; then
        exit 0
    fi
done
echo "the end of the visit was never captured" >&2
exit 1
"#;

fn visit(name: &str, flags: &[&str]) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&file);
    let usual = [file.to_str().unwrap(), env!("CARGO_BIN_EXE_tcp-watch")];
    let needs = ["ip", "tcpdump", "nc", "ss"];
    let output = namespaces::run(VISIT, &needs, &[&usual, flags].concat())?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(file)
}

#[test]
fn the_connection_is_told_from_open_to_close() {
    for (name, flags) in [
        ("packet-craft-visit.pcap", &["-i", "lo"][..]),
        ("packet-craft-visit-nano.pcap", &["-i", "lo", "--time-stamp-precision=nano"]),
        // A SYN of Linux ends at byte 74: every header is there, and nothing of the payload.
        ("packet-craft-visit-cut.pcap", &["-i", "lo", "-s", "74"]),
    ] {
        let Some(file) = visit(name, flags) else { return };
        let watch = Command::new(env!("CARGO_BIN_EXE_tcp-watch"))
            .args(["--port", "9999", "--read"])
            .arg(&file)
            .output()
            .unwrap();
        let told = String::from_utf8(watch.stdout).unwrap();
        assert!(
            told.starts_with(
                "C>S SYN seq=0\nS>C SYN,ACK seq=0 ack=1\nC>S ACK seq=1 ack=1\nhandshake: 3-way\n\
                 C>S PSH,ACK seq=1 ack=1 len=2\n"
            ),
            "{name}: {told}"
        );
        assert!(told.ends_with("close: 3-segment\n") || told.ends_with("close: 4-way\n"), "{name}: {told}");
    }
}

#[test]
fn what_is_not_ethernet_is_named() {
    for (name, link_type, told) in [
        ("packet-craft-sll.pcap", "LINUX_SLL", "not Ethernet: its packets are Linux cooked;"),
        ("packet-craft-sll2.pcap", "LINUX_SLL2", "not Ethernet: its packets are Linux cooked v2;"),
    ] {
        let Some(file) = visit(name, &["-i", "any", "-y", link_type]) else { return };
        let file = file.to_str().unwrap();
        for (program, arguments) in [
            (env!("CARGO_BIN_EXE_tcp-watch"), &["--port", "9999", "--read", file][..]),
            (env!("CARGO_BIN_EXE_pkt"), &["dissect", file]),
        ] {
            let output = Command::new(program).args(arguments).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code() == Some(1) && said.contains(told), "{program}: {said}");
        }
    }
}
