//! What a runner does in its cell. A scene that fails panics.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};

use cell::{Cell, Rung, Spec};

use crate::{limit_scenes, root_scenes, wire_scenes};

pub(crate) fn play(name: &str, rest: &[&str]) {
    match (name, rest) {
        ("exit-code", _) => exit_code(),
        ("own-exit-code", [code, ..]) => {
            closed();
            std::process::exit(code.parse().unwrap());
        }
        ("panic", _) => {
            closed();
            panic!("on purpose");
        }
        ("daemon", [token, ..]) => daemon(token),
        ("wait", [token, ..]) => wait(token),
        ("flood", _) => drop(act(&closed(), &["flood"]).status()),
        ("loopback", [address, ..]) => loopback(address),
        ("no-capability", _) => no_capability(),
        ("only-raw-sockets", _) => only_raw_sockets(),
        ("ordinary-start", _) => ordinary_start(),
        ("terminal", _) => terminal(),
        ("runner-attacked", _) => runner_attacked(),
        ("nested-namespace", _) => {
            let said = output(act(&closed(), &["unshare"]));
            assert!(said.starts_with("Err"), "{said}");
        }
        ("private-files", [marker, ..]) => private_files(marker),
        ("hidden-program", [path, ..]) => hidden_program(path),
        ("kill-all", _) => kill_all(),
        ("no-such-program", _) => no_such_program(),
        ("without-wire", _) => assert!(closed().wire().is_err()),
        ("rung", [letter, ..]) => assert_eq!(enter(false).rung().to_string(), *letter),
        ("nobody", [letter, ..]) => nobody(letter),
        ("lower", _) => lower(),
        ("below", [how, rest @ ..]) => below(how, rest),
        ("masked-proc", [real_user, ..]) => masked_proc(real_user),
        _ if limit_scenes::play(name, rest) || root_scenes::play(name, rest) => {}
        _ => wire_scenes::play(name, rest),
    }
}

pub(crate) fn itself() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// Where `/proc` tells about a process that this one started.
fn proc(pid: u32) -> PathBuf {
    format!("/proc/{}", cell::number_in_proc(pid)).into()
}

pub(crate) fn enter(wire: bool) -> Cell {
    cell::enter(&Spec { programs: vec![itself()], wire, ..Spec::default() }).unwrap()
}

/// A cell with namespaces, as all scenes need that don't speak of rungs.
pub(crate) fn closed() -> Cell {
    let cell = enter(false);
    assert_eq!(cell.rung(), Rung::A);
    assert_eq!(cell.layers().missing, Vec::<&str>::new());
    assert_eq!(std::process::id(), 1);
    cell
}

pub(crate) fn act(cell: &Cell, words: &[&str]) -> Command {
    let mut command = cell.command(itself());
    command.arg("--act").args(words);
    command
}

pub(crate) fn output(mut command: Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Starts an act and reads its first line.
pub(crate) fn start(mut command: Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, line)
}

fn exit_code() {
    let cell = closed();
    for code in [0, 7, 130] {
        assert_eq!(act(&cell, &["exit", &code.to_string()]).status().unwrap().code(), Some(code));
    }
}

fn daemon(token: &str) {
    let cell = enter(false);
    assert!(act(&cell, &["daemon", token]).stdout(Stdio::null()).status().unwrap().success());
    assert_eq!(cell.processes().len(), 1, "the daemon lives");
}

fn wait(token: &str) {
    let cell = enter(false);
    let (mut child, line) = start(act(&cell, &["wait", token]));
    assert_eq!(line, "waiting\n");
    child.wait().unwrap();
}

fn loopback(address: &str) {
    let _cell = closed();
    let error = std::net::TcpStream::connect(address).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    let listener = std::net::TcpListener::bind(address).expect("the port is free in here");
    std::net::TcpStream::connect(address).unwrap();
    drop(listener);
}

/// The words of one line of a `/proc/<pid>/status`.
fn field<'a>(status: &'a str, name: &str) -> &'a str {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap().trim()
}

const CAP_SETS: [&str; 5] = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

fn assert_capabilities(status: &str, expected: u64) {
    for set in CAP_SETS {
        assert_eq!(u64::from_str_radix(field(status, set), 16).unwrap(), expected, "{set}");
    }
    assert_eq!(field(status, "NoNewPrivs"), "1");
}

fn no_capability() {
    let cell = closed();
    assert_capabilities(&output(act(&cell, &["status"])), 0);
    assert_eq!(output(act(&cell, &["packet-socket"])), "refused\n");
}

