//! What grading a class costs beside the bare builds of its submissions: the four ratios.
//!
//! A class of `CLASS_SIZE` students (40 unless the environment says otherwise) is made of the solutions, every third
//! as it is and the others with a known bug, each with sources of its own. They have handed in every lab, or those of
//! `CLASS_LABS`: `CLASS_LABS=framing,tcp-echo cargo bench -p grader --bench class`.
//!
//! Where others use the machine as well, the clock says little: beside its ratios stand those of CPU time, and the time
//! that the same work would have taken alone, which is its CPU time and the time for which the cores were idle.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use grader::bugs::{self, Bug};
use grader::cargo::Toolchain;
use grader::course::{Course, LabFolder};
use grader::submission::Reader;
use grader::tree::{self, Tree};
use grader::workspace::Workspace;
use grader::{markers, release};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use rusqlite::{Connection, OpenFlags};

/// The limits: class time beside the floor, the second run beside the first, twice the class beside the class.
const MOST: [f64; 3] = [1.3, 0.03, 2.1];
/// What the course's manifests leave to cargo, and the grader's do not.
const COURSE_PROFILE: [&str; 4] = [
    "profile.dev.debug=true",
    "profile.dev.strip=false",
    "profile.dev.codegen-units=16",
    "profile.dev.package.'*'.debug=false",
];
/// So many submissions are built with that profile; the others cost about as much.
const TYPED: usize = 20;
const MOST_MEMORY_MIB: u64 = 200;
/// Ticks of `/proc/*/stat` in a second, on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

fn main() -> Result<()> {
    checks::take_over_if_asked(&[checks::labs::ALL, hidden::labs::ALL]);
    let course =
        Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("grader/ lies in the course")?)?;
    let labs: Vec<&LabFolder> = match std::env::var("CLASS_LABS") {
        Ok(names) => names.split(',').map(|name| course.lab(name)).collect::<Result<_>>()?,
        Err(_) => course.labs.iter().collect(),
    };
    let toolchain = Toolchain::find(&course.root)?;
    let size = std::env::var("CLASS_SIZE").map_or(Ok(40), |size| size.parse()).context("CLASS_SIZE")?;
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let folder = tempfile::tempdir()?;
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    make_class(&course, &labs, &one, 0..size)?;
    make_class(&course, &labs, &two, size..3 * size)?;

    // As many builders as there will be make their copies of the workspace.
    let warm: Vec<String> = (0..cores.min(size)).map(student).collect();
    grade(&course, &one, &folder.path().join("warm.sqlite"), &warm)?;
    let mut students: Vec<PathBuf> =
        fs::read_dir(&one)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    students.sort();
    let builds = bare_builds(&course, &labs, &toolchain, &students, &[])?;
    students.truncate(TYPED);
    let typed = bare_builds(&course, &labs, &toolchain, &students, &COURSE_PROFILE)?;
    let typed = typed * size as f64 / students.len() as f64;
    let floor = builds / cores as f64;
    println!("{size} submissions: bare builds take {builds:.1} s of CPU, {floor:.1} s on {cores} cores;");
    println!("with the course's own profile, as a student types them, {typed:.1} s");
    let db = folder.path().join("one.sqlite");
    let first = grade(&course, &one, &db, &[])?;
    let alone = (first.cpu + first.idle) / cores as f64;
    println!(
        "graded in      {:>7.1} s, ratio {:.2} (at most {})",
        first.seconds,
        first.seconds / floor,
        MOST[0]
    );
    println!(
        "alone in       {alone:>7.1} s, ratio {:.2}: the cores were idle for {:.1} s",
        alone / floor,
        first.idle
    );
    println!("CPU            {:>7.1} s, ratio {:.2} of the bare builds'", first.cpu, first.cpu / builds);
    println!(
        "beside the builds as a student types them: graded in {:.2} of their time, with {:.2} of their CPU",
        first.seconds * cores as f64 / typed,
        first.cpu / typed
    );
    let each = |cpu: f64| 1000.0 * cpu / size as f64;
    println!(
        "  a submission {:>7.0} ms: builds {:.0}, checks {:.0} and {:.0} in vain, the grader itself {:.0}",
        each(first.cpu),
        each(first.cpu - first.checks - first.in_vain - first.own),
        each(first.checks),
        each(first.in_vain),
        each(first.own)
    );
    println!("grader's peak  {:>7} MiB (at most {MOST_MEMORY_MIB})", first.memory_mib);
    for (what, cost, most) in [
        ("second run", grade(&course, &one, &db, &[])?, MOST[1]),
        ("twice as many", grade(&course, &two, &folder.path().join("two.sqlite"), &[])?, MOST[2]),
    ] {
        let (ratio, cpu) = (cost.seconds / first.seconds, cost.cpu / first.cpu);
        println!("{what:<14} {:>7.2} s, ratio {ratio:.3} (at most {most}); of CPU {cpu:.3}", cost.seconds);
    }
    Ok(())
}

