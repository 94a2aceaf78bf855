//! The one wrapper of the toolchain: absolute paths, a clean environment, `--locked --offline`, and for whatever compiles
//! a submission a [cell of its own](sandbox).

mod sandbox;

use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use cell::Finished;

use crate::isolation::Isolation;
use crate::messages::Build;
use sandbox::{NO_SANDBOX, confined};

/// For the first build of all dependencies, and for downloading them, on a slow machine.
const PREPARING: Duration = Duration::from_secs(30 * 60);
/// For asking and resolving: milliseconds, but on a machine that others have taken whole.
const ASKING: Duration = Duration::from_secs(5 * 60);
/// More than any build of the labs writes; a compiler that floods its output is stopped here.
const MAX_OUTPUT: usize = 32 << 20;
/// The platform whose dependencies are downloaded; the grader runs on nothing else.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// Of the grader's environment only what says where things are and how the network is reached. `RUSTFLAGS`,
/// wrappers and `CARGO_*` switches would build another program than the next grader's.
const KEPT_VARIABLES: [&str; 12] = [
    "PATH",
    "HOME",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
];

/// cargo and rustc of one toolchain, never through rustup's shims: those obey a `rust-toolchain.toml`.
#[derive(Debug, Clone)]
pub struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// What rustc says of itself: `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub version: String,
    /// Where compiler and standard library lie.
    sysroot: PathBuf,
    /// Where downloaded packages lie.
    cargo_home: PathBuf,
    /// Compilers at a time in one build; `None` = one for each core.
    pub jobs: Option<NonZeroUsize>,
    /// Layers of isolation without which nothing is built, by name.
    required: Vec<String>,
}

/// How a build ended.
#[derive(Debug)]
pub struct Ended {
    /// What cargo said of each package, as far as it came.
    pub build: Build,
    /// What it and the compilers wrote beside that.
    pub stderr: String,
    /// Why it was stopped before its end, in words, if it was.
    pub stopped: Option<String>,
}

impl Toolchain {
    /// The toolchain that runs this process (`$CARGO`), or the one that `rustc` stands for in the folder `course`.
    ///
    /// # Errors
    /// There is none.
    pub fn find(course: &Path) -> Result<Toolchain> {
        let bin = match std::env::var_os("CARGO").map(PathBuf::from).filter(|cargo| cargo.is_absolute()) {
            Some(cargo) => cargo.parent().expect("an absolute path of a file has a parent").to_owned(),
            None => sysroot(course)?.join("bin"),
        };
        let (cargo, rustc) = (bin.join("cargo"), bin.join("rustc"));
        for program in [&cargo, &rustc] {
            ensure!(program.is_file(), "no {}: is the Rust toolchain complete?", program.display());
        }
        let ask = |argument: &[&str]| {
            let mut command = start(&rustc);
            command.args(argument).current_dir(course);
            output(command)
        };
        let (version, sysroot) = (ask(&["--version"])?, ask(&["--print", "sysroot"])?.into());
        Ok(Toolchain {
            cargo,
            rustc,
            version,
            sysroot,
            cargo_home: cargo_home()?,
            jobs: None,
            required: vec![],
        })
    }

    /// The same, building nothing without the layers that grading requires here.
    pub fn held_by(self, isolation: &Isolation) -> Toolchain {
        Toolchain { required: isolation.required.clone(), ..self }
    }

    /// Builds the programs of some packages of the workspace in `folder`, one broken package not keeping the others from
    /// it: in a cell, in which `folder` can be read and `target` written, and little else be found.
    ///
    /// # Errors
    /// cargo could not even begin: the workspace doesn't resolve offline, a dependency is missing, or there is no cell with
    /// the required layers.
    pub fn build(&self, folder: &Path, target: &Path, packages: &[&str], limit: Duration) -> Result<Ended> {
        let mut command = self.command("build", folder);
        command.args([
            "--locked",
            "--offline",
            "--bins",
            "--keep-going",
            "--message-format=json",
            "--target-dir",
        ]);
        command.arg(target);
        command.args(self.jobs.map(|jobs| format!("--jobs={jobs}")));
        command.args(packages.iter().flat_map(|package| ["--package", package]));
        let finished = run(confined(self, command, folder, target, limit)?, limit)?;
        let build = Build::parse(&finished.stdout);
        let stderr = String::from_utf8_lossy(&finished.stderr).into_owned();
        let stopped = match &finished {
            Finished { timed_out: true, .. } => {
                Some(format!("it did not finish within {} s", limit.as_secs()))
            }
            Finished { flooded: true, .. } => Some("it had far too much to say".to_owned()),
            _ => sandbox::excess(&stderr),
        };
        let code = finished.status.and_then(|status| status.code());
        if code == Some(NO_SANDBOX) || (stopped.is_none() && build.success.is_none()) {
            bail!("cargo could not build {}:\n{}", folder.display(), stderr.trim_end());
        }
        Ok(Ended { build, stderr, stopped })
    }

