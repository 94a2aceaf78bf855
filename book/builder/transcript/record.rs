//! Plays a described session with real programs, and writes down what they print.
//!
//! It runs in a network namespace of its own with every capability there (`programs` sees to that), so every
//! port is free, a capture sees nothing else, and nothing leaves the machine. Programs talk over pipes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::fd::RawFd;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::cable::Cable;
use super::normalise::normalise;
use super::terminal::Terminal;
use super::{Script, Step};

/// How long an event may take. Only a broken session ever waits that long.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How often the kernel's table of sockets is read while waiting for one.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Plays the session `name` and returns its record, normalised.
///
/// It closes every descriptor but 0, 1 and 2, and is meant for a process that does nothing else.
pub(crate) fn record(folder: &Path, name: &str) -> Result<String> {
    close_what_was_inherited()?;
    let script = Script::load(folder, name).map_err(anyhow::Error::msg)?;
    script.step.iter().filter_map(|step| step.run.as_deref()).try_for_each(is_built)?;
    shell("ip link set lo up")?;
    let cable = if script.cable { Some(Cable::plug()?) } else { None };
    script.setup.iter().try_for_each(|command| shell(command))?;
    let far_setup = |cable: &Cable| script.far_setup.iter().try_for_each(|command| cable.at_far_end(command));
    cable.as_ref().map_or(Ok(()), far_setup)?;
    let mut terminals: BTreeMap<&str, Terminal> = BTreeMap::new();
    let mut record = Record::default();
    for (at, step) in script.step.iter().enumerate() {
        let terminal = terminals.entry(&step.terminal).or_default();
        let prefix = cable.as_ref().filter(|_| step.far).map(Cable::prefix);
        let printed =
            terminal.play(step, prefix).with_context(|| format!("transcript {name}, step {}", at + 1))?;
        record.add(step, &printed);
    }
    Ok(normalise(&record.text))
}

/// Whoever starts the recorder may have left files open for its children, and a program of a session may count its own.
fn close_what_was_inherited() -> Result<()> {
    let open: Vec<RawFd> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
        // Already closed: the directory itself was among them.
        let _ = nix::unistd::close(descriptor);
    }
    Ok(())
}

pub(super) fn shell(command: &str) -> Result<()> {
    let output = Command::new("sh").args(["-c", command]).output()?;
    ensure!(
        output.status.success(),
        "`{command}` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// Whether the binary of ours that a command starts, if any, is there: a shell's "not found" would be recorded.
fn is_built(command: &str) -> Result<()> {
    let of_ours =
        ["cargo run -q --bin ", "cargo lab run "].iter().find_map(|start| command.split_once(start));
    let Some(name) = of_ours.and_then(|(_, rest)| rest.split([' ', ';', '|']).next()) else { return Ok(()) };
    let path = std::env::current_exe()?.with_file_name(name);
    ensure!(path.is_file(), "{} is not built: list its package in `builds`", path.display());
    Ok(())
}

/// The record's text; see `figure` for its marks.
#[derive(Default)]
struct Record {
    text: String,
    terminal: String,
}

impl Record {
    fn add(&mut self, step: &Step, printed: &str) {
        let typed = step.run.is_some() || step.line.is_some() || step.key.is_some();
        if !typed && printed.is_empty() {
            return;
        }
        if self.terminal != step.terminal {
            self.terminal.clone_from(&step.terminal);
            self.line("@", &step.terminal);
        }
        if let Some(command) = &step.run {
            self.line("$", command);
        }
        if let Some(line) = &step.line {
            self.line(">", line);
        }
        if let Some(key) = step.key {
            self.line("^", &key.to_string());
        }
        for line in printed.split_inclusive('\n') {
            match line.strip_suffix('\n') {
                Some(whole) => self.line("|", whole.trim_end()),
                None => self.line(":", line),
            }
        }
    }

    fn line(&mut self, mark: &str, text: &str) {
        let gap = if text.is_empty() { "" } else { " " };
        let _ = writeln!(self.text, "{mark}{gap}{text}");
    }
}
