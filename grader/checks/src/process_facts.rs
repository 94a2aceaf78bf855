//! What the kernel says about a process: descriptors, threads, memory, CPU time, states. Source: proc(5).

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use crate::fault::{Fault, ensure};
use crate::udp_table::udp_sockets;

/// Facts about one process, read from `/proc/<pid>`.
#[derive(Debug, Clone, Copy)]
pub struct ProcessFacts {
    /// As `/proc` numbers it.
    pid: u32,
}

impl ProcessFacts {
    /// Facts about the process of that id, which is as [`std::process::Child::id`] has it.
    pub fn of(pid: u32) -> ProcessFacts {
        ProcessFacts { pid: cell::number_in_proc(pid) }
    }

    /// How many descriptors are open.
    pub fn descriptors(self) -> Result<usize, Fault> {
        Ok(self.list("fd")?.count())
    }

    /// How many threads run.
    pub fn threads(self) -> Result<usize, Fault> {
        Ok(self.list("task")?.count())
    }

    /// The ids of its threads, in order: the kernel gives a new one the next number that is free. The runner's threads
    /// take theirs from the same row, and so do strangers where the cell has no row of its own.
    pub fn thread_ids(self) -> Result<Vec<u32>, Fault> {
        let names = self.list("task")?.map(|entry| entry.file_name());
        let mut ids: Vec<u32> = names.filter_map(|name| name.to_str()?.parse().ok()).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Address space now, in bytes: also what was never touched, as the stacks of threads.
    pub fn virtual_memory(self) -> Result<u64, Fault> {
        self.status_kib("VmSize:")
    }

    /// Resident memory now, in bytes.
    pub fn resident(self) -> Result<u64, Fault> {
        self.status_kib("VmRSS:")
    }

    /// The most resident memory so far, in bytes.
    pub fn peak_resident(self) -> Result<u64, Fault> {
        self.status_kib("VmHWM:")
    }

    /// Expects it never to have had more resident memory than it had `before`, and `allowed` bytes.
    pub fn expect_growth_within(self, before: u64, allowed: u64) -> Result<(), Fault> {
        let grown = self.peak_resident()?.saturating_sub(before);
        ensure(grown <= allowed, || {
            Fault::expected(format!("the program to grow by at most {} MiB", allowed >> 20))
                .got(format!("it grew by {} MiB", grown >> 20))
        })
    }

    /// CPU time used by all threads, in user and kernel mode; the kernel counts in ticks of 10 ms.
    pub fn cpu(self) -> Result<Duration, Fault> {
        let stat = self.read("stat")?;
        let ticks: u64 =
            fields_after_name(&stat).skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Whether every thread sleeps, waiting for something: then nothing comes from this process until something
    /// arrives or a timer of its own ends.
    pub fn is_asleep(self) -> Result<bool, Fault> {
        for task in self.list("task")? {
            // A thread that ends while we look is not awake.
            let Ok(stat) = fs::read_to_string(task.path().join("stat")) else { continue };
            if !matches!(fields_after_name(&stat).next(), Some("S" | "T" | "Z" | "X")) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the process is stopped by SIGSTOP.
    pub fn is_stopped(self) -> Result<bool, Fault> {
        let stat = self.read("stat")?;
        Ok(matches!(fields_after_name(&stat).next(), Some("T")))
    }

    /// Whether the process has ended and nobody has asked how.
    pub(crate) fn has_ended(self) -> bool {
        self.read("stat").is_ok_and(|stat| matches!(fields_after_name(&stat).next(), Some("Z" | "X")))
    }

    /// Whether the process holds the socket of that inode, and no other process but the grader does, as far as this one may see.
    pub(crate) fn holds_socket_alone(self, inode: u32) -> Result<bool, Fault> {
        let grader = ProcessFacts::of(std::process::id());
        let all = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let mut others =
            all.filter(|pid| ![self.pid, grader.pid].contains(pid)).map(|pid| ProcessFacts { pid });
        // Who has just ended holds nothing.
        let is_shared = others.any(|other| other.holds_socket(inode).unwrap_or(false));
        Ok(!is_shared && self.holds_socket(inode)?)
    }

    fn holds_socket(self, inode: u32) -> Result<bool, Fault> {
        let socket = format!("socket:[{inode}]");
        let mut descriptors = self.list("fd")?;
        Ok(descriptors
            .any(|entry| fs::read_link(entry.path()).is_ok_and(|to| to.as_os_str() == socket.as_str())))
    }

    /// Whether a UDP socket of the process's network namespace is bound to that address: what is sent there arrives.
    pub fn receives_datagrams_at(self, address: SocketAddr) -> Result<bool, Fault> {
        Ok(!udp_sockets(self, address)?.is_empty())
    }

    /// Whether the process holds a packet socket bound to an interface: a live sniffer is ready then. Read from
    /// `/proc/<pid>/net/packet`, so it is about the process's network namespace.
    pub fn has_packet_socket(self) -> Result<bool, Fault> {
        let table = self.read("net/packet")?;
        // Columns: sk RefCnt Type Proto Iface R Rmem User Inode; the interface is 0 until bound.
        Ok(table
            .lines()
            .skip(1)
            .any(|row| row.split_whitespace().nth(4).is_some_and(|interface| interface != "0")))
    }

    fn status_kib(self, key: &str) -> Result<u64, Fault> {
        let status = self.read("status")?;
        let kib = |line: &str| line.strip_prefix(key)?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok();
        let found = status.lines().find_map(kib).ok_or_else(|| self.gone(format!("no {key}")))?;
        Ok(found * 1024)
    }

    /// A file of `/proc/<pid>`.
    pub(crate) fn read(self, what: &str) -> Result<String, Fault> {
        fs::read_to_string(self.path(what)).map_err(|error| self.gone(error))
    }

    fn list(self, what: &str) -> Result<impl Iterator<Item = fs::DirEntry>, Fault> {
        let entries = fs::read_dir(self.path(what)).map_err(|error| self.gone(error))?;
        // An entry that goes while we look is not there.
        Ok(entries.filter_map(Result::ok))
    }

    /// Nothing can be told of a process that has ended: a fault of the program, which is still needed.
    fn gone(self, error: impl fmt::Display) -> Fault {
        Fault::expected("the program to be running").got(format!("it has ended ({error})"))
    }

    fn path(self, what: &str) -> String {
        format!("/proc/{}/{what}", self.pid)
    }
}

/// The fields of `/proc/<pid>/stat` from the state (field 3) on: the name before it may hold spaces and parentheses.
fn fields_after_name(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn reads_the_facts_of_this_process() {
        let facts = ProcessFacts::of(std::process::id());
        assert!(facts.descriptors().unwrap() >= 3);
        assert!(facts.threads().unwrap() >= 1);
        assert!(
            facts.thread_ids().unwrap().contains(&std::process::id()),
            "the first thread has the process's id"
        );
        assert!(facts.resident().unwrap() > 100_000);
        assert!(facts.virtual_memory().unwrap() >= facts.resident().unwrap());
        assert!(facts.peak_resident().unwrap() >= facts.resident().unwrap() / 2);
        assert!(!facts.is_asleep().unwrap(), "this thread runs");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a trusted program of this machine")]
    fn a_socket_that_a_second_process_holds_as_well_is_nobodys_alone() {
        use std::os::fd::OwnedFd;
        use std::os::unix::fs::MetadataExt;
        use std::process::Stdio;

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = || Stdio::from(OwnedFd::from(listener.try_clone().unwrap()));
        let inode = fs::metadata(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&listener)));
        let inode = u32::try_from(inode.unwrap().ino()).unwrap();
        let mut children: Vec<_> =
            (0..2).map(|_| Command::new("sleep").arg("60").stdin(shared()).spawn().unwrap()).collect();
        let holds = |pid: u32| ProcessFacts::of(pid).holds_socket_alone(inode).unwrap();
        assert!(children.iter().all(|child| !holds(child.id())));
        let mut second = children.remove(1);
        second.kill().unwrap();
        second.wait().unwrap();
        // The grader's own copy doesn't count.
        assert!(holds(children[0].id()));
        children[0].kill().unwrap();
        children[0].wait().unwrap();
    }

    /// In a pid namespace of its own that has kept the old `/proc`, as cells do in a container.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "trusted programs of this machine")]
    fn where_proc_has_other_numbers_facts_are_about_the_right_process() {
        const INSIDE: &str = "WIRELAB_TEST_INSIDE";
        if std::env::var_os(INSIDE).is_none() {
            let name = "process_facts::tests::where_proc_has_other_numbers_facts_are_about_the_right_process";
            let mut inside = Command::new("unshare");
            inside.args(["--user", "--map-root-user", "--pid", "--fork"]);
            inside
                .arg(std::env::current_exe().unwrap())
                .args([name, "--exact", "--nocapture"])
                .env(INSIDE, "1");
            let output = inside.output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            if !said.contains("running 1 test") {
                eprintln!("skipped: no namespaces here: {}", String::from_utf8_lossy(&output.stderr));
                return;
            }
            assert!(output.status.success(), "{said}");
            return;
        }
        assert_ne!(fs::read_link("/proc/self").unwrap().to_str().unwrap(), std::process::id().to_string());
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let facts = ProcessFacts::of(child.id());
        // Until it is the program that it will be.
        let began = std::time::Instant::now();
        while facts.read("comm").unwrap() != "sleep\n" {
            assert!(began.elapsed() < Duration::from_secs(10), "{}", facts.read("comm").unwrap());
        }
        assert!(ProcessFacts::of(std::process::id()).descriptors().is_ok());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(ProcessFacts::of(child.id()).descriptors().is_err());
    }

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        assert_eq!(fields_after_name("7 (a) b) S 1 7").collect::<Vec<_>>(), ["S", "1", "7"]);
    }
}
