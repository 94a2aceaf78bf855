//! The one wrapper of the toolchain: absolute paths, a clean environment, `--locked --offline`.

use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::messages::Build;
use crate::process::{self, Finished};

/// For the first build of all dependencies, and for downloading them, on a slow machine.
const PREPARING: Duration = Duration::from_secs(30 * 60);
/// For asking and resolving, which takes milliseconds.
const ASKING: Duration = Duration::from_secs(60);
/// A compiler that is at work gets at least a third of the clock's time; one that waits ends with the clock.
const WALL_TO_CPU: u32 = 3;
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
    /// Compilers at a time in one build; `None` = one for each core.
    pub jobs: Option<NonZeroUsize>,
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
        let mut command = process::limited(&rustc, ASKING);
        command.arg("--version").current_dir(course);
        let version = output(command)?;
        Ok(Toolchain { cargo, rustc, version, jobs: None })
    }

    /// Builds the programs of some packages of the workspace in `folder`, one broken package not keeping the
    /// others from it. A build that was stopped at `limit` has no success; a compiler is stopped at a third of it in
    /// CPU time.
    ///
    /// # Errors
    /// cargo could not even begin: the workspace doesn't resolve offline, or a dependency is missing.
    pub fn build(
        &self,
        folder: &Path,
        target: &Path,
        packages: &[&str],
        limit: Duration,
    ) -> Result<(Build, String)> {
        let mut command = self.command("build", folder, limit / WALL_TO_CPU);
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
        let finished = process::run(command, limit)?;
        let build = Build::parse(&finished.stdout);
        if finished.status.is_some() && build.success.is_none() {
            bail!("cargo could not build {}:\n{}", folder.display(), finished.stderr.trim_end());
        }
        Ok((build, finished.stderr))
    }

    /// [`Toolchain::build`] of everything, after downloading what is missing: to be done once for a lock file.
    ///
    /// # Errors
    /// Something doesn't resolve, download or compile.
    pub fn prepare(&self, folder: &Path, target: &Path) -> Result<()> {
        self.online_if_needed("fetch", folder, &["--locked", "--target", PLATFORM])?;
        // Nothing else is built meanwhile.
        let with_all_cores = Toolchain { jobs: None, ..self.clone() };
        let (build, stderr) = with_all_cores.build(folder, target, &[], PREPARING)?;
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
        let mut command = self.command("check", folder, PREPARING / WALL_TO_CPU);
        command.args([
            "--locked",
            "--offline",
            "--workspace",
            "--all-targets",
            "--keep-going",
            "--message-format=json",
        ]);
        command.arg("--target-dir").arg(folder.join("target"));
        let finished = process::run(command, PREPARING)?;
        let build = Build::parse(&finished.stdout);
        let own = build.packages.into_iter().filter(|(package, _)| package.starts_with(folder));
        let complaints: Vec<String> = own.flat_map(|(_, p)| p.errors.into_iter().chain(p.warnings)).collect();
        if complaints.is_empty() {
            succeeded("check", folder, &finished)?;
        }
        Ok(complaints)
    }

    /// Runs a command that reads the registry, first offline and only if that fails with the network.
    fn online_if_needed(&self, subcommand: &str, folder: &Path, arguments: &[&str]) -> Result<()> {
        let attempt = |extra: Option<&str>, limit: Duration| {
            let mut command = self.command(subcommand, folder, limit / WALL_TO_CPU);
            command.args(arguments).args(extra);
            process::run(command, limit)
        };
        if attempt(Some("--offline"), ASKING)?.succeeded() {
            return Ok(());
        }
        succeeded(subcommand, folder, &attempt(None, PREPARING)?)
    }

    fn command(&self, subcommand: &str, folder: &Path, cpu: Duration) -> Command {
        let mut command = process::limited(&self.cargo, cpu);
        let kept = std::env::vars_os()
            .filter(|(name, _)| KEPT_VARIABLES.iter().any(|kept| name == OsStr::new(kept)));
        command.env_clear().envs(kept).env("RUSTC", &self.rustc).env("CARGO_TERM_COLOR", "never");
        command.current_dir(folder).arg(subcommand).arg("--manifest-path").arg(folder.join("Cargo.toml"));
        command
    }
}

/// Where the toolchain lies that `rustc` stands for in that folder.
fn sysroot(folder: &Path) -> Result<PathBuf> {
    let mut command = process::limited(Path::new("rustc"), ASKING);
    command.args(["--print", "sysroot"]).current_dir(folder);
    Ok(output(command).context("no Rust toolchain on PATH (https://rustup.rs installs one)")?.into())
}

/// The one line that a command prints.
fn output(command: Command) -> Result<String> {
    let shown = format!("{command:?}");
    let finished = process::run(command, ASKING)?;
    ensure!(finished.succeeded(), "{shown} failed: {}", finished.stderr.trim_end());
    Ok(String::from_utf8_lossy(&finished.stdout).trim_end().to_owned())
}

fn succeeded(subcommand: &str, folder: &Path, finished: &Finished) -> Result<()> {
    ensure!(
        finished.succeeded(),
        "cargo {subcommand} failed in {}:\n{}",
        folder.display(),
        finished.stderr.trim_end()
    );
    Ok(())
}
