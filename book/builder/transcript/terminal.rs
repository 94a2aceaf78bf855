//! A terminal of a session, and the program that runs in it.

use std::io::{Read, Write as _};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::record::{PATIENCE, shell};
use super::sockets::{
    ESTABLISHED, LISTENING, wait_for_bound, wait_for_socket, wait_until_free, wait_until_stuck,
};
use super::{Queued, Step, Unread};

/// Where rustup finds the toolchain.
const KEPT: [&str; 3] = ["HOME", "CARGO_HOME", "RUSTUP_HOME"];

/// A terminal and the program that runs in it, if any.
#[derive(Default)]
pub(super) struct Terminal {
    running: Option<Running>,
    /// Printed, but not yet shown by a step.
    pending: String,
}

struct Running {
    child: Child,
    /// `None` after Ctrl+D.
    stdin: Option<ChildStdin>,
    /// What it prints on stdout and stderr together; closed when the last writer is gone.
    output: Receiver<Vec<u8>>,
}

impl Terminal {
    /// Does what the step says, and returns the output that belongs to it.
    pub(super) fn play(&mut self, step: &Step, prefix: Option<[String; 2]>) -> Result<String> {
        if let Some(command) = &step.run {
            ensure!(self.running.is_none(), "a program still runs in terminal `{}`", step.terminal);
            self.running = Some(Running::start(command, prefix)?);
        }
        if let Some(line) = &step.line {
            let stdin = self.running()?.stdin.as_mut().context("the program's input has ended")?;
            stdin.write_all(format!("{line}\n").as_bytes())?;
        }
        match step.key {
            Some('D') => self.running()?.stdin = None,
            Some('C') => self.running()?.interrupt()?,
            Some(other) => bail!("no key `{other}`: D ends the input, C interrupts"),
            None => {}
        }
        self.wait(step)
    }

    fn wait(&mut self, step: &Step) -> Result<String> {
        if let Some(text) = &step.until {
            return self.printed(text, true);
        }
        if let Some(text) = &step.prompt {
            return self.printed(text, false);
        }
        if let Some(port) = step.listening {
            wait_for_socket(port, |socket| socket.state == LISTENING)?;
            return Ok(String::new());
        }
        if let Some(port) = step.free {
            wait_until_free(port)?;
            return Ok(String::new());
        }
        if let Some(port) = step.bound {
            wait_for_bound(port)?;
            return Ok(String::new());
        }
        if let Some(port) = step.established {
            wait_for_socket(port, |socket| socket.state == ESTABLISHED)?;
            return Ok(String::new());
        }
        if let Some(Unread { port, bytes }) = step.unread {
            wait_for_socket(port, |socket| socket.state == ESTABLISHED && socket.unread == bytes)?;
            return Ok(String::new());
        }
        if let Some(port) = step.stuck {
            wait_until_stuck(port)?;
            return Ok(String::new());
        }
        if let Some(Queued { port, connections }) = step.queued {
            wait_for_socket(port, |socket| socket.state == LISTENING && socket.unread == connections)?;
            return Ok(String::new());
        }
        if step.exits || (!step.stays && (step.run.is_some() || step.key.is_some())) {
            return self.ended();
        }
        Ok(String::new())
    }

    /// Everything up to the first `text`, or up to the end of its line.
    fn printed(&mut self, text: &str, whole_line: bool) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let end = self.pending.find(text).map(|at| at + text.len()).and_then(|end| {
                if whole_line { self.pending[end..].find('\n').map(|at| end + at + 1) } else { Some(end) }
            });
            if let Some(end) = end {
                return Ok(self.pending.drain(..end).collect());
            }
            if !self.receive(deadline)? {
                bail!("the program ended without printing `{text}`, but: {}", self.pending);
            }
        }
    }

    /// Everything, until the program is gone.
    fn ended(&mut self) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        while self.receive(deadline)? {}
        self.running()?.child.wait()?;
        self.running = None;
        Ok(std::mem::take(&mut self.pending))
    }

    /// Takes one piece of output; false when there will be no more.
    fn receive(&mut self, deadline: Instant) -> Result<bool> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.running()?.output.recv_timeout(left) {
            Ok(piece) => {
                self.pending.push_str(&String::from_utf8_lossy(&piece));
                Ok(true)
            }
            Err(RecvTimeoutError::Disconnected) => Ok(false),
            Err(RecvTimeoutError::Timeout) => {
                bail!("nothing more within {} s after: {}", PATIENCE.as_secs(), self.pending)
            }
        }
    }

    fn running(&mut self) -> Result<&mut Running> {
        self.running.as_mut().context("no program runs in this terminal")
    }
}

