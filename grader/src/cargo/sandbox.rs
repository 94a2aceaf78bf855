//! The cell that a submission is compiled in: the compiler, the downloaded packages and the generated workspace to read,
//! one target directory to write to, no network, no other file of the machine. What a submission includes at compile time
//! can be nothing else than these, and what it starts there ends with the build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use cell::{Limits, Root, Shared, Spec};

use super::Toolchain;

/// How the sandbox exits when there is none to be had.
pub(super) const NO_SANDBOX: i32 = 126;

/// A compiler that is at work gets at least a third of the clock's time; one that waits ends with the clock.
const WALL_TO_CPU: u32 = 3;
/// The linker and what it calls. Where one is not there, the machine's own layout is another.
const TOOLS: [&str; 4] = ["/bin", "/usr/bin", "/usr/libexec", "/etc/alternatives"];
/// Of cargo's home: the packages, and the settings that say where they came from. Not its credentials.
const OF_CARGO_HOME: [&str; 3] = ["registry", "config.toml", "config"];

/// Whatever the compilers of one build may use. A lab's own crate needs a tenth of it.
fn limits(wall: Duration) -> Limits {
    Limits {
        tree_memory: 4 << 30,
        address_space: 4 << 30,
        cpu_time: wall / WALL_TO_CPU,
        processes: 64,
        tasks: 512,
        file_size: 512 << 20,
        scratch: 256 << 20,
    }
}

/// The same command, to be run in a cell. Of the environment only cargo's own variables remain.
pub(super) fn confined(
    toolchain: &Toolchain,
    mut command: Command,
    folder: &Path,
    target: &Path,
    wall: Duration,
) -> Result<Command> {
    for variable in super::KEPT_VARIABLES {
        command.env_remove(variable);
    }
    command.env("CARGO_HOME", &toolchain.cargo_home).env("PATH", "/usr/bin:/bin");
    // cargo obeys settings in the folders above the one that it starts in.
    command.current_dir("/");
    // The instructor's own settings may name a wrapper, which is not in there, and would build something else.
    command.env("CARGO_BUILD_RUSTC_WRAPPER", "").env("CARGO_INCREMENTAL", "0");
    let readable = TOOLS
        .map(PathBuf::from)
        .into_iter()
        .chain(OF_CARGO_HOME.map(|name| toolchain.cargo_home.join(name)))
        .chain([toolchain.sysroot.clone(), folder.to_owned()]);
    let mut shared: Vec<Shared> = readable.map(|path| Shared { path, writable: false }).collect();
    shared.push(Shared { path: target.to_owned(), writable: true });
    let spec = Spec {
        root: Root::Minimal,
        shared,
        limits: limits(wall),
        required: toolchain.required.clone(),
        ..Spec::default()
    };
    cell::confine(&command, &spec).context("describing the cell of a build")
}

/// Which limit of the cell a build broke, from the last words of whoever ended it.
pub(super) fn excess(stderr: &str) -> Option<String> {
    let ended = stderr.lines().rev().find_map(|line| line.strip_prefix("cell: ended: "))?;
    Some(format!("it took {ended}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_tell_what_was_too_much() {
        let stderr = "   Compiling tcp-echo\ncell: ended: 5000 MiB of memory, 4096 allowed\n";
        assert_eq!(excess(stderr).unwrap(), "it took 5000 MiB of memory, 4096 allowed");
        assert_eq!(excess("error: could not compile"), None);
    }
}
