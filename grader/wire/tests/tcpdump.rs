//! A capture as tcpdump reads it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use wire::capture::Capture;
use wire::{Mac, arp};

const TCPDUMP: [&str; 2] = ["/usr/bin/tcpdump", "/usr/sbin/tcpdump"];

fn main() {
    let trial = Trial::ignorable_test("tcpdump reads frames and nanoseconds", || {
        match TCPDUMP.into_iter().find(|path| Path::new(path).exists()) {
            Some(tcpdump) => reads(tcpdump).map(|()| Completion::Completed),
            None => Ok(Completion::ignored_with("SKIP(needs tcpdump)")),
        }
    });
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

fn reads(tcpdump: &str) -> Result<(), Failed> {
    let mut capture = Capture::new(Duration::new(1_737_383_445, 123_456_789));
    let request = arp::request(Mac::of_host(1), [10, 77, 0, 1].into(), [10, 77, 0, 2].into());
    capture.add(Duration::from_nanos(1), &request, Some("who asks?"));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("who-asks.pcapng");
    capture.save(&path)?;
    // Started by root, tcpdump becomes another user, who may not reach the file: it is handed over open.
    #[expect(clippy::disallowed_methods, reason = "tcpdump is no student's program")]
    let mut command = Command::new(tcpdump);
    command.args(["-n", "-tt", "--time-stamp-precision=nano", "-r", "-"]).stdin(File::open(&path)?);
    let output = command.output()?;
    fs::remove_file(&path)?;
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "1737383445.123456790 ARP, Request who-has 10.77.0.2 tell 10.77.0.1, length 28",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
