//! Builds a student's binaries with cargo, and tells where they are.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::place::Place;

/// Programs by their names.
pub(crate) type Programs = BTreeMap<String, PathBuf>;

/// The part of cargo's JSON messages that matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds what the arguments select (`--package tcp-echo --bins`); returns the binaries by name.
///
/// Compile errors go to stderr as cargo shows them.
pub(crate) fn binaries(place: &Place, selection: &[&str]) -> Result<Programs> {
    match build(place, selection, Stdio::inherit(), &[])? {
        Ok(programs) => Ok(programs),
        Err(_) => bail!("it does not build yet: cargo build {}", selection.join(" ")),
    }
}

/// The same without a word: compile errors are the inner error, as cargo shows them.
pub(crate) fn quietly(place: &Place, selection: &[&str], colour: bool) -> Result<Result<Programs, String>> {
    let colour = if colour { "--color=always" } else { "--color=never" };
    build(place, selection, Stdio::piped(), &[colour])
}

fn build(
    place: &Place,
    selection: &[&str],
    stderr: Stdio,
    options: &[&str],
) -> Result<Result<Programs, String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(["build", "--quiet", "--message-format=json-render-diagnostics"])
        .args(options)
        .args(selection)
        .current_dir(place.exercises())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .context("Failed to start cargo")?;
    let words = child.stderr.take().map(|mut pipe| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            // What could be read until then is shown.
            let _ = pipe.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        })
    });
    let output = child.wait_with_output().context("Failed to wait for cargo")?;
    let words = words.and_then(|thread| thread.join().ok()).unwrap_or_default();
    if !output.status.success() {
        return Ok(Err(words));
    }
    let mut binaries = Programs::new();
    for line in output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let message: Message =
            serde_json::from_slice(line).context("Failed to understand cargo's messages")?;
        if message.reason == "compiler-artifact"
            && let (Some(path), Some(target)) = (message.executable, message.target)
        {
            binaries.insert(target.name, path);
        }
    }
    Ok(Ok(binaries))
}