fn student(number: usize) -> String {
    format!("s{number:03}")
}

/// Students by number; all of them different.
fn make_class(
    course: &Course,
    labs: &[&LabFolder],
    class: &Path,
    numbers: std::ops::Range<usize>,
) -> Result<()> {
    let labs = labs.iter().map(|lab| Ok((*lab, release::solution(course, lab)?, bugs_of(course, lab)?)));
    let labs: Vec<(&LabFolder, Tree, Vec<Bug>)> = labs.collect::<Result<_>>()?;
    for number in numbers {
        for (lab, solution, bugs) in &labs {
            let work = match number % 3 {
                0 => solution.clone(),
                _ => bugs[number % bugs.len()].apply(solution)?,
            };
            let is_open = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok_and(markers::holds_marker);
            let mut files: Tree = work
                .into_iter()
                .filter(|(path, _)| solution.get(path).is_some_and(|ours| is_open(ours)))
                .collect();
            for (path, bytes) in &mut files {
                if path.ends_with(".rs") {
                    bytes.extend(format!("\n// by student {number}\n").bytes());
                }
            }
            tree::write_exactly(&class.join(student(number)).join(lab.folder()), &files, &|_| false)?;
        }
    }
    Ok(())
}

fn bugs_of(course: &Course, lab: &LabFolder) -> Result<Vec<Bug>> {
    let path = course.solution(lab).join("bugs.toml");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    bugs::parse(&lab.name, &text)
}

/// The CPU time in seconds that building each of these submissions takes without the grader, with all dependencies built:
/// in its workspace, and with these settings.
fn bare_builds(
    course: &Course,
    labs: &[&LabFolder],
    toolchain: &Toolchain,
    students: &[PathBuf],
    settings: &[&str],
) -> Result<f64> {
    let reader = Reader::new(course)?;
    let workspace = Workspace::open(course, toolchain)?;
    let target = tempfile::tempdir()?;
    let build = || -> Result<()> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the build to compare with, without the grader's wrapper"
        )]
        let mut cargo = Command::new(env!("CARGO"));
        // As for somebody who has this one submission: the one before it is no help.
        cargo.env("CARGO_INCREMENTAL", "0");
        cargo.args(["build", "--quiet", "--offline", "--bins", "--manifest-path"]);
        cargo.arg(course.scratch().join("workspace/Cargo.toml")).arg("--target-dir").arg(target.path());
        cargo.args(settings.iter().flat_map(|setting| ["--config", setting]));
        cargo.args(labs.iter().flat_map(|lab| ["--package", &lab.name]));
        ensure!(cargo.stderr(Stdio::null()).status()?.success(), "a submission doesn't build");
        Ok(())
    };
    // The dependencies.
    build()?;
    let before = Cpu::of("self")?;
    for student in students {
        let submission = reader.read(student)?;
        for lab in labs {
            workspace.place(lab, &submission.labs[&lab.name].files)?;
        }
        build().with_context(|| student.display().to_string())?;
    }
    Ok(Cpu::of("self")?.children - before.children)
}

