//! What this machine offers to grading, what is missing, and how to get it.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::Result;
use cell::Layers;

use crate::cargo::Toolchain;
use crate::course::Course;
use crate::isolation;

/// The whole page, with a final newline.
///
/// # Errors
/// The course has no toolchain to build with.
pub fn examine(course: &Course, toolchain: &Toolchain) -> Result<String> {
    let machine = cell::probe();
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut page = String::new();
    let _ = writeln!(page, "course      {}", course.root.display());
    let _ = writeln!(page, "toolchain   {}", toolchain.version);
    let linker =
        if has_program("cc") { "cc" } else { "missing: install a C compiler (Debian: apt install gcc)" };
    let _ = writeln!(page, "linker      {linker}");
    let _ = writeln!(page, "cores       {cores}");
    let prepared = course.scratch().join("prepared").is_file();
    let state = if prepared { "built" } else { "not built yet: the first grade downloads and compiles them" };
    let _ = writeln!(page, "libraries   {state}");
    let _ = writeln!(page, "\ncells, best rung first:");
    let _ = write!(page, "{machine}");
    tell_layers(&mut page, cell::layers());
    Ok(page)
}

/// Which layers hold what is built and run, and what follows for hidden checks.
fn tell_layers(page: &mut String, layers: Result<Layers, String>) {
    let layers = match layers {
        Ok(layers) => layers,
        Err(reason) => {
            let _ = writeln!(page, "\n{reason}\nhidden checks      are refused");
            return;
        }
    };
    let _ = writeln!(page, "\nlayers around every build and every program, * required for hidden checks:");
    for (name, says) in LAYERS {
        let star = if isolation::REQUIRED.contains(&name) { "*" } else { " " };
        let state = if layers.has(name) { "yes" } else { "missing" };
        let _ = writeln!(page, " {star} {name:<17} {says:<62} {state}");
    }
    let lacking: Vec<&str> = isolation::REQUIRED.into_iter().filter(|name| !layers.has(name)).collect();
    let hidden = match lacking.as_slice() {
        [] => "run".to_owned(),
        names => format!("are refused without --allow-weak-isolation: {}", names.join(", ")),
    };
    let _ = writeln!(page, "\nhidden checks      {hidden}");
}

/// The layers in the words of what they keep out.
const LAYERS: [(&str, &str); 15] = [
    ("userns", "users: the machine's root is nobody in there"),
    ("netns", "network: no address of the machine or beyond"),
    ("pidns", "processes: none to see or signal, and none outlives its check"),
    ("mntns", "mounts"),
    ("ipcns", "System V memory and queues"),
    ("utsns", "host name"),
    ("rootfs", "files: libraries and its own programs, nothing else"),
    ("procfs", "/proc of its own"),
    ("no_nested_userns", "no namespaces within, by the kernel's count"),
    ("unprivileged", "runs as a user that is not the machine's root"),
    ("rlimits", "memory, processes, CPU time, size of files"),
    ("no_new_privs", "no privilege by executing a file"),
    ("caps", "no capability; CAP_NET_RAW where a packet lab needs it"),
    ("seccomp", "system calls that no lab needs are denied"),
    ("landlock", "a second wall around files and signals"),
];

fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_that_cells_know_is_told_and_the_required_ones_are_marked() {
        let layers = Layers {
            active: LAYERS
                .map(|(name, _)| name.to_owned())
                .into_iter()
                .filter(|name| name != "rootfs")
                .collect(),
            missing: vec!["rootfs".to_owned()],
        };
        let mut page = String::new();
        tell_layers(&mut page, Ok(layers));
        assert!(page.contains(" * seccomp"), "{page}");
        assert!(page.contains("   landlock"), "{page}");
        assert!(
            page.contains("hidden checks      are refused without --allow-weak-isolation: rootfs"),
            "{page}"
        );
        for required in isolation::REQUIRED {
            assert!(LAYERS.iter().any(|(name, _)| *name == required), "{required}");
        }
    }
}