fn only_raw_sockets() {
    const NET_RAW: u64 = 1 << 13;
    let cell = enter(false);
    assert_eq!(cell.raw_sockets(), Ok(()));
    let raw = |program: &Path| cell.launch(program).raw_sockets().command();
    let mut command = raw(&itself());
    command.args(["--act", "status"]);
    assert_capabilities(&output(command), NET_RAW);
    let mut command = raw(&itself());
    command.args(["--act", "packet-socket"]);
    assert_eq!(output(command), "opened\n");
    // A program that the student's program executes has it too, and no more.
    let mut shell = raw(Path::new("/bin/sh"));
    shell.args(["-c", "cat /proc/self/status"]);
    assert_capabilities(&output(shell), NET_RAW);
}

/// What a shell would give: nothing open, blocked or ignored, and a plain environment.
fn ordinary_start() {
    let cell = closed();
    let leak = std::fs::File::open("/dev/null").unwrap();
    nix::fcntl::fcntl(&leak, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).unwrap();
    // The fourth is the listing's own.
    assert_eq!(output(act(&cell, &["descriptors"])), "0 1 2 3\n");
    let status = output(act(&cell, &["status"]));
    // Rust's own start ignores SIGPIPE, bit 12, in every program.
    assert_eq!(u64::from_str_radix(field(&status, "SigIgn"), 16).unwrap() & !(1 << 12), 0);
    assert_eq!(u64::from_str_radix(field(&status, "SigBlk"), 16).unwrap(), 0);
    let mut shell = cell.command("/bin/sh");
    shell.args(["-c", "grep SigIgn /proc/self/status; pwd"]);
    assert_eq!(output(shell), "SigIgn:\t0000000000000000\n/tmp\n");
    let mut command = act(&cell, &["environment"]);
    command.env("TERM", "dumb");
    let environment = output(command);
    let mut names: Vec<_> = environment.lines().map(|line| line.split('=').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "LANG", "PATH", "RUST_BACKTRACE", "TERM"]);
    let (mut child, _) = start(act(&cell, &["wait"]));
    let name = std::fs::read_link(proc(child.id()).join("exe")).unwrap();
    assert_eq!(name, itself(), "the command's id is the program's");
    assert!(std::fs::read_dir(proc(child.id()).join("fd")).is_ok(), "the runner may look into it");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A program can be given a terminal, also as its controlling one.
fn terminal() {
    let cell = closed();
    let (_master, slave) = pty();
    let mut setsid = cell.command("/usr/bin/setsid");
    setsid.args(["--ctty", "sh", "-c", "test -t 0 && exec < /dev/tty && echo a terminal"]).stdin(slave);
    assert_eq!(output(setsid), "a terminal\n");
}

fn runner_attacked() {
    let cell = closed();
    assert!(!nix::sys::prctl::get_dumpable().unwrap());
    assert_eq!(output(act(&cell, &["attack-runner"])), "[]\n");
    assert!(act(&cell, &["exit", "0"]).status().unwrap().success(), "the runner works on");
}

fn private_files(marker: &str) {
    assert!(Path::new(marker).exists(), "the machine's /tmp holds the marker");
    let cell = closed();
    for directory in ["/tmp", "/dev/shm", "/var/tmp"] {
        assert_eq!(std::fs::read_dir(directory).unwrap().count(), 0, "{directory} is fresh");
    }
    let mut shell = cell.command("/bin/sh");
    shell.args(["-c", "echo x > file && cat file /tmp/file"]);
    assert_eq!(output(shell), "x\nx\n");
}

pub(crate) fn pty() -> (nix::pty::PtyMaster, std::fs::File) {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let slave = std::fs::OpenOptions::new().read(true).write(true).open(ptsname_r(&master).unwrap()).unwrap();
    (master, slave)
}

fn hidden_program(path: &str) {
    let program = PathBuf::from(path);
    let cell = cell::enter(&Spec { programs: vec![program.clone()], ..Spec::default() }).unwrap();
    let named = program.file_name().unwrap();
    for mut command in [cell.command(&program), cell.command(named)] {
        assert_eq!(command.args(["--act", "exit", "3"]).status().unwrap().code(), Some(3));
    }
}

fn kill_all() {
    let cell = enter(false);
    let children: Vec<_> = (0..3).map(|_| start(act(&cell, &["wait"]))).collect();
    assert!(act(&cell, &["daemon"]).stdout(Stdio::null()).status().unwrap().success());
    assert_eq!(cell.processes().len(), 4);
    cell.kill_all();
    assert_eq!(cell.processes(), Vec::<u32>::new());
    for (mut child, _) in children {
        assert!(!child.wait().unwrap().success(), "its end can still be asked for");
    }
}

