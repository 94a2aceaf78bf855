//! Builds a student's binaries with cargo, and tells where they are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

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
pub(crate) fn binaries(selection: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--message-format=json-render-diagnostics"])
        .args(selection)
        .stderr(Stdio::inherit())
        .output()
        .context("Failed to start cargo")?;
    if !output.status.success() {
        bail!("it does not build yet: cargo build {}", selection.join(" "));
    }
    let mut binaries = BTreeMap::new();
    for line in output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let message: Message =
            serde_json::from_slice(line).context("Failed to understand cargo's messages")?;
        if message.reason == "compiler-artifact"
            && let (Some(path), Some(target)) = (message.executable, message.target)
        {
            binaries.insert(target.name, path);
        }
    }
    Ok(binaries)
}
