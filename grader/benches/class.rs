//! What grading a class costs beside the bare builds of its submissions: the four ratios.
//!
//! A class of `CLASS_SIZE` students (40 unless the environment says otherwise) is made of the solutions, every third
//! as it is and the others with a known bug, each with sources of its own. `cargo bench -p grader --bench class`.

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

/// The limits: class time beside the floor, the second run beside the first, twice the class beside the class.
const MOST: [f64; 3] = [1.3, 0.03, 2.1];
const MOST_MEMORY_MIB: u64 = 200;
/// Ticks of `/proc/*/stat` in a second, on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

fn main() -> Result<()> {
    checks::take_over_if_asked(&[checks::labs::ALL, hidden::labs::ALL]);
    let course =
        Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("grader/ lies in the course")?)?;
    let toolchain = Toolchain::find(&course.root)?;
    let size = std::env::var("CLASS_SIZE").map_or(Ok(40), |size| size.parse()).context("CLASS_SIZE")?;
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let folder = tempfile::tempdir()?;
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    make_class(&course, &one, 0..size)?;
    make_class(&course, &two, size..3 * size)?;

    grade(&course, &one, &folder.path().join("warm.sqlite"), Some("s000"))?; // the workers' copies are made
    let builds = bare_builds(&course, &toolchain, &one)?;
    let floor = builds / cores as f64;
    println!("{size} submissions: bare builds take {builds:.1} s of CPU, {floor:.1} s on {cores} cores");
    let db = folder.path().join("one.sqlite");
    let first = grade(&course, &one, &db, None)?;
    let ratio = first.seconds / floor;
    println!("graded in      {:>7.1} s, ratio {ratio:.2} (at most {})", first.seconds, MOST[0]);
    println!("CPU            {:>7.1} s, ratio {:.2} of the builds'", first.cpu, first.cpu / builds);
    println!("grader's peak  {:>7} MiB (at most {MOST_MEMORY_MIB})", first.memory_mib);
    let second = grade(&course, &one, &db, None)?;
    let ratio = second.seconds / first.seconds;
    println!("second run     {:>7.2} s, ratio {ratio:.3} (at most {})", second.seconds, MOST[1]);
    let twice = grade(&course, &two, &folder.path().join("two.sqlite"), None)?;
    let ratio = twice.seconds / first.seconds;
    println!("twice as many  {:>7.1} s, ratio {ratio:.2} (at most {})", twice.seconds, MOST[2]);
    Ok(())
}

/// Students by number; all of them different.
fn make_class(course: &Course, class: &Path, numbers: std::ops::Range<usize>) -> Result<()> {
    let labs =
        course.labs.iter().map(|lab| Ok((lab, release::solution(course, lab)?, bugs_of(course, lab)?)));
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
            tree::write_exactly(&class.join(format!("s{number:03}")).join(lab.folder()), &files, &|_| false)?;
        }
    }
    Ok(())
}

fn bugs_of(course: &Course, lab: &LabFolder) -> Result<Vec<Bug>> {
    let path = course.solution(lab).join("bugs.toml");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    bugs::parse(&lab.name, &text)
}

/// The CPU time of what a person would type for each submission, with all dependencies built.
fn bare_builds(course: &Course, toolchain: &Toolchain, class: &Path) -> Result<f64> {
    let reader = Reader::new(course)?;
    let workspace = Workspace::open(course, toolchain)?;
    let before = cpu_of_children("self")?;
    let mut students: Vec<PathBuf> =
        fs::read_dir(class)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    students.sort();
    for student in students {
        let submission = reader.read(&student)?;
        for lab in &course.labs {
            workspace.place(lab, &submission.labs[&lab.name].files)?;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the build to compare with, without the grader's wrapper"
        )]
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--offline", "--bins", "--manifest-path"]);
        cargo.arg(course.scratch().join("workspace/Cargo.toml"));
        cargo.arg("--target-dir").arg(course.scratch().join("target"));
        ensure!(cargo.stderr(Stdio::null()).status()?.success(), "{} doesn't build", student.display());
    }
    Ok(cpu_of_children("self")? - before)
}

/// User and system time of the children that a process has waited for, and of theirs.
fn cpu_of_children(process: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("no stat")?;
    let ticks: u64 = fields.split(' ').skip(13).take(2).map(|ticks| ticks.parse::<u64>().unwrap_or(0)).sum();
    Ok(ticks as f64 / TICKS)
}

struct Cost {
    seconds: f64,
    cpu: f64,
    memory_mib: u64,
}

fn grade(course: &Course, class: &Path, db: &Path, student: Option<&str>) -> Result<Cost> {
    #[expect(clippy::disallowed_methods, reason = "the grader itself")]
    let mut grader = Command::new(env!("CARGO_BIN_EXE_grader"));
    grader.arg("class").arg(class).arg("--db").arg(db).current_dir(&course.root);
    grader.args(student.map(|student| format!("--student={student}")));
    let before = cpu_of_children("self")?;
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
    let status = child.wait()?;
    let seconds = began.elapsed().as_secs_f64();
    drop(ended);
    let memory_mib = watcher.join().expect("the watcher does not panic");
    ensure!(status.success(), "grader class: {status}");
    Ok(Cost { seconds, cpu: cpu_of_children("self")? - before, memory_mib })
}
