//! `lab run`: a program of the student's on `lab0`, started by hand.

use std::fs::File;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use checks::screen::{self, wrapped};

use crate::build;
use crate::place::Place;

/// Builds the binary and runs it behind the scripted hosts; the exit code is the program's.
pub(crate) fn by_hand(place: &Place, binary: &str, args: &[String]) -> Result<ExitCode> {
    let programs = build::binaries(place, &["--bin", binary])?;
    let program = programs.get(binary).ok_or_else(|| anyhow!("cargo built no binary called {binary}"))?;
    // target/debug/<binary>
    let target =
        program.parent().and_then(|debug| debug.parent()).context("a binary lies in target/debug")?;
    let folder = target.join("lab");
    let path = folder.join(format!("{binary}.pcapng"));
    std::fs::create_dir_all(&folder).with_context(|| format!("Failed to create {}", folder.display()))?;
    let capture = File::create(&path).with_context(|| format!("Failed to create {}", path.display()))?;
    for line in checks::NEIGHBOURHOOD.lines() {
        eprintln!("{}", wrapped(line, screen::width(), 14));
    }
    eprintln!("capture: {}\n", path.display());
    let code = checks::run_by_hand(program, args, capture).map_err(|error| anyhow!(error))?;
    Ok(ExitCode::from(code))
}
