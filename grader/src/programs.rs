//! What cargo built, in a folder of its own, ready to be started.
//!
//! A file that is open for writing anywhere can't be executed (ETXTBSY, execve(2)). A grader that builds while checks run
//! forks all the time, and a child that is forked while a program is written has it open too, until it has become another
//! program: on a busy machine long enough for a check to meet it, and to take it for the student's failure. So the last
//! copy of every program is made by a process of its own: when that has ended, nobody has the copy open.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::course::LabFolder;
use crate::workspace::{Programs, Workspace};

/// Programs of the labs that were built, the compiler's complaint for the others.
#[derive(Debug)]
pub(crate) struct BuiltLabs {
    /// By the lab's name.
    pub(crate) labs: BTreeMap<String, Result<Programs, String>>,
    /// Where the programs lie; gone when dropped.
    pub(crate) folder: TempDir,
}

/// Builds labs that were placed in the workspace.
///
/// # Errors
/// cargo itself failed, or the programs can't be copied.
pub(crate) fn build(workspace: &Workspace, labs: &[&LabFolder]) -> Result<BuiltLabs> {
    let (draft, folder) = (workspace.programs_folder()?, workspace.programs_folder()?);
    let mut built = workspace.build(labs, draft.path())?;
    copy_outside(draft.path(), folder.path())?;
    for programs in built.values_mut().flatten() {
        for path in programs.values_mut() {
            let below = path.strip_prefix(draft.path()).context("a program outside of its folder")?;
            *path = folder.path().join(below);
        }
    }
    Ok(BuiltLabs { labs: built, folder })
}

/// Copies what a folder holds into another that is there, by a process of its own.
fn copy_outside(from: &Path, to: &Path) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "neither a student's program nor the toolchain")]
    let mut cp = Command::new("cp");
    cp.arg("-R").arg("--").arg(from.join(".")).arg(to).stdin(Stdio::null());
    let told = || format!("copying {} to {}", from.display(), to.display());
    let output = cp.output().with_context(told)?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {}", told(), complaint.trim_end());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::process::CommandExt;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use nix::unistd::getuid;

    use super::*;

    /// Enough for some of them to meet a copy that is written in this process: of 400, 24 did.
    const COPIES: usize = 400;

    #[expect(clippy::disallowed_methods, reason = "a test of starting programs")]
    fn command(program: &Path) -> Command {
        let mut command = Command::new(program);
        // A user is set after fork(2), so that the child is forked as a runner is.
        command.uid(getuid().as_raw());
        command
    }

    #[test]
    fn a_copy_can_be_started_at_once_whatever_else_is_started_meanwhile() {
        let place = tempfile::tempdir().unwrap();
        let from = place.path().join("from");
        fs::create_dir(&from).unwrap();
        fs::copy("/bin/true", from.join("program")).unwrap();
        let is_over = AtomicBool::new(false);
        let refused = thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        assert!(command(Path::new("/bin/true")).status().unwrap().success());
                    }
                });
            }
            let start = |number: usize| {
                let to = place.path().join(number.to_string());
                fs::create_dir(&to).unwrap();
                copy_outside(&from, &to).unwrap();
                command(&to.join("program")).status().err()
            };
            let refused: Vec<_> = (0..COPIES).filter_map(start).collect();
            is_over.store(true, Ordering::Relaxed);
            refused
        });
        assert!(refused.is_empty(), "{refused:?}");
    }

    #[test]
    fn what_can_not_be_copied_is_named() {
        let error = copy_outside(Path::new("/nonexistent"), Path::new("/tmp")).unwrap_err().to_string();
        assert!(
            error.starts_with("copying /nonexistent to /tmp: ") && error.contains("No such file"),
            "{error}"
        );
    }
}
