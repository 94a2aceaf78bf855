//! http-sniff beside tshark, which it must agree with, and beside libpcap, which only reads: a capture of a million packets
//! with 50,000 requests, all three in turns.
//!
//! `cargo bench -p http-sniff --bench beside-tshark`; `ROUNDS=3` before it changes the number of rounds. It needs tshark, a C
//! compiler and libpcap's shared library. The capture is made below `target/`.

mod traffic;

use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

/// How many times faster than tshark it must be, and how many times slower than libpcap it may be.
const BESIDE_TSHARK: f64 = 40.0;
const BESIDE_LIBPCAP: f64 = 6.0;

const FIELDS: [&str; 6] =
    ["ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "http.request.method", "http.request.full_uri"];

fn main() -> Result<()> {
    let rounds: usize = env::var("ROUNDS").map_or(3, |rounds| rounds.parse().expect("ROUNDS is a number"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (capture, reader) = (made(folder)?, compiled(folder)?);
    let (mut ratios_tshark, mut ratios_libpcap) = (Vec::new(), Vec::new());
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    println!("   libpcap in C     http-sniff         tshark   tshark / ours   ours / libpcap");
    for _ in 0..rounds {
        let (read, _) = timed(Command::new(&reader).arg(&capture))?;
        let (mine, heard) =
            timed(Command::new(env!("CARGO_BIN_EXE_http-sniff")).arg("--read").arg(&capture))?;
        let (sharks, found) = timed(&mut tshark(&capture))?;
        agree(&heard, &found)?;
        println!("{read:>13.2} s{mine:>13.2} s{sharks:>13.1} s{:>16.0}{:>17.1}", sharks / mine, mine / read);
        ratios_tshark.push(sharks / mine);
        ratios_libpcap.push(mine / read);
        for (times, time) in times.iter_mut().zip([read, mine, sharks]) {
            times.push(time);
        }
    }
    let [read, mine, sharks] = times.map(median);
    let (faster, slower) = (median(ratios_tshark), median(ratios_libpcap));
    println!("medians: {read:.2} s, {mine:.2} s, {sharks:.1} s");
    println!(
        "{faster:.0} times as fast as tshark (goal: {BESIDE_TSHARK}): {}",
        verdict(faster >= BESIDE_TSHARK)
    );
    println!(
        "{slower:.1} times as slow as libpcap, which only reads (goal: at most {BESIDE_LIBPCAP}): {}",
        verdict(slower <= BESIDE_LIBPCAP)
    );
    Ok(())
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "MISSED" }
}

/// The capture.
fn made(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("a-million-packets.pcap");
    traffic::write(&path)?;
    println!(
        "{} packets, {} MB",
        traffic::CONNECTIONS * traffic::FRAMES,
        fs::metadata(&path)?.len() / 1_000_000
    );
    Ok(path)
}

/// The C program beside this file, compiled.
fn compiled(folder: &Path) -> Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/beside-tshark/read.c");
    let program = folder.join("read");
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-Wall", "-o"]).args([&program, &source]).arg("-l:libpcap.so.0.8");
    if cc.status()?.success() {
        Ok(program)
    } else {
        Err(Error::other("cc can't make read.c (Debian: gcc, libpcap0.8)"))
    }
}

fn tshark(capture: &Path) -> Command {
    let mut tshark = Command::new("tshark");
    tshark.arg("-n").arg("-r").arg(capture).args(["-Y", "http.request", "-T", "fields"]);
    for field in FIELDS {
        tshark.args(["-e", field]);
    }
    tshark
}

/// How many seconds a command takes, and what it prints.
fn timed(command: &mut Command) -> Result<(f64, String)> {
    let began = Instant::now();
    let output = command.stderr(Stdio::null()).output()?;
    let took = began.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(Error::other(format!("{command:?} ended with {}", output.status)));
    }
    String::from_utf8(output.stdout).map(|text| (took, text)).map_err(Error::other)
}

/// Expects both to have found the same requests, byte for byte, once both are brought into one form and sorted.
fn agree(heard: &str, found: &str) -> Result<()> {
    let mut ours: Vec<String> = heard.lines().filter_map(as_fields).collect();
    let mut theirs: Vec<String> = found.lines().map(str::to_owned).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    let differ = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
    if let Some((ours, theirs)) = differ {
        return Err(Error::other(format!("we have {ours:?}, tshark has {theirs:?}")));
    }
    match (ours.len(), theirs.len()) {
        (ours, theirs) if ours == theirs && ours == traffic::REQUESTS as usize => Ok(()),
        (ours, theirs) => Err(Error::other(format!("we have {ours} requests, tshark has {theirs}"))),
    }
}

/// `HTTP 10.0.0.1:40000 -> 10.0.0.2:80 GET http://a/` as tshark writes its fields.
fn as_fields(line: &str) -> Option<String> {
    let words: Vec<&str> = line.strip_prefix("HTTP ")?.split(' ').collect();
    let [source, "->", destination, method, url] = words[..] else { return None };
    Some([source.replace(':', "\t"), destination.replace(':', "\t"), method.into(), url.into()].join("\t"))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}