    /// [`Toolchain::build`] of everything, after downloading what is missing: to be done once for a lock file.
    ///
    /// # Errors
    /// Something doesn't resolve, download or compile.
    pub fn prepare(&self, folder: &Path, target: &Path) -> Result<()> {
        self.online_if_needed("fetch", folder, &["--locked", "--target", PLATFORM])?;
        // Nothing else is built meanwhile.
        let with_all_cores = Toolchain { jobs: None, ..self.clone() };
        let Ended { build, stderr, .. } = with_all_cores.build(folder, target, &[], PREPARING)?;
        let errors: Vec<&str> = build.packages.values().flat_map(|p| &p.errors).map(String::as_str).collect();
        ensure!(build.success == Some(true), "the pristine labs don't build:\n{}\n{stderr}", errors.concat());
        Ok(())
    }

    /// Brings the lock file of the workspace in `folder` in line with its manifests, changing no version.
    ///
    /// # Errors
    /// The workspace doesn't resolve.
    pub fn update_workspace(&self, folder: &Path) -> Result<()> {
        self.online_if_needed("update", folder, &["--workspace", "--quiet"])
    }

    /// Compiles everything in the students' workspace; returns what the compiler said, errors and warnings of the
    /// workspace's own packages.
    ///
    /// # Errors
    /// cargo could not begin, or failed without saying why.
    pub fn check(&self, folder: &Path) -> Result<Vec<String>> {
        self.online_if_needed("fetch", folder, &["--locked", "--target", PLATFORM])?;
        let mut command = self.command("check", folder);
        command.args([
            "--locked",
            "--offline",
            "--workspace",
            "--all-targets",
            "--keep-going",
            "--message-format=json",
        ]);
        command.arg("--target-dir").arg(folder.join("target"));
        let finished = run(command, PREPARING)?;
        let build = Build::parse(&finished.stdout);
        let own = build.packages.into_iter().filter(|(package, _)| package.starts_with(folder));
        let complaints: Vec<String> = own.flat_map(|(_, p)| p.errors.into_iter().chain(p.warnings)).collect();
        if complaints.is_empty() {
            succeeded("check", folder, &finished)?;
        }
        Ok(complaints)
    }

    /// Builds and runs a program of the course's own workspace in `folder`, with these arguments.
    ///
    /// # Errors
    /// It does not build, or fails: with what it said.
    pub fn run_own(&self, folder: &Path, package: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.command("run", folder);
        command.args(["--locked", "--quiet", "--package", package, "--"]).args(arguments);
        succeeded("run", folder, &run(command, PREPARING)?)
    }

    /// Runs a command that reads the registry, first offline and only if that fails with the network.
    fn online_if_needed(&self, subcommand: &str, folder: &Path, arguments: &[&str]) -> Result<()> {
        let attempt = |extra: Option<&str>, limit: Duration| {
            let mut command = self.command(subcommand, folder);
            command.args(arguments).args(extra);
            run(command, limit)
        };
        if has_succeeded(&attempt(Some("--offline"), ASKING)?) {
            return Ok(());
        }
        succeeded(subcommand, folder, &attempt(None, PREPARING)?)
    }

    fn command(&self, subcommand: &str, folder: &Path) -> Command {
        let mut command = start(&self.cargo);
        let kept = std::env::vars_os()
            .filter(|(name, _)| KEPT_VARIABLES.iter().any(|kept| name == OsStr::new(kept)));
        command.env_clear().envs(kept).env("RUSTC", &self.rustc).env("CARGO_TERM_COLOR", "never");
        command.current_dir(folder).arg(subcommand).arg("--manifest-path").arg(folder.join("Cargo.toml"));
        command
    }
}

/// A command for a program of the toolchain.
fn start(program: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place where the toolchain is started")]
    Command::new(program)
}

fn run(command: Command, limit: Duration) -> Result<Finished> {
    let shown = format!("{:?}", command.get_program());
    cell::supervise(command, b"", limit, MAX_OUTPUT).with_context(|| format!("starting {shown}"))
}

/// Where the toolchain lies that `rustc` stands for in that folder.
fn sysroot(folder: &Path) -> Result<PathBuf> {
    let mut command = start(Path::new("rustc"));
    command.args(["--print", "sysroot"]).current_dir(folder);
    Ok(output(command).context("no Rust toolchain on PATH (https://rustup.rs installs one)")?.into())
}

/// Where cargo keeps what it downloads: its own rule.
fn cargo_home() -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = set("CARGO_HOME").or_else(|| Some(set("HOME")?.join(".cargo")));
    std::path::absolute(home.context("neither CARGO_HOME nor HOME is set: where are cargo's packages?")?)
        .context("finding cargo's packages")
}

/// The one line that a command prints.
fn output(command: Command) -> Result<String> {
    let shown = format!("{command:?}");
    let finished = run(command, ASKING)?;
    ensure!(has_succeeded(&finished), "{shown} failed: {}", words(&finished));
    Ok(String::from_utf8_lossy(&finished.stdout).trim_end().to_owned())
}

fn succeeded(subcommand: &str, folder: &Path, finished: &Finished) -> Result<()> {
    ensure!(
        has_succeeded(finished),
        "cargo {subcommand} failed in {}:\n{}",
        folder.display(),
        words(finished)
    );
    Ok(())
}

fn has_succeeded(finished: &Finished) -> bool {
    finished.status.is_some_and(|status| status.success())
}

/// What a command said of its failure.
fn words(finished: &Finished) -> String {
    if finished.timed_out {
        return "it did not end in time".to_owned();
    }
    String::from_utf8_lossy(&finished.stderr).trim_end().to_owned()
}
