//! The lab's programs, and those of the machine that are tried with them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use cell::Limits;

use super::Bench;
use crate::deadline::PATIENCE;
use crate::fault::{Fault, ensure};
use crate::one_shot::Ended;
use crate::probe::Probe;
use crate::program::Program;
use crate::server::Server;
use crate::spec::Needs;
use crate::terminal::Terminal;

impl Bench {
    /// Starts a binary of the lab.
    pub fn start<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Program, Fault> {
        let command = self.command(binary, args)?;
        Program::start(binary, command, &self.recorder, &self.flooded, &self.witnesses)
    }

    /// Starts a server and waits for its ready line, `… listening on ADDRESS`.
    pub fn serve<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Server, Fault> {
        self.recorder.name_program("server");
        let program = self.start(binary, args)?;
        Server::wait_until_ready(binary, program, &self.recorder)
    }

    /// Runs a binary to its own end, with nothing on its stdin.
    pub fn run<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Ended, Fault> {
        self.run_with_input(binary, args, b"")
    }

    /// Runs a binary to its own end, with these bytes on its stdin.
    pub fn run_with_input<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Result<Ended, Fault> {
        let mut program = self.start(binary, args)?;
        if !input.is_empty() {
            // A program may rightly end before it has read all: its exit code and output are what is judged.
            program.offer_stdin(input)?;
        }
        program.close_stdin();
        self.end_of(program, PATIENCE * 2)
    }

    /// Waits for the end of a program that was started, and hands out what it wrote.
    pub fn end_of(&mut self, mut program: Program, limit: Duration) -> Result<Ended, Fault> {
        let status = program.wait_for(limit)?;
        Ok(Ended::new(Output { status, stdout: program.stdout(), stderr: program.stderr() }))
    }

    /// Starts a binary on a terminal of its own.
    pub fn terminal<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Terminal, Fault> {
        let command = self.command(binary, args)?;
        Terminal::start(binary, command, &self.recorder, &self.witnesses, &self.cell)
    }

    /// Starts the lab's given probe.
    pub fn probe(&mut self) -> Result<Probe, Fault> {
        self.recorder.name_program("your code");
        let name = self.probe_name.clone();
        Ok(Probe::new(self.start(&name, [""; 0])?))
    }

    /// The command that starts a binary inside the cell. Prefer [`Bench::start`] and its kin.
    pub fn command<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Command, Fault> {
        let path = self.program_path(binary)?;
        let mut launch = self.cell.launch(&path);
        if self.needs != Needs::Loopback {
            launch = launch.raw_sockets();
        }
        if let Some((soft, hard)) = self.open_files {
            launch = launch.open_files_between(soft, hard);
        }
        if let Some(tasks) = self.tasks {
            launch = launch.limits(Limits { tasks, ..*self.cell.limits() });
        }
        let mut command = launch.command();
        let args: Vec<String> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        self.recorder.remark(format!("$ {binary} {}", args.join(" ")).trim_end().to_owned());
        command.args(args);
        Ok(command)
    }

    fn program_path(&self, binary: &str) -> Result<PathBuf, Fault> {
        self.programs.get(binary).cloned().ok_or_else(|| {
            Fault::infra(format!("the lab has no binary {binary}; it has {:?}", self.programs.keys()))
        })
    }

    /// Skips the check unless that program of the machine is there, to be started by its name like the lab's own: see
    /// [`cargo_test_beside`](crate::cargo_test_beside).
    pub fn needs_tool(&self, tool: &str) -> Result<(), Fault> {
        ensure(self.programs.contains_key(tool), || Fault::skip(format!("{tool} is not installed")))
    }

    /// Programs started from now on may have at most that many open descriptors.
    pub fn limit_open_files(&mut self, limit: u64) {
        self.limit_open_files_between(limit, limit);
    }

    /// Programs started from now on may have `soft` descriptors open at first, and raise that up to `hard` by themselves; as far
    /// as this machine allows ([`Multitude::most`](crate::Multitude::most)).
    pub fn limit_open_files_between(&mut self, soft: u64, hard: u64) {
        self.open_files = Some((soft, hard));
    }

    /// Programs started from now on may be that many processes and threads together with the runner's own
    /// ([`Limits::tasks`]): less than the cell allows, or more.
    pub fn limit_tasks(&mut self, limit: u64) {
        self.tasks = Some(limit);
    }

    /// Takes CAP_NET_RAW from the programs that are started from now on.
    pub fn deny_raw_sockets(&mut self) {
        self.needs = Needs::Loopback;
    }
}
