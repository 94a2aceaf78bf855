//! What this machine offers to grading, what is missing, and how to get it.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::Result;

use crate::cargo::Toolchain;
use crate::course::Course;

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
    let best = machine.best();
    for footing in &machine.rungs {
        let mark = if footing.rung == best { "→" } else { " " };
        let state = footing.denied.as_deref().unwrap_or("yes");
        let _ = writeln!(page, " {mark} {}  {:<48} {state}", footing.rung, says(footing.rung));
        if let Some(reason) = &footing.no_wire {
            let _ = writeln!(page, "      no wire: {reason}");
        }
        if let Some(climb) = footing.climb.as_ref().filter(|_| footing.rung < best) {
            let _ = writeln!(page, "      to get it: {climb}");
        }
    }
    let live = if machine.has_wire() {
        "run, each on a wire of its own"
    } else {
        "are skipped: their points count neither way"
    };
    let _ = writeln!(page, "\nlive packet checks {live}");
    Ok(page)
}

fn says(rung: cell::Rung) -> &'static str {
    match rung {
        cell::Rung::A => "namespaces without privilege",
        cell::Rung::B => "namespaces by CAP_SYS_ADMIN",
        cell::Rung::C => "a wire in this network (CAP_NET_ADMIN, _RAW)",
        cell::Rung::D => "raw sockets on lo (CAP_NET_RAW)",
        cell::Rung::E => "no isolation, captures offline",
    }
}

fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(name).is_file())
}
