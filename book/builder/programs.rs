//! Runs the programs whose output the book shows.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::ladder::{self, Ladder};
use crate::problem::Problem;
use crate::site::{Site, read};
use crate::transcript::Script;

/// One thing in the book that a program printed.
enum Recording {
    /// A terminal session.
    Transcript(String),
    /// The report on a known bug.
    Ladder(Ladder),
}

impl Recording {
    /// What it is called on the command line.
    fn name(&self) -> String {
        match self {
            Self::Transcript(name) => name.clone(),
            Self::Ladder(ladder) => ladder.name(),
        }
    }

    /// Where it is kept, relative to the course's root.
    fn file(&self) -> String {
        match self {
            Self::Transcript(name) => format!("book/transcripts/{name}.txt"),
            Self::Ladder(ladder) => format!("book/ladders/{}.txt", ladder.name()),
        }
    }

    /// Runs the programs: what they print, or what this machine lacks for them.
    fn run(&self, site: &Site) -> Result<Result<String, String>> {
        match self {
            Self::Transcript(name) => session(site, name),
            Self::Ladder(ladder) => ladder.record(site, &beside_us("grader")?),
        }
    }
}

/// Everything recorded that the book holds or should hold.
fn recordings(site: &Site) -> Result<Vec<Recording>> {
    let sessions = described(&site.transcripts())?.into_iter().map(Recording::Transcript);
    Ok(sessions.chain(ladder::shown(site)?.into_iter().map(Recording::Ladder)).collect())
}

/// Records what is named, or all, and stores it.
pub(crate) fn refresh(site: &Site, names: &[String]) -> Result<()> {
    let mut wanted = recordings(site)?;
    let known: Vec<String> = wanted.iter().map(Recording::name).collect();
    for name in names {
        ensure!(known.contains(name), "nothing recorded is called `{name}`: there are {}", known.join(", "));
    }
    wanted.retain(|recording| names.is_empty() || names.contains(&recording.name()));
    build_grader(site, &wanted)?;
    for recording in wanted {
        let path = site.root().join(recording.file());
        match recording.run(site)? {
            Ok(text) => {
                std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
                println!("recorded {}", recording.name());
            }
            Err(missing) => println!("not recorded: {}: {missing}", recording.name()),
        }
    }
    Ok(())
}

/// Runs everything again, and reports what is no longer what the book shows.
///
/// What this machine can't run is noted on stdout, and no problem of the book.
pub(crate) fn compare(site: &Site) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let recordings = recordings(site)?;
    build_grader(site, &recordings)?;
    for recording in recordings {
        let path = site.root().join(recording.file());
        if !path.is_file() {
            continue; // the page that shows it has been reported
        }
        match recording.run(site)? {
            Ok(now) => problems.extend(difference(&recording, &read(&path)?, &now)),
            Err(missing) => println!("not run again: {}: {missing}", recording.name()),
        }
    }
    Ok(problems)
}

/// Builds the grader where ladders need it: one that lies there may be of yesterday.
fn build_grader(site: &Site, recordings: &[Recording]) -> Result<()> {
    let is_needed = recordings.iter().any(|recording| matches!(recording, Recording::Ladder(_)));
    if is_needed { build(site, &["grader".to_owned()]) } else { Ok(()) }
}

/// Starts one of the solutions' binaries on `lab0` with the same scripted hosts as `cargo lab run`.
///
/// Exits with the program's code.
pub(crate) fn by_hand(binary: &str, args: &[String]) -> Result<()> {
    eprintln!("{}\ncapture: target/lab/{binary}.pcapng\n", checks::NEIGHBOURHOOD);
    let capture = tempfile::tempfile()?;
    match checks::run_by_hand(&beside_us(binary)?, args, capture) {
        Ok(code) => std::process::exit(code.into()),
        Err(error) => bail!(error),
    }
}

fn difference(recording: &Recording, stored: &str, now: &str) -> Option<Problem> {
    if stored == now {
        return None;
    }
    let same = stored.lines().zip(now.lines()).take_while(|(before, after)| before == after).count();
    let shown = |text: &str| text.lines().nth(same).map_or("nothing".to_owned(), |line| format!("`{line}`"));
    let what =
        format!("recorded {}, now it is {}: refresh `{}`", shown(stored), shown(now), recording.name());
    Some(Problem::new(recording.file(), same + 1, what))
}

/// The names of all described sessions, in alphabetical order.
fn described(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// Plays one session in namespaces of its own: its record, or what this machine lacks for it.
fn session(site: &Site, name: &str) -> Result<Result<String, String>> {
    let script = Script::load(&site.transcripts(), name).map_err(anyhow::Error::msg)?;
    if let Some(missing) = script.needs.iter().find(|program| !installed(program)) {
        return Ok(Err(format!("`{missing}` is not installed")));
    }
    if !isolated().arg("true").output().is_ok_and(|output| output.status.success()) {
        return Ok(Err("namespaces (user, network, pid, mount) are denied here".to_owned()));
    }
    build(site, &script.builds)?;
    let output = isolated()
        .arg(std::env::current_exe()?)
        .args(["record", name])
        .current_dir(site.root().join("exercises"))
        .output()?;
    ensure!(
        output.status.success(),
        "transcript {name} cannot be played: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(Ok(String::from_utf8(output.stdout)?))
}

/// `unshare` into user, network, pid and mount namespaces. Inside, an ordinary user has every capability: root
/// would make tcpdump change its user, and there is no other in the namespace. Everything dies with the session.
/// A shell that works in the background ignores Ctrl+C for its children; here it always works.
fn isolated() -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal", "unshare"]);
    command.args(["--user", "--map-user=1000", "--map-group=1000", "--keep-caps", "--net"]);
    command.args(["--pid", "--fork", "--kill-child", "--mount-proc", "--"]);
    command
}

/// Where cargo puts a binary of the workspace: to where it put this one.
fn beside_us(binary: &str) -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(binary))
}

fn installed(program: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':').chain(["/usr/sbin", "/sbin"]).any(|folder| Path::new(folder).join(program).is_file())
}

/// Builds the packages' binaries to where this one lies: there the session looks for them.
fn build(site: &Site, packages: &[String]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let ours = std::env::current_exe()?;
    let profile = ours.parent().context("this program lies in no folder")?;
    let target = profile.parent().context("cargo puts programs into target/<profile>")?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--bins", "--target-dir"]).arg(target).current_dir(site.root());
    if profile.ends_with("release") {
        command.arg("--release");
    }
    for package in packages {
        command.args(["--package", package]);
    }
    ensure!(command.status()?.success(), "cannot build {}", packages.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        let recording = Recording::Transcript("t".into());
        let problem = difference(&recording, "@ a\n$ x\n| 1\n", "@ a\n$ x\n| 2\n").unwrap();
        assert_eq!(
            problem.to_string(),
            "book/transcripts/t.txt:3: recorded `| 1`, now it is `| 2`: refresh `t`"
        );
        assert_eq!(difference(&recording, "@ a\n", "@ a\n"), None);
    }
}
