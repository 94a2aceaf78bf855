//! Copies of what cargo built, ready to be started.
//!
//! A file that is open for writing anywhere can't be executed (ETXTBSY, execve(2)). A grader that builds while checks run
//! forks all the time, and a child that is forked while a program is written has it open too, until it has become another
//! program: on a busy machine long enough for a check to meet it, and to take it for the student's failure. So the
//! copies are made by a process of its own: when that has ended, nobody has them open.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Copies programs into a folder that is there, under their own names.
///
/// # Errors
/// One is not there, or the file system refuses.
pub(crate) fn copy<'a>(programs: impl Iterator<Item = &'a Path>, into: &Path) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "neither a student's program nor the toolchain")]
    let mut cp = Command::new("cp");
    cp.arg("--target-directory").arg(into).arg("--").args(programs).stdin(Stdio::null());
    let told = || format!("copying programs to {}", into.display());
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
                copy([Path::new("/bin/true")].into_iter(), &to).unwrap();
                command(&to.join("true")).status().err()
            };
            let refused: Vec<_> = (0..COPIES).filter_map(start).collect();
            is_over.store(true, Ordering::Relaxed);
            refused
        });
        assert!(refused.is_empty(), "{refused:?}");
    }

    #[test]
    fn what_can_not_be_copied_is_named() {
        let missing = [Path::new("/nonexistent")].into_iter();
        let error = copy(missing, Path::new("/tmp")).unwrap_err().to_string();
        assert!(error.starts_with("copying programs to /tmp: ") && error.contains("/nonexistent"), "{error}");
    }
}
