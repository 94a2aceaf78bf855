//! The watcher, and what people use on such networks: Debian's arping and arpspoof (dsniff) as tcpdump sees them, on two machines
//! of the test's own, joined by a cable; and Scapy's files.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::path::Path;
use std::process::{Command, Output};

use checks::{RealProgram, TwoMachines, is_installed};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Both machines, and a word about it where that, or a program, is missing.
fn machines(programs: &[&str]) -> Option<TwoMachines> {
    TwoMachines::join_with(programs).inspect_err(|reason| eprintln!("skipped: {reason}")).ok()
}

fn file(name: &str) -> String {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).display().to_string()
}

/// Has tcpdump on the near machine write down so many ARP frames.
fn tcpdump(machines: &TwoMachines, name: &str, frames: u32, flags: &[&str]) -> RealProgram {
    let mut tcpdump = machines.near("tcpdump");
    tcpdump.args(["-Z", "root", "-n", "-U", "-c", &frames.to_string(), "-w", &file(name)]).args(flags);
    RealProgram::start(tcpdump.arg("arp"), "listening on").unwrap()
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

/// Has the far machine say twice whose its address is. Debian has two programs called arping: the one of iputils, and the
/// one of Thomas Habets, which takes it for a failure that nobody answers. tcpdump tells whether the words were said.
fn announce(machines: &TwoMachines, address: &str) {
    let output = machines.far("arping").args(["-U", "-c", "2", "-I", "far0", address]).output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
}

fn watch(name: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arp-watch")).args(["--read", &file(name)]).output().unwrap()
}

/// The report without its times, which are those of today.
fn report(name: &str) -> Vec<String> {
    let output = watch(name);
    assert!(output.status.success(), "{name}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let is_time = |word: &&str| word.ends_with('Z') && word.contains('T');
    text.lines()
        .map(|line| line.split(' ').filter(|word| !is_time(word)).collect::<Vec<_>>().join(" "))
        .collect()
}

const NEAR: &str = "10.77.0.1 02:00:0a:4d:00:01";
const FAR: &str = "10.77.0.2 02:00:0a:4d:00:02";

#[test]
fn arping_is_no_attack() {
    let Some(machines) = machines(&["tcpdump", "arping"]) else { return };
    // Three questions with their answers, and two announcements.
    let capture = tcpdump(&machines, "arping.pcap", 8, &["-i", "lab0"]);
    run(machines.far("arping").args(["-c", "3", "-I", "far0", "10.77.0.1"]));
    announce(&machines, "10.77.0.2");
    capture.finish().unwrap();
    let table = ["IP MAC first last count".to_owned(), format!("{NEAR} 3"), format!("{FAR} 5")];
    assert_eq!(report("arping.pcap"), table);
}

#[test]
fn every_form_that_tcpdump_and_wireshark_write_is_read() {
    let Some(machines) = machines(&["tcpdump", "arping"]) else { return };
    let forms: [(&str, &[&str]); 5] = [
        ("micro.pcap", &["-i", "lab0"]),
        ("nano.pcap", &["-i", "lab0", "--time-stamp-precision", "nano"]),
        ("cut.pcap", &["-i", "lab0", "-s", "60"]),
        ("any.pcap", &["-i", "any"]),
        ("any-old.pcap", &["-i", "any", "-y", "LINUX_SLL"]),
    ];
    let captures = forms.map(|(name, flags)| tcpdump(&machines, name, 4, flags));
    let dumpcap = is_installed("dumpcap").then(|| {
        let mut dumpcap = machines.near("dumpcap");
        dumpcap.args(["-i", "lab0", "-f", "arp", "-c", "4", "-w", &file("dumpcap.pcapng")]);
        // It says so when its first file is open, and that is after the interface was.
        RealProgram::start(&mut dumpcap, "File: ").unwrap()
    });
    run(machines.far("arping").args(["-c", "2", "-I", "far0", "10.77.0.1"]));
    captures.into_iter().for_each(|capture| capture.finish().unwrap());
    let table = ["IP MAC first last count".to_owned(), format!("{NEAR} 2"), format!("{FAR} 2")];
    for name in ["micro.pcap", "nano.pcap", "cut.pcap"] {
        assert_eq!(report(name), table, "{name}");
    }
    for (name, named) in [("any.pcap", "Linux cooked v2;"), ("any-old.pcap", "Linux cooked;")] {
        let output = watch(name);
        let said = String::from_utf8_lossy(&output.stderr);
        let named = format!("not Ethernet: its packets are {named}");
        assert!(output.status.code() == Some(1) && said.contains(&named), "{output:?}");
    }
    match dumpcap {
        Some(dumpcap) => {
            dumpcap.finish().unwrap();
            assert_eq!(report("dumpcap.pcapng"), table);
        }
        None => eprintln!("without dumpcap: it is not installed"),
    }
    if !is_installed("tshark") {
        return eprintln!("without tshark: it is not installed");
    }
    for form in ["pcapng", "pcap", "nsecpcap"] {
        let converted = format!("tshark-{form}");
        run(Command::new("tshark").args(["-r", &file("nano.pcap"), "-F", form, "-w", &file(&converted)]));
        assert_eq!(report(&converted), table, "{form}");
    }
}

#[test]
fn what_scapy_writes_is_read() {
    /// Debian's own, which finds Debian's Scapy.
    const PYTHON: &str = "/usr/bin/python3";
    const SCRIPT: &str = r#"
import sys
from scapy.all import ARP, Ether, wrpcap, wrpcapng
a, b = "02:00:0a:4d:00:01", "02:00:0a:4d:00:02"
frames = [Ether(src=a, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=a, psrc="10.77.0.1", pdst="10.77.0.2"),
          Ether(src=b, dst=a) / ARP(op=2, hwsrc=b, psrc="10.77.0.2", hwdst=a, pdst="10.77.0.1")]
folder = sys.argv[1]
wrpcap(folder + "/scapy-little.pcap", frames, endianness="<")
wrpcap(folder + "/scapy-big.pcap", frames, endianness=">")
wrpcap(folder + "/scapy-nano.pcap", frames, nano=True)
wrpcapng(folder + "/scapy.pcapng", frames)
wrpcap(folder + "/scapy-cooked.pcap", frames, linktype=113)
"#;
    let scapy = Command::new(PYTHON).args(["-c", "import scapy"]).output();
    if !scapy.is_ok_and(|output| output.status.success()) {
        return eprintln!("skipped: python3-scapy is not installed");
    }
    run(Command::new(PYTHON).args(["-c", SCRIPT, env!("CARGO_TARGET_TMPDIR")]));
    let table = ["IP MAC first last count".to_owned(), format!("{NEAR} 1"), format!("{FAR} 1")];
    for name in ["scapy-little.pcap", "scapy-big.pcap", "scapy-nano.pcap", "scapy.pcapng"] {
        assert_eq!(report(name), table, "{name}");
    }
    assert_eq!(watch("scapy-cooked.pcap").status.code(), Some(1));
}

/// arpspoof claims once in two seconds, here an address whose owner has spoken before.
#[test]
fn arpspoof_is_told_by_one_alert() {
    let Some(machines) = machines(&["tcpdump", "arping", "arpspoof"]) else { return };
    let far0 = |words: &[&str]| run(machines.far("ip").args(["link", "set", "far0"]).args(words));
    // Its only one: the one arping announces the address that it is told, the other the first that the machine has.
    run(machines.far("ip").args(["address", "del", "10.77.0.2/24", "dev", "far0"]));
    run(machines.far("ip").args(["address", "add", "10.77.0.3/24", "dev", "far0"]));
    let mut tcpdump = machines.near("tcpdump");
    tcpdump.args(["-Z", "root", "-n", "-U", "-w", &file("arpspoof.pcap"), "-i", "lab0", "arp"]);
    let capture = RealProgram::start(&mut tcpdump, "listening on").unwrap();
    // One machine plays both, with another card each time.
    far0(&["address", "02:00:0a:4d:00:03"]);
    announce(&machines, "10.77.0.3");
    far0(&["address", "02:00:0a:4d:00:66"]);
    let mut arpspoof = machines.far("arpspoof");
    arpspoof.args(["-i", "far0", "-t", "10.77.0.1", "10.77.0.3"]);
    // It says so before it does so: with the second word, the first frame is out.
    let claim = "arp reply 10.77.0.3 is-at 2:0:a:4d:0:66";
    let mut arpspoof = RealProgram::start(&mut arpspoof, claim).unwrap();
    arpspoof.wait_until_it_says(claim).unwrap();
    let tcpdump = Pid::from_raw(i32::try_from(capture.id()).unwrap());
    kill(tcpdump, Signal::SIGINT).unwrap();
    capture.finish().unwrap();

    let printed = report("arpspoof.pcap");
    let alert = "ALERT duplicate IP 10.77.0.3: was 02:00:0a:4d:00:03, now 02:00:0a:4d:00:66";
    let alerts: Vec<_> = printed.iter().filter(|line| line.starts_with("ALERT")).collect();
    assert_eq!(alerts, [alert], "{printed:?}");
    let conflict = "conflict 10.77.0.3 02:00:0a:4d:00:03 02:00:0a:4d:00:66 1".to_owned();
    assert_eq!(printed.last(), Some(&conflict), "{printed:?}");
}
