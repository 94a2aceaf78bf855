//! The supervisor's side: each test plays a scene in a runner of its own and looks at what is left.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cell::{Finished, Rung, reexec, supervise};
use libtest_mimic::{Arguments, Failed, Trial};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::confine_trials;
use crate::survivors::{eventually, having, token};

pub(crate) const WALL: Duration = Duration::from_secs(30);
const OUTPUT: usize = 1 << 20;

pub(crate) type Outcome = Result<(), Failed>;

pub(crate) fn run() {
    let real_user = if nix::unistd::geteuid().is_root() { "root" } else { "other" };
    let mut trials = vec![
        scene("a program's exit code comes back", &["exit-code"]),
        trial("a runner's exit code comes back", runners_exit_code),
        trial("a runner's panic is told", runners_panic),
        trial("input reaches the runner and CPU time comes back", input_and_cpu),
        trial("a daemon dies with its cell", || leaves_nothing(&["daemon"])),
        trial("a hang ends at the wall clock", hang),
        trial("a flood of output is capped", flood),
        // Supervisor, guard, runner, program.
        trial("killing the supervisor leaves no process", || killed_supervisor("--scene", 4)),
        trial("killing the supervisor ends any command", || killed_supervisor("--act", 2)),
        trial("killing the outer process leaves no process", killed_guard),
        trial("a fork bomb is held and killed", || leaves_nothing(&["fork-bomb"])),
        scene("an allocation of 10 GiB fails", &["allocation"]),
        scene("memory of the tree is counted once", &["memory"]),
        scene("page tables are memory", &["page-tables"]),
        scene("CPU time is limited", &["cpu-time"]),
        scene("waiting for a CPU is seen", &["waits-for-cpu"]),
        scene("what a busy program does over and over is seen", &["habits"]),
        scene("the size of a file is limited", &["file-size"]),
        scene("open files are limited", &["open-files"]),
        trial("loopback is the cell's own", loopback),
        scene("a program has no capability", &["no-capability"]),
        scene("a program has raw sockets and nothing else", &["only-raw-sockets"]),
        scene("a program starts as from a shell", &["ordinary-start"]),
        scene("a program can have a terminal", &["terminal"]),
        scene("the runner withstands its program", &["runner-attacked"]),
        scene("no namespace in a cell", &["nested-namespace"]),
        trial("temporary files are the cell's own", private_files),
        trial("a program finds libraries and no other file", minimal_root),
        scene("a check's own names and addresses", &["settings"]),
        scene("system calls that no lab needs are denied", &["denied-calls"]),
        trial("files are filtered without namespaces", filtered_files),
        scene("a required layer that is missing is an error", &["required"]),
        scene("a minimal root on rung B", &["below", "all-capabilities", "minimal-root-on", "B"]),
        as_root("root's programs in a minimal root", &["deny-user-namespaces"], &["minimal-root-on", "B"]),
        trial("a program below a closed directory runs", hidden_program),
        scene("all programs can be killed", &["kill-all"]),
        scene("a missing program is named", &["no-such-program"]),
        scene("a cell without a wire says so", &["without-wire"]),
        scene("frames pass both ways", &["wire"]),
        scene("other networks are behind the gateway", &["gateway"]),
        scene("checksums on the wire are right", &["checksums"]),
        scene("a program sees lo and lab0 only", &["interfaces"]),
        scene("an address comes and goes", &["address"]),
        scene("the MTU of lab0 can be changed", &["mtu"]),
        scene("an idle wire is quiet", &["quiet"]),
        scene("a burst waits for its receiver", &["lossless"]),
        scene("rung A has a wire", &["wire-on", "A"]),
        scene("rung B has a wire", &["below", "all-capabilities", "wire-on", "B"]),
        scene("rung C has a wire", &["below", "container-capabilities", "wire-on", "C"]),
        scene(
            "rung C cleans up its wire",
            &["below", "container-capabilities", "rung", "C", "then", "wire-on", "C"],
        ),
        scene("rung D has none", &["below", "raw-sockets", "no-wire-on", "D"]),
        scene("rung E has none", &["below", "nothing", "no-wire-on", "E"]),
        scene("rung D has raw sockets", &["below", "raw-sockets", "only-raw-sockets"]),
        scene("a daemon dies on rung B", &["below", "all-capabilities", "daemon", "TOKEN"]),
        scene("a daemon dies on rung E", &["below", "nothing", "daemon", "TOKEN"]),
        scene("a fork bomb is held on rung E", &["below", "nothing", "fork-bomb", "TOKEN"]),
        scene("all programs can be killed on rung E", &["below", "nothing", "kill-all"]),
        scene("a hang ends on rung E", &["below", "nothing", "wait", "TOKEN"]),
        scene_after("processes are found where /proc is masked", &["mask-proc"], &["masked-proc", real_user]),
        scene_after("a rung that breaks is left for a lower one", &["deny-mount"], &["lower"]),
        as_root("root's programs run as nobody on rung B", &["deny-user-namespaces"], &["nobody", "B"]),
        as_root("root's programs run as nobody on rung C", ROOT_ON_C, &["nobody", "C"]),
        as_root("root has a wire on rung B", &["deny-user-namespaces"], &["wire-on", "B"]),
        as_root("a TAP device is a wire too", ROOT_WITH_TAP, &["wire-on", "C"]),
        trial("the machine's rungs are probed", probed),
        ordinary_user(),
    ];
    trials.extend(confine_trials::all());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

pub(crate) fn trial(name: &str, test: impl FnOnce() -> Outcome + Send + 'static) -> Trial {
    Trial::test(name, test)
}

/// A test that passes if its scene does.
fn scene(name: &str, words: &'static [&'static str]) -> Trial {
    trial(name, || succeeded(&play(words, WALL)?))
}

