//! One program, started by a person, on a link with scripted hosts: `lab run`.

use std::fs::File;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wire::{Host, Mac, PortScript, World};

use crate::link::Link;

/// The hosts that a program started by hand finds behind `lab0`.
fn neighbourhood() -> World {
    let web = Host::new(Ipv4Addr::new(10, 77, 0, 2), Mac::of_host(2))
        .port(22, PortScript::Open)
        .port(80, PortScript::Open)
        .port(81, PortScript::Silent)
        .port(82, PortScript::Unreachable(13));
    let silent =
        Host::new(Ipv4Addr::new(10, 77, 0, 3), Mac::of_host(3)).default_port(PortScript::Silent).echo([]);
    World::new().host(web).host(silent).host(Host::gateway())
}

/// What [`run_by_hand`] tells before the program starts.
pub const NEIGHBOURHOOD: &str = "\
lab0 is 10.77.0.1/24. Behind it:
  10.77.0.2   answers ping; ports 22 and 80 open, 81 silent, 82 refused by a firewall (icmp 3/13), others closed
  10.77.0.3   answers ARP and nothing else
  10.77.0.254 the gateway";

/// Runs a program in a cell with `lab0`, with this process's own stdin, stdout and stderr and with the right to open
/// raw sockets. Returns its exit code, once it has ended; then `capture` holds every frame as pcapng.
///
/// Must be called while the process has one thread only: the process itself becomes the cell's runner.
pub fn run_by_hand(program: &Path, args: &[String], mut capture: File) -> Result<u8, String> {
    let spec = cell::Spec { programs: vec![program.to_owned()], wire: true, ..cell::Spec::default() };
    let cell = Arc::new(cell::enter(&spec).map_err(|error| error.to_string())?);
    let start = Instant::now();
    let link = Link::start(&cell, neighbourhood(), start).map_err(|fault| fault.to_string())?;
    let mut command = cell.launch(program).raw_sockets().command();
    if let Some(terminal) = std::env::var_os("TERM") {
        command.env("TERM", terminal);
    }
    let status = command
        .args(args)
        .status()
        .map_err(|error| format!("Failed to start {}: {error}", program.display()))?;
    let mut frames = wire::capture::Capture::new(Duration::ZERO);
    frames.add_seen(&link.seen());
    frames.write_to(&mut capture).map_err(|error| format!("Failed to write the capture: {error}"))?;
    use std::os::unix::process::ExitStatusExt;
    // As a shell tells it: 128 + the signal's number.
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(u8::try_from(code).unwrap_or(1))
}