impl Running {
    /// Starts a shell with the command, behind a prefix that takes it to another machine.
    fn start(command: &str, prefix: Option<[String; 2]>) -> Result<Self> {
        let (mut reader, writer) = std::io::pipe()?;
        let words = prefix.into_iter().flatten().chain(["sh".to_owned(), "-c".to_owned(), real(command)?]);
        let words: Vec<String> = words.collect();
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .env_clear() // no proxy, width or language of whoever records
            .envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("PATH", path_with_our_binaries()?)
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("RUST_BACKTRACE", "0")
            .env("NMAP_PRIVILEGED", "1") // it looks for uid 0 instead of the capability
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()
            .with_context(|| format!("cannot start `{command}`"))?;
        let (send, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Ok(Self { stdin: child.stdin.take(), child, output })
    }

    /// Ctrl+C goes to the whole foreground process group, as a terminal's does.
    fn interrupt(&self) -> Result<()> {
        shell(&format!("kill -s INT -- -{}", self.child.id()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = shell(&format!("kill -s KILL -- -{} 2>/dev/null", self.child.id()));
        let _ = self.child.wait();
    }
}

/// What is started for what the reader types: the built binary instead of `cargo run`, this program instead of
/// `cargo lab run`, and no `sudo`, because the recorder has every capability in its namespace.
fn real(command: &str) -> Result<String> {
    let command = command.strip_prefix("sudo ").unwrap_or(command);
    // `ulimit` and its kin may stand before it.
    if let Some((before, rest)) = command.split_once("cargo run -q --bin ") {
        return Ok(format!("{before}{}", rest.replacen(" -- ", " ", 1)));
    }
    match command.strip_prefix("cargo lab run ") {
        Some(rest) => Ok(format!("{} by-hand {rest}", std::env::current_exe()?.display())),
        None => Ok(command.to_owned()),
    }
}

/// The workspace's binaries lie where this one does.
fn path_with_our_binaries() -> Result<String> {
    let ours = std::env::current_exe()?;
    let ours = ours.parent().context("this program lies in no folder")?;
    Ok(format!("{}:{}:/usr/sbin:/sbin", ours.display(), std::env::var("PATH").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reader_types_becomes_what_is_run() {
        assert_eq!(
            real("cargo run -q --bin tcp-echo-server -- --port 1").unwrap(),
            "tcp-echo-server --port 1"
        );
        assert_eq!(real("ulimit -n 64; cargo run -q --bin async-echo").unwrap(), "ulimit -n 64; async-echo");
        assert_eq!(real("sudo tcpdump -i lo").unwrap(), "tcpdump -i lo");
        assert_eq!(real("nc -l 9999").unwrap(), "nc -l 9999");
    }

    #[test]
    fn output_is_shown_in_the_step_that_waited_for_it() {
        let mut terminal = Terminal::default();
        let step = |run: Option<&str>, line: Option<&str>, until: Option<&str>| Step {
            terminal: "t".into(),
            run: run.map(Into::into),
            line: line.map(Into::into),
            until: until.map(Into::into),
            ..Step::default()
        };
        assert_eq!(terminal.play(&step(Some("echo a; echo b; cat"), None, Some("a")), None).unwrap(), "a\n");
        assert_eq!(terminal.play(&step(None, Some("c"), Some("c")), None).unwrap(), "b\nc\n");
        let end = Step { key: Some('D'), ..step(None, None, None) };
        assert_eq!(terminal.play(&end, None).unwrap(), "");
        assert!(terminal.running.is_none());
    }

    #[test]
    fn a_program_that_ends_too_early_is_told() {
        let mut terminal = Terminal::default();
        let step = Step {
            terminal: "t".into(),
            run: Some("echo no".into()),
            until: Some("yes".into()),
            ..Step::default()
        };
        let error = terminal.play(&step, None).unwrap_err().to_string();
        assert!(error.contains("ended without printing `yes`, but: no"), "{error}");
    }
}
