//! `lab watch` in a real terminal, with a lab that is really built.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rexpect::session::PtySession;
use support::Repository;

/// A build on a machine that others use too.
const PATIENCE_MS: u64 = 240_000;

/// One lab of the course, in a workspace of its own: its manifests lead to the crates of this checkout.
struct Course {
    repository: Repository,
    /// All share one target directory, and so they go one after the other.
    _turn: MutexGuard<'static, ()>,
}

/// What it may use at rest, in hundredths of a second: a look at the lab's files four times a second, a hundredth of a core.
const AT_REST: u64 = 10;
const REST: Duration = Duration::from_secs(10);

static TURN: Mutex<()> = Mutex::new(());

const LIB: &str = "exercises/02-tcp-hello/src/lib.rs";

impl Course {
    fn new() -> Course {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let repository = Repository::empty();
        let exercises = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let root = exercises.parent().unwrap().canonicalize().unwrap();
        let manifest = fs::read_to_string(exercises.join("Cargo.toml")).unwrap();
        let manifest = manifest
            .replace("\"lab\", \"labkit\", \"[0-9]*\"", "\"02-tcp-hello\"")
            .replace("path = \"../", &format!("path = \"{}/", root.display()))
            .replace("path = \"labkit\"", &format!("path = \"{}/exercises/labkit\"", root.display()));
        repository.write("exercises/Cargo.toml", &manifest);
        repository.write("exercises/Cargo.lock", &fs::read_to_string(exercises.join("Cargo.lock")).unwrap());
        // What makes it a course.
        repository.write("exercises/labkit/Cargo.toml", "");
        for (path, bytes) in support::files(&exercises.join("02-tcp-hello")) {
            let below = path.strip_prefix(exercises).unwrap().display().to_string();
            if !below.contains("/target/") {
                repository.write(&format!("exercises/{below}"), std::str::from_utf8(&bytes).unwrap());
            }
        }
        Course { repository, _turn: turn }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command
            .args(arguments)
            .current_dir(self.repository.root())
            .env_remove("CARGO_MANIFEST_DIR")
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("watch"))
            .env("CARGO_NET_OFFLINE", "true")
            .env("NO_COLOR", "1")
            .env("TERM", "xterm");
        command
    }

    fn watch(&self) -> PtySession {
        rexpect::session::spawn_command(self.command(&["watch", "tcp-hello"]), Some(PATIENCE_MS)).unwrap()
    }
}

/// The process that was started in the terminal: this one's only child that was told to watch.
fn started() -> i32 {
    let is_it = |pid: &i32| {
        fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.ends_with(b"watch\0tcp-hello\0"))
    };
    let own = i32::try_from(std::process::id()).unwrap();
    children(own).into_iter().find(is_it).unwrap()
}

/// The process that watches: the guard's only child.
fn watcher() -> i32 {
    let guard = started();
    let children = format!("/proc/{guard}/task/{guard}/children");
    fs::read_to_string(children).unwrap().split_whitespace().next().unwrap().parse().unwrap()
}

/// Whether a terminal is as a shell expects it: it gives lines. (The echo is off from the start: rexpect wants it so.)
fn is_ordinary() -> bool {
    let guard = started();
    let terminal = fs::read_link(format!("/proc/{guard}/fd/0")).unwrap();
    settings(&terminal).contains(" icanon")
}

fn settings(terminal: &Path) -> String {
    let output = Command::new("stty").arg("-a").arg("-F").arg(terminal).output().unwrap();
    String::from_utf8(output.stdout).unwrap().replace('\n', " ")
}

#[test]
fn a_save_is_seen_keys_work_and_at_rest_it_costs_nothing() {
    let course = Course::new();
    let mut session = course.watch();
    session.exp_string("02 tcp-hello").unwrap();
    session.exp_string("not done yet").unwrap();
    session.exp_string("q quit").unwrap();
    session.send("h").unwrap();
    session.flush().unwrap();
    session.exp_string("nudge").unwrap();
    // The whole run is over before the next step.
    rests();

    let text = course.repository.read(LIB);
    assert!(text.contains("todo!("));
    course.repository.write(LIB, "this is no Rust\n");
    session.exp_string("it does not build yet").unwrap();
    session.exp_string("expected").unwrap();
    rests();
    course.repository.write(LIB, &text.replacen("todo!(", "panic!(", 1));
    // Every run begins with this picture. That of the checks at work may never be drawn: they can end within one look.
    session.exp_string("building").unwrap();
    // The last picture: behind the number of checks stands nothing more that it is doing.
    session.exp_string(" checks\x1b[K").unwrap();
    session.exp_string("q quit").unwrap();

    rests();
    let before = cpu_ticks();
    std::thread::sleep(REST);
    let ticks = cpu_ticks() - before;
    assert!(ticks <= AT_REST, "at rest it used {ticks} hundredths of a second in {REST:?}");

    session.send("q").unwrap();
    session.flush().unwrap();
    session.exp_eof().unwrap();
    assert!(course.repository.path(".lab/progress.json").exists());
}

#[test]
fn whatever_ends_it_the_terminal_is_as_before() {
    let course = Course::new();
    for signal in ["-TERM", "-INT", "-KILL", "-ABRT"] {
        // A shell that stays, so that the terminal can be looked at afterwards.
        let lab = course.command(&["watch", "tcp-hello"]);
        // Tests that were started in the background have inherited that SIGINT is ignored.
        let mut shell = Command::new("env");
        shell.args(["--default-signal", "sh", "-c", "\"$@\"; echo over; read line", "sh"]);
        shell.arg(lab.get_program()).args(lab.get_args());
        for (name, value) in lab.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.current_dir(course.repository.root());
        let mut session = rexpect::session::spawn_command(shell, Some(PATIENCE_MS)).unwrap();
        session.exp_string("02 tcp-hello").unwrap();
        until(|| !is_ordinary());
        let guard = watcher();
        let children = fs::read_to_string(format!("/proc/{guard}/task/{guard}/children")).unwrap();
        let watcher = children.split_whitespace().next().unwrap().to_owned();
        assert!(Command::new("kill").args([signal, &watcher]).status().unwrap().success());
        session.exp_string("over").unwrap();
        assert!(is_ordinary(), "after {signal}");
    }
}

fn until(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_millis(PATIENCE_MS), "it never came true");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until no check and no build runs any more.
fn rests() {
    let watcher = watcher();
    until(|| children(watcher).is_empty() && threads(watcher) == 1);
}

fn threads(pid: i32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).unwrap().count()
}

fn children(pid: i32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let texts = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    texts
        .flat_map(|text| text.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>())
        .collect()
}

/// User and system time of the watching process with its children, in clock ticks (proc(5): fields 14 to 17 of stat).
fn cpu_ticks() -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", watcher())).unwrap();
    let fields = stat.rsplit_once(") ").unwrap().1;
    fields.split(' ').skip(11).take(4).map(|field| field.parse::<u64>().unwrap()).sum()
}