/// A container's root: no user namespaces, and what `--cap-add` gives.
const ROOT_ON_C: &[&str] = &["deny-user-namespaces", "keep-container-capabilities"];
const ROOT_WITH_TAP: &[&str] = &["deny-user-namespaces", "deny-veth", "keep-container-capabilities"];

/// A test that passes if its scene does on a machine that the acts have made poorer.
fn scene_after(name: &str, acts: &'static [&'static str], words: &[&'static str]) -> Trial {
    let words = words.to_vec();
    trial(name, move || {
        let acts = acts.iter().flat_map(|act| ["--act", act]);
        let mut command = reexec();
        command.args(acts).arg("--scene").args(&words);
        succeeded(&supervise(command, b"", WALL, OUTPUT)?)
    })
}

/// The same, for what only the machine's root can play.
fn as_root(name: &str, acts: &'static [&'static str], words: &'static [&'static str]) -> Trial {
    scene_after(name, acts, words).with_ignored_flag(!nix::unistd::geteuid().is_root())
}

fn play(words: &[&str], wall: Duration) -> Result<Finished, Failed> {
    let mut command = reexec();
    command.arg("--scene").args(words);
    Ok(supervise(command, b"", wall, OUTPUT)?)
}

fn succeeded(finished: &Finished) -> Outcome {
    if finished.status.is_some_and(|status| status.success()) { Ok(()) } else { Err(told(finished)) }
}

pub(crate) fn told(finished: &Finished) -> Failed {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let Finished { status, timed_out, .. } = finished;
    format!("{status:?}, timed out: {timed_out}\n{}{}", text(&finished.stdout), text(&finished.stderr)).into()
}

pub(crate) fn check(holds: bool, says: impl Into<Failed>) -> Outcome {
    if holds { Ok(()) } else { Err(says.into()) }
}

