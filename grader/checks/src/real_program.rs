//! A program that people really use, beside a test that tries a solution with it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::front_end::installed;

/// Whether this machine has the program.
pub fn is_installed(program: &str) -> bool {
    installed(program).is_some()
}

/// A real program that runs, until this is dropped at the latest.
#[derive(Debug)]
pub struct RealProgram {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl RealProgram {
    /// Starts a program, and waits until its stderr says `ready`. Its stdin stays open.
    ///
    /// # Errors
    /// In words: it can't be started, or ends before it says that.
    pub fn start(command: &mut Command, ready: &str) -> Result<RealProgram, String> {
        let started = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| format!("{command:?}: {error}"))?;
        let stderr = BufReader::new(child.stderr.take().ok_or("it has no stderr")?);
        let mut program = RealProgram { child, stderr };
        program.wait_until_it_says(ready)?;
        Ok(program)
    }

    /// Reads its stderr until that is said.
    ///
    /// # Errors
    /// In words: what it said instead, to the end.
    pub fn wait_until_it_says(&mut self, words: &str) -> Result<(), String> {
        let mut said = String::new();
        while !said.contains(words) {
            match self.stderr.read_line(&mut said) {
                Ok(0) => return Err(format!("no `{words}` in what it says: {said}")),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    /// Waits for its end, which must be a good one.
    ///
    /// # Errors
    /// In words: its exit status.
    pub fn finish(mut self) -> Result<(), String> {
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(status.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for RealProgram {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "trusted programs of this machine")]
mod tests {
    use super::*;

    #[test]
    fn it_is_waited_for_until_it_is_ready_and_until_its_end() {
        let sh = |script: &str| RealProgram::start(Command::new("sh").args(["-c", script]), "ready");
        sh("echo now ready >&2").unwrap().finish().unwrap();
        assert!(sh("echo ready >&2; exit 3").unwrap().finish().unwrap_err().contains('3'));
        assert_eq!(sh("echo not yet >&2").unwrap_err(), "no `ready` in what it says: not yet\n");
        assert!(is_installed("sh") && !is_installed("no-such-program"));
    }
}