fn no_such_program() {
    let cell = closed();
    let output = cell.command("/nowhere/server").output().unwrap();
    assert_eq!(output.status.code(), Some(cell::LAUNCH_FAILED));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "cell: cannot start /nowhere/server: No such file or directory (os error 2)\n"
    );
    assert_eq!(
        cell.launch_failures(),
        "cannot start /nowhere/server: No such file or directory (os error 2)\n"
    );
    // A program that only behaves so has not failed to start, and can't reach what would say so.
    assert_eq!(act(&cell, &["exit", "125"]).status().unwrap().code(), Some(cell::LAUNCH_FAILED));
    assert_eq!(cell.launch_failures(), "");
    let missing = Spec { programs: vec!["/nowhere/server".into()], ..Spec::default() };
    // Entering once more is a new cell within this one, and fails before that.
    let error = cell::enter(&missing).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot open the program /nowhere/server: No such file or directory (os error 2)"
    );
}

/// Plays a scene on a machine that allows less: below a cell, user namespaces are denied, and capabilities are taken
/// away as `how` says.
fn below(how: &str, rest: &[&str]) {
    let cell = closed();
    // This program may lie below /tmp, where nobody finds it in a cell.
    let program = cell.scratch().join("program");
    std::fs::copy("/proc/self/exe", &program).unwrap();
    let mut command = match how {
        "all-capabilities" => with_all_capabilities(&program),
        "container-capabilities" => {
            let mut command = with_all_capabilities(&program);
            command.args(["--act", "keep-container-capabilities"]);
            command
        }
        "raw-sockets" => cell.launch(&program).raw_sockets().command(),
        "nothing" => cell.command(&program),
        _ => panic!("no way {how}"),
    };
    let status = command.args(["--act", "supervise"]).args(rest).status().unwrap();
    assert!(status.success(), "{status}");
}

#[expect(clippy::disallowed_methods, reason = "a part of this test")]
fn with_all_capabilities(program: &Path) -> Command {
    Command::new(program)
}

/// A container hides parts of `/proc`, and so may not mount a fresh one: processes are still found.
fn masked_proc(real_user: &str) {
    let cell = enter(false);
    assert_eq!(cell.rung(), Rung::A);
    // Nor is nobody mapped there: root's programs remain root's.
    let expected: &[&str] = if real_user == "root" { &["procfs", "unprivileged"] } else { &["procfs"] };
    assert_eq!(cell.layers().missing, expected);
    let (mut child, _) = start(act(&cell, &["wait"]));
    assert_eq!(cell.processes(), [child.id()]);
    assert_eq!(std::fs::read_link(proc(child.id()).join("exe")).unwrap(), itself());
    assert!(cell.memory() > 100_000);
    cell.kill_all();
    assert_eq!(cell.processes(), Vec::<u32>::new());
    child.wait().unwrap();
    assert!(!proc(child.id()).exists());
}

/// The machine's root is never what a student's program runs as.
fn nobody(letter: &str) {
    let cell = enter(false);
    assert_eq!(cell.rung().to_string(), *letter);
    let status = output(act(&cell, &["status"]));
    assert_eq!(field(&status, "Uid").split_whitespace().collect::<Vec<_>>(), ["65534"; 4]);
    assert_eq!(field(&status, "Gid").split_whitespace().collect::<Vec<_>>(), ["65534"; 4]);
    assert_eq!(field(&status, "Groups"), "");
    assert_capabilities(&status, 0);
    let mut command = cell.launch(itself()).raw_sockets().command();
    command.args(["--act", "status"]);
    assert_capabilities(&output(command), 1 << 13);
    let mut shell = cell.command("/bin/sh");
    shell.args(["-c", "echo x > $HOME/file && cat file"]);
    assert_eq!(output(shell), "x\n");
    let (mut child, _) = start(act(&cell, &["wait"]));
    assert!(std::fs::read_dir(proc(child.id()).join("fd")).is_ok(), "the runner may look into it");
    cell.kill_all();
    child.wait().unwrap();
}

/// Where namespaces can be had and not used, nothing of them is left in the cell on the rung below.
fn lower() {
    let cell = enter(false);
    assert!(cell.rung() > Rung::B, "{}", cell.rung());
    assert!(act(&cell, &["exit", "0"]).status().unwrap().success());
    assert_eq!(cell.processes(), Vec::<u32>::new());
}