/// Plays a scene as a supervisor of its own, for the scenes that play below a cell; `TOKEN` marks its processes, and none
/// may be left. A scene that waits for ever is given a second.
pub(crate) fn supervise_scene(name: &str, rest: &[&str]) {
    let token = token(name);
    for scene in [&[name], rest].concat().split(|&word| word == "then") {
        let words: Vec<_> = scene.iter().map(|&word| if word == "TOKEN" { &token } else { word }).collect();
        let hangs = scene[0] == "wait";
        let finished = play(&words, if hangs { Duration::from_secs(1) } else { WALL }).unwrap();
        let ended = if hangs { check(finished.timed_out, told(&finished)) } else { succeeded(&finished) };
        ended.unwrap_or_else(|error| panic!("{}", error.message().unwrap_or_default()));
        assert_eq!(having(&token), Vec::<u32>::new(), "processes are left");
        let scratch = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let scratch: Vec<_> =
            scratch.filter(|entry| entry.file_name().to_string_lossy().starts_with("cell-")).collect();
        assert!(scratch.is_empty(), "{scratch:?} are left");
    }
}

fn runners_exit_code() -> Outcome {
    let finished = play(&["own-exit-code", "42"], WALL)?;
    check(finished.status.and_then(|status| status.code()) == Some(42), told(&finished))
}

fn runners_panic() -> Outcome {
    let finished = play(&["panic"], WALL)?;
    check(String::from_utf8_lossy(&finished.stderr).contains("on purpose"), told(&finished))?;
    check(finished.status.and_then(|status| status.code()) == Some(101), told(&finished))
}

#[expect(clippy::disallowed_methods, reason = "any command can be supervised")]
fn input_and_cpu() -> Outcome {
    let input = vec![b'x'; 3 << 20];
    let mut command = Command::new("sh");
    command.args(["-c", "wc -c; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"]);
    let finished = supervise(command, &input, WALL, OUTPUT)?;
    check(String::from_utf8_lossy(&finished.stdout).trim() == input.len().to_string(), told(&finished))?;
    check(finished.cpu > Duration::from_millis(1), format!("{:?}", finished.cpu))?;
    // One that doesn't read its input is no trouble.
    succeeded(&supervise(Command::new("true"), &input, WALL, OUTPUT)?)
}

fn leaves_nothing(words: &[&str]) -> Outcome {
    let token = token(words[0]);
    succeeded(&play(&[words, &[&token]].concat(), WALL)?)?;
    check(having(&token).is_empty(), format!("left: {:?}", having(&token)))
}

fn hang() -> Outcome {
    let (token, start) = (token("hang"), Instant::now());
    let finished = play(&["wait", &token], Duration::from_millis(500))?;
    let took = start.elapsed();
    check(finished.timed_out && finished.status.is_none(), told(&finished))?;
    check(took >= Duration::from_millis(500) && took < Duration::from_secs(3), format!("{took:?}"))?;
    check(having(&token).is_empty(), "processes are left")
}

fn flood() -> Outcome {
    let finished = play(&["flood"], WALL)?;
    check(finished.status.is_none() && finished.flooded && !finished.timed_out, told(&finished))?;
    check(finished.stdout.len() == OUTPUT, finished.stdout.len().to_string())
}

/// A supervisor that waits for a part of this program that waits for ever.
pub(crate) fn supervise_for_long(part: &str, token: &str) {
    let mut command = reexec();
    command.args([part, "wait", token]);
    drop(supervise(command, b"", 10 * WALL, OUTPUT));
}

/// `processes` is how many there are, with the supervisor itself.
fn killed_supervisor(part: &str, processes: usize) -> Outcome {
    let token = token(&format!("killed-supervisor{part}"));
    let mut supervisor = reexec().args(["--supervise", part, &token]).spawn()?;
    check(eventually(|| having(&token).len() == processes), format!("{:?}", having(&token)))?;
    supervisor.kill()?;
    supervisor.wait()?;
    check(eventually(|| having(&token).is_empty()), format!("left: {:?}", having(&token)))
}

fn killed_guard() -> Outcome {
    let token = token("killed-guard");
    let mut guard = reexec().args(["--scene", "wait", &token]).spawn()?;
    check(eventually(|| having(&token).len() == 3), format!("{:?}", having(&token)))?;
    kill(Pid::from_raw(guard.id() as i32), Signal::SIGKILL)?;
    guard.wait()?;
    check(eventually(|| having(&token).is_empty()), format!("left: {:?}", having(&token)))
}

