//! What programs may use, alone and together.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::Signal;

use cell::{Excess, Habit, Limits, Reply, Spec};

use crate::scenes::{act, closed, itself, output, start};
use crate::survivors::eventually;

pub(crate) fn play(name: &str, rest: &[&str]) -> bool {
    match (name, rest) {
        ("fork-bomb", [token, ..]) => fork_bomb(token),
        ("allocation", _) => allocation(),
        ("memory", _) => memory(),
        ("page-tables", _) => page_tables(),
        ("waits-for-cpu", _) => waits_for_cpu(),
        ("cpu-time", _) => cpu_time(),
        ("habits", _) => habits(),
        ("file-size", _) => file_size(),
        ("open-files", _) => open_files(),
        _ => return false,
    }
    true
}

fn fork_bomb(token: &str) {
    const MOST: u64 = 64;
    const FEW: usize = 9;
    let limits = Limits { tasks: MOST, processes: FEW, ..Limits::default() };
    let cell = cell::enter(&Spec { programs: vec![itself()], limits, ..Spec::default() }).unwrap();
    // Its children write into the same pipe, so the line is looked for.
    let mut child = act(&cell, &["fork-bomb", token]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let forked = lines.find_map(|line| line.strip_prefix("forked ")?.parse::<u64>().ok());
    let forked = forked.expect("it was held");
    assert!((10..=MOST).contains(&forked), "{forked} processes");
    assert_eq!(cell.usage(), Err(Excess::Processes { used: forked as usize + 1, limit: FEW }));
    cell.kill_all();
    assert_eq!(cell.processes(), Vec::<u32>::new());
    child.wait().unwrap();
}

fn allocation() {
    let cell = closed();
    assert_eq!(output(act(&cell, &["reserve", &(10_u64 << 30).to_string()])), "refused\n");
    assert_eq!(output(act(&cell, &["reserve", &(1_u64 << 30).to_string()])), "got it\n");
}

fn memory() {
    const SIZE: u64 = 100 << 20;
    let limits = Limits { tree_memory: 2 * SIZE, ..Limits::default() };
    let cell = cell::enter(&Spec { programs: vec![itself()], limits, ..Spec::default() }).unwrap();
    assert_eq!(cell.memory(), 0);
    let size = SIZE.to_string();
    let (mut holder, _) = start(act(&cell, &["hold", &size]));
    assert!((SIZE..SIZE + (20 << 20)).contains(&cell.memory()), "{}", cell.memory());
    holder.kill().unwrap();
    holder.wait().unwrap();
    let (_sharer, _) = start(act(&cell, &["share", &size]));
    assert!(eventually(|| cell.processes().len() == 4));
    // Each of the four shows all of it as resident; it is counted once.
    assert!((SIZE..SIZE + (20 << 20)).contains(&cell.memory()), "{}", cell.memory());
    assert!(cell.usage().is_ok());
}

/// Page tables count as memory, though no process shows them as its own.
fn page_tables() {
    const PROCESSES: u64 = 20;
    let limits = Limits { tree_memory: 100 << 20, ..Limits::default() };
    let cell = cell::enter(&Spec { programs: vec![itself()], limits, ..Spec::default() }).unwrap();
    let (_parent, _) = start(act(&cell, &["spread", &PROCESSES.to_string()]));
    let too_much = || matches!(cell.usage(), Err(Excess::Memory { used, .. }) if used > 100 << 20);
    assert!(eventually(too_much), "{} MiB", cell.memory() >> 20);
}

/// Of more programs than cores that all want to run, some wait; one that sleeps waits for nothing.
fn waits_for_cpu() {
    let cell = closed();
    let (_sleeper, _) = start(act(&cell, &["wait"]));
    const MANY: usize = 64;
    let longest = || {
        let waits = cell.waits_for_cpu(MANY).expect("they are not many");
        waits.into_iter().map(|(_, waited)| waited).max().unwrap_or_default()
    };
    let before = longest();
    let cores = std::thread::available_parallelism().unwrap().get();
    let _spinners: Vec<_> = (0..2 * cores).map(|_| act(&cell, &["spin"]).spawn().unwrap()).collect();
    assert!(eventually(|| longest() > before + Duration::from_millis(100)), "{:?}", longest());
    assert_eq!(cell.waits_for_cpu(2 * cores), None, "one more than that");
}

/// CPU time is counted of all processes together, also of those that have ended.
fn cpu_time() {
    let limits = Limits { cpu_time: Duration::from_secs(1), ..Limits::default() };
    let cell = cell::enter(&Spec { programs: vec![itself()], limits, ..Spec::default() }).unwrap();
    // Each that takes a second is ended by the kernel.
    for _ in 0..2 {
        assert_eq!(act(&cell, &["spin"]).status().unwrap().signal(), Some(Signal::SIGXCPU as i32));
    }
    assert!(matches!(cell.usage(), Err(Excess::CpuTime { .. })), "{:?}", cell.usage());
}

fn habits() {
    let cell = closed();
    // Nothing runs.
    assert_eq!(cell.habit(), None);
    // Beside a thread that computes another one may be at work.
    for (threads, habit) in [("1", Some(Habit::Computes)), ("2", None)] {
        let before = cell.cpu_time();
        let mut computes = act(&cell, &["spin", threads]).spawn().unwrap();
        assert!(eventually(|| cell.cpu_time() > before + Duration::from_millis(50)));
        assert_eq!(cell.habit(), habit, "{threads} threads");
        computes.kill().unwrap();
        computes.wait().unwrap();
    }

    let replies = [
        ("end", Reply::End),
        ("no-room", Reply::NoRoom),
        ("nothing-yet", Reply::Error(Errno::EAGAIN as i32)),
    ];
    for (which, reply) in replies {
        let mut reads = act(&cell, &["read-on", which]).spawn().unwrap();
        let mut seen = None;
        assert!(eventually(|| {
            seen = cell.habit();
            seen.is_some()
        }));
        assert_eq!(seen, Some(Habit::Calls { call: "recvfrom".to_owned(), reply }), "{which}");
        // It goes on as before, and nobody follows it.
        let status = std::fs::read_to_string(format!("/proc/{}/status", reads.id())).unwrap();
        assert!(status.contains("TracerPid:\t0\n"), "{status}");
        assert!(reads.try_wait().unwrap().is_none());
        reads.kill().unwrap();
        reads.wait().unwrap();
    }
}

fn file_size() {
    let cell = closed();
    assert_eq!(output(act(&cell, &["write-file", "1000"])), "Ok(())\n");
    assert_eq!(output(act(&cell, &["write-file", "70000000"])), "Err(FileTooLarge)\n");
    let small = Limits { file_size: 10, ..Limits::default() };
    let mut command = cell.launch(itself()).limits(small).command();
    command.args(["--act", "write-file", "11"]);
    assert_eq!(output(command), "Err(FileTooLarge)\n");
}

fn open_files() {
    let cell = closed();
    let mut command = cell.launch(itself()).open_files(24).command();
    command.args(["--act", "limits"]);
    let limits = output(command);
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>()[3..5], ["24", "24"]);
}
