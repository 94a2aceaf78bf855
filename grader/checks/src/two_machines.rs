//! Two machines of a test's own, joined by a cable, each with a kernel of its own mind.
//!
//! A check has scripted hosts at the far end of `lab0`. Where a solution is tried with what people really use, that takes a
//! whole machine there: its TCP, its ARP, its programs. It runs beside the cell, so it is for trusted programs only.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};

use crate::real_program::is_installed;

/// `lab0`, 10.77.0.1/24, on the near machine; `far0`, 10.77.0.2/24, on the far one. They have nothing else but `lo`, and
/// they are gone, whatever becomes of the test, when it ends; so are the programs that ran there, once they notice.
#[derive(Debug)]
pub struct TwoMachines {
    near: Machine,
    far: Machine,
}

impl TwoMachines {
    /// The near machine's address.
    pub const NEAR: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
    /// The far machine's address.
    pub const FAR: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

    /// Makes both, up and with their addresses, without IPv6's chatter.
    ///
    /// # Errors
    /// In words, why this machine can't: what a test skips with.
    pub fn join() -> Result<TwoMachines, String> {
        let namespaces: &[&str] = if is_root() { &["--net"] } else { &["--map-root-user", "--net"] };
        let near = Machine::start(command("unshare", namespaces))?;
        // It belongs to the same user namespace, else the cable's two ends had different owners.
        let far = Machine::start({
            let mut command = near.command("unshare");
            command.arg("--net");
            command
        })?;
        let machines = TwoMachines { near, far };
        let far = machines.far.holder.id();
        let near_mac = "address 02:00:0a:4d:00:01";
        let far_mac = "address 02:00:0a:4d:00:02";
        machines
            .near
            .ip(&format!("link add lab0 {near_mac} type veth peer name far0 {far_mac} netns {far}"))?;
        for (machine, end, address) in
            [(&machines.near, "lab0", Self::NEAR), (&machines.far, "far0", Self::FAR)]
        {
            machine.ip("link set lo up")?;
            machine.ip(&format!("link set {end} addrgenmode none up"))?;
            machine.ip(&format!("address add {address}/24 dev {end}"))?;
        }
        Ok(machines)
    }

    /// The same, for a test that runs these programs on them.
    ///
    /// # Errors
    /// In words, what is missing.
    pub fn join_with(programs: &[&str]) -> Result<TwoMachines, String> {
        if let Some(missing) = programs.iter().find(|program| !is_installed(program)) {
            return Err(format!("{missing} is not installed"));
        }
        // In the user namespace that anybody else needs, it can't become the user that it wants to be.
        if programs.contains(&"tcpdump") && !is_root() {
            return Err("tcpdump needs root here".to_owned());
        }
        TwoMachines::join()
    }

    /// A command on the near machine, where it may do everything.
    pub fn near(&self, program: impl AsRef<OsStr>) -> Command {
        self.near.command(program)
    }

    /// A command on the far machine, where it may do everything.
    pub fn far(&self, program: impl AsRef<OsStr>) -> Command {
        self.far.command(program)
    }
}

/// A network namespace, kept alive by a `cat` that waits for us to write or to end.
#[derive(Debug)]
struct Machine {
    holder: Child,
}

impl Machine {
    /// Starts a holder with this command, to which `cat` is added, and waits until it speaks.
    fn start(mut unshare: Command) -> Result<Machine, String> {
        unshare.arg("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let holder = unshare.spawn().map_err(|error| format!("needs unshare: {error}"))?;
        let mut machine = Machine { holder };
        let mut echo = [0];
        let written = machine.holder.stdin.as_mut().map(|stdin| stdin.write_all(b"."));
        let read = machine.holder.stdout.as_mut().map(|stdout| stdout.read_exact(&mut echo));
        match (written, read) {
            (Some(Ok(())), Some(Ok(()))) => Ok(machine),
            _ => {
                let mut said = String::new();
                let _ = machine.holder.stderr.as_mut().map(|stderr| stderr.read_to_string(&mut said));
                Err(format!("needs namespaces: {}", said.trim()))
            }
        }
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let target = self.holder.id().to_string();
        let user: &[&str] = if is_root() { &[] } else { &["--preserve-credentials", "--user"] };
        let mut command = command("nsenter", user);
        command.args(["--net", "--target", &target, "--"]);
        command.arg(program);
        command
    }

    fn ip(&self, words: &str) -> Result<(), String> {
        let output = self.command("ip").args(words.split(' ')).output();
        let output = output.map_err(|error| format!("needs nsenter: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("`ip {words}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Only who isn't needs a user namespace. In there, some programs can't become the user that they want to be: tcpdump gives up.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[expect(clippy::disallowed_methods, reason = "trusted programs of this machine, in namespaces of their own")]
fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_machine_sees_the_other_and_nothing_else() {
        let machines = match TwoMachines::join() {
            Ok(machines) => machines,
            Err(reason) => return eprintln!("skipped: {reason}"),
        };
        let said = |mut command: Command, words: &str| {
            let output = command.args(words.split(' ')).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(said(machines.near("ip"), "-4 -brief address show lab0").contains("10.77.0.1/24"));
        assert!(said(machines.far("ip"), "-4 -brief address show far0").contains("10.77.0.2/24"));
        for machine in [machines.near("ip"), machines.far("ip")] {
            assert_eq!(said(machine, "-brief link show").lines().count(), 2);
        }
    }
}