fn loopback() -> Outcome {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    succeeded(&play(&["loopback", &listener.local_addr()?.to_string()], WALL)?)
}

/// A directory that is removed when dropped.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new(parent: impl AsRef<Path>, mode: u32) -> std::io::Result<Self> {
        let path = nix::unistd::mkdtemp(&parent.as_ref().join("test-of-cell-XXXXXX"))?;
        fs::set_permissions(&path, Permissions::from_mode(mode))?;
        Ok(Self(path))
    }

    /// A copy of this program in it.
    fn program(&self, mode: u32) -> std::io::Result<PathBuf> {
        let path = self.0.join(format!("program-{mode:o}"));
        fs::copy("/proc/self/exe", &path)?;
        fs::set_permissions(&path, Permissions::from_mode(mode))?;
        Ok(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn private_files() -> Outcome {
    let directory = Directory::new(std::env::temp_dir(), 0o755)?;
    succeeded(&play(&["private-files", directory.0.to_str().ok_or("not UTF-8")?], WALL)?)
}

fn minimal_root() -> Outcome {
    let directory = Directory::new(std::env::temp_dir(), 0o755)?;
    succeeded(&play(&["minimal-root", directory.0.to_str().ok_or("not UTF-8")?], WALL)?)
}

/// A marker below a directory that is neither a library's nor shared.
fn filtered_files() -> Outcome {
    let directory = Directory::new(std::env::temp_dir(), 0o777)?;
    let marker = directory.0.join("marker");
    fs::write(&marker, "x")?;
    succeeded(&play(&["below", "nothing", "filtered-files", marker.to_str().ok_or("not UTF-8")?], WALL)?)
}

#[expect(clippy::disallowed_methods, reason = "starts a runner whose own file is closed to others")]
fn hidden_program() -> Outcome {
    let directory = Directory::new(std::env::temp_dir(), 0o700)?;
    for mode in [0o755, 0o700] {
        let program = directory.program(mode)?;
        let path = program.to_str().ok_or("not UTF-8")?;
        succeeded(&play(&["hidden-program", path], WALL)?)?;
        // The runner's own file may lie there too.
        let mut command = Command::new(&program);
        command.args(["--scene", "hidden-program", path]);
        succeeded(&supervise(command, b"", WALL, OUTPUT)?)?;
    }
    let link = directory.0.join("link");
    symlink(directory.0.join("program-755"), &link)?;
    succeeded(&play(&["hidden-program", link.to_str().ok_or("not UTF-8")?], WALL)?)
}

fn probed() -> Outcome {
    let machine = cell::probe();
    check(machine.best() == Rung::A && machine.has_wire(), format!("{machine:?}"))?;
    let layers = cell::layers()?;
    check(layers.missing.is_empty() && layers.has("rootfs") && layers.has("seccomp"), format!("{layers:?}"))?;
    let [.., lowest] = &machine.rungs[..] else { return Err("no rung".into()) };
    check(lowest.denied.is_none(), format!("{lowest:?}"))?;
    for footing in &machine.rungs {
        check(footing.denied.is_some() == footing.climb.is_some(), format!("{footing:?}"))?;
    }
    Ok(())
}

/// All of this once more, as a user who isn't root.
fn ordinary_user() -> Trial {
    const NAME: &str = "an ordinary user finds the same";
    trial(NAME, || {
        // Not below /tmp, which cells replace: there are cells below cells.
        let directory = Directory::new("/run", 0o755)?;
        let program = directory.program(0o755)?;
        #[expect(clippy::disallowed_methods, reason = "becomes another user")]
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "1000", "--regid", "1000", "--clear-groups"]).arg(&program);
        command.args(["--exact", "--skip", NAME]).current_dir(Path::new("/"));
        succeeded(&supervise(command, b"", 4 * WALL, OUTPUT)?)
    })
    .with_ignored_flag(!nix::unistd::geteuid().is_root())
}