/// User and system time in seconds.
struct Cpu {
    /// The process's own.
    own: f64,
    /// That of the children that it has waited for, and of theirs.
    children: f64,
}

impl Cpu {
    /// Of a process that lives, or that ended and was not waited for.
    fn of(process: &str) -> Result<Cpu> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let (_, fields) = stat.rsplit_once(") ").context("no stat")?;
        let fields: Vec<f64> =
            fields.split(' ').skip(11).take(4).map(|ticks| ticks.parse().unwrap_or(0.0)).collect();
        Ok(Cpu { own: (fields[0] + fields[1]) / TICKS, children: (fields[2] + fields[3]) / TICKS })
    }
}

/// For how long the machine's cores together had nothing to do since it started, in seconds.
fn idle() -> Result<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    // cpu user nice system idle iowait …
    let ticks = stat.split_whitespace().skip(4).take(2).map(|ticks| ticks.parse::<f64>().unwrap_or(0.0));
    Ok(ticks.sum::<f64>() / TICKS)
}

/// What a run of the grader took. Times are in seconds.
struct Cost {
    seconds: f64,
    /// CPU time of all its processes.
    cpu: f64,
    /// Of it, the grader's own; the rest are builds and checks.
    own: f64,
    /// Of it, that of the checks which the gradebook holds and which came to an end.
    checks: f64,
    /// Of it, that of the other checks: most of it is a program's that goes round and round.
    in_vain: f64,
    /// For how long cores had nothing to do meanwhile.
    idle: f64,
    memory_mib: u64,
}

fn grade(course: &Course, class: &Path, db: &Path, students: &[String]) -> Result<Cost> {
    #[expect(clippy::disallowed_methods, reason = "the grader itself")]
    let mut grader = Command::new(env!("CARGO_BIN_EXE_grader"));
    grader.arg("class").arg(class).arg("--db").arg(db).current_dir(&course.root);
    grader.args(students.iter().map(|student| format!("--student={student}")));
    let idle_before = idle()?;
    let began = Instant::now();
    let mut child = grader.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status_file = format!("/proc/{}/status", child.id());
    let (ended, end) = channel::<()>();
    let watcher = thread::spawn(move || {
        let mut peak = 0;
        loop {
            let status = fs::read_to_string(&status_file).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            peak = peak.max(kib.unwrap_or(0));
            if end.recv_timeout(Duration::from_millis(50)) != Err(RecvTimeoutError::Timeout) {
                return peak / 1024;
            }
        }
    });
    // It stays to be asked for its CPU time.
    waitid(Id::Pid(Pid::from_raw(child.id().cast_signed())), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)?;
    let seconds = began.elapsed().as_secs_f64();
    let idle = idle()? - idle_before;
    let Cpu { own, children } = Cpu::of(&child.id().to_string())?;
    let status = child.wait()?;
    drop(ended);
    let memory_mib = watcher.join().expect("the watcher does not panic");
    ensure!(status.success(), "grader class: {status}");
    let [checks, in_vain] = cpu_of_checks(db)?;
    Ok(Cost { seconds, cpu: own + children, own, checks, in_vain, idle, memory_mib })
}

/// Of those that came to an end, and of those that were waited for in vain.
fn cpu_of_checks(db: &Path) -> Result<[f64; 2]> {
    let gradebook = Connection::open_with_flags(db, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let sums = "SELECT total(cpu_seconds) FILTER (WHERE verdict <> 'TIMEOUT'), \
                   total(cpu_seconds) FILTER (WHERE verdict = 'TIMEOUT') FROM verdict";
    Ok(gradebook.query_row(sums, [], |row| Ok([row.get(0)?, row.get(1)?]))?)
}
