//! The watcher beside arpwatch: a capture of a million claims by a thousand hosts, a hundred of them forged.
//!
//! Rounds alternate, so that the machine's moods hit both alike. Each must find the hundred forgeries. arpwatch runs in a network
//! namespace without a way out, because it asks a name server about each host, and would mostly wait for its answers; it
//! sends no mail (`-d`). Compared is also the processor's time, user and system: a busy machine makes less of it.
//!
//! `cargo bench -p arp-watch --bench million_claims`; `ROUNDS=3` before it changes that number. It needs arpwatch, and a machine
//! that offers namespaces.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use checks::wire::{Mac, arp};
use checks::{CAPTURE_START, TwoMachines};
use labkit::pcap::{LinkType, Packet, Writer};
use nix::sys::resource::{UsageWho, getrusage};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CLAIMS: u32 = 1_000_000;
const HOSTS: u32 = 1000;
const FORGED: u32 = 100;
/// Runs of each, unless `ROUNDS` says otherwise.
const ROUNDS: usize = 10;

fn main() -> Result<()> {
    let rounds = std::env::var("ROUNDS").ok().and_then(|number| number.parse().ok()).unwrap_or(ROUNDS);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let capture = folder.join("million.pcap");
    write_claims(&capture)?;
    let machines = TwoMachines::join()?;
    println!("arp-watch --read            arpwatch -dN -r             ratio, of processor time");
    let mut ratios = [const { Vec::new() }; 2];
    for _ in 0..rounds {
        let mut ours = Command::new(env!("CARGO_BIN_EXE_arp-watch"));
        let mine = timed(ours.arg("--read").arg(&capture), "ALERT duplicate IP ")?;
        let known_hosts = empty_file(folder)?;
        let mut theirs = machines.near("arpwatch");
        theirs.args(["-d", "-N", "-f"]).arg(known_hosts).arg("-r").arg(&capture);
        let their = timed(&mut theirs, "Subject: changed ethernet address ")?;
        let [wall, cpu] = [their.wall / mine.wall, their.cpu / mine.cpu];
        println!("{mine}   {their}   {wall:.1}, {cpu:.1}");
        for (ratios, ratio) in ratios.iter_mut().zip([wall, cpu]) {
            ratios.push(ratio);
        }
    }
    for (what, mut ratios) in ["time", "processor time"].into_iter().zip(ratios) {
        ratios.sort_unstable_by(f64::total_cmp);
        let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
        println!(
            "arpwatch / arp-watch, {what}: median {:.1}, {least:.1} to {most:.1}",
            ratios[ratios.len() / 2]
        );
    }
    std::fs::remove_file(capture)?;
    Ok(())
}

/// Hosts speak in turns; each forgery takes another one's address.
fn write_claims(path: &Path) -> Result<()> {
    let mut writer = Writer::new(BufWriter::new(File::create(path)?), LinkType::ETHERNET)?;
    for claim in 0..CLAIMS {
        let (forgery, at) = (claim / (CLAIMS / FORGED), claim % (CLAIMS / FORGED));
        let is_forged = at == CLAIMS / FORGED / 2;
        let host = if is_forged { forgery } else { claim % HOSTS * 7919 % HOSTS };
        let [.., high, low] = host.to_be_bytes();
        let mac = Mac([2, u8::from(is_forged), 10, 77, high, low]);
        let ip = [10, 77, high, low].into();
        let asked = [10, 77, 254, 254].into();
        let frame = if claim % 2 == 0 {
            arp::request(mac, ip, asked)
        } else {
            arp::reply(mac, ip, Mac::of_host(1), asked)
        };
        let data = checks::wire::ether::padded(frame);
        let time = CAPTURE_START + Duration::from_micros(100) * claim;
        writer.write(&Packet { time, original_len: data.len() as u32, data })?;
    }
    Ok(writer.into_inner().flush()?)
}

fn empty_file(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("arp.dat");
    File::create(&path)?;
    Ok(path)
}

/// One run to its end, in seconds.
struct Run {
    wall: f64,
    cpu: f64,
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>5.2} s, {:.3} s of CPU", self.wall, self.cpu)
    }
}

/// Runs a program, which must tell every forgery by a line that begins so.
fn timed(program: &mut Command, beginning: &str) -> Result<Run> {
    let (cpu, began) = (cpu_of_children()?, Instant::now());
    let output = program.output()?;
    let run = Run { wall: began.elapsed().as_secs_f64(), cpu: cpu_of_children()? - cpu };
    let told = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    let found = told.iter().flat_map(|text| text.lines()).filter(|line| line.starts_with(beginning)).count();
    if found == FORGED as usize {
        return Ok(run);
    }
    Err(format!("{program:?} tells {found} of {FORGED} forgeries: {}", output.status).into())
}

/// What all programs that have ended took of the processors, in seconds.
fn cpu_of_children() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}
