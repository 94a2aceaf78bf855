//! Where an untrusted program runs: namespaces, limits, the virtual wire's two ends.
//!
//! Three kinds of process take part. The *supervisor* (a grader, or a test binary with `harness = false`) starts itself
//! again as a *runner* by [`reexec`] and [`supervise`], one for each check. The runner calls [`enter`], which returns
//! inside a fresh [`Cell`]; from there [`Cell::launch`] starts *programs* of the student. When the runner ends, or
//! anything above it is killed, all of them end, and the cell's network with them.
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     cell::take_over_if_launched(); // first of all: this process may be about to become a program
//!     let program = std::path::PathBuf::from("target/debug/tcp-echo-server");
//!     let cell = cell::enter(&cell::Spec { programs: vec![program.clone()], ..cell::Spec::default() })?;
//!     let mut server = cell.launch(&program).open_files(24).command().args(["--port", "0"]).spawn()?;
//!     server.kill()?;
//!     server.wait()?;
//!     Ok(())
//! }
//! ```

mod call_filter;
mod caps;
mod cell;
mod confine;
mod enter;
mod error;
mod far_end;
mod file_filter;
mod guard;
mod habit;
mod idmap;
mod interfaces;
mod launch;
mod limits;
mod namespaces;
mod netlink;
mod probe;
mod programs;
mod ring;
mod root;
mod rung;
mod settings;
mod supervise;
mod sys;
mod tap;
mod telling;
mod tree;
mod wire;

use std::env;

pub use cell::{Cell, Excess};
pub use confine::confine;
pub use enter::{Spec, enter};
pub use error::Error;
pub use far_end::FarEnd;
pub use habit::{Habit, Reply};
pub use idmap::{give, is_another_user};
pub use launch::{LAUNCH_FAILED, Launch};
pub use limits::Limits;
pub use probe::{Footing, Machine, layers, probe};
pub use root::{Root, Shared};
pub use rung::{Layers, Rung};
pub use supervise::{Finished, reexec, supervise};
pub use tree::{Usage, number_in_proc};

/// Must be the first call in `main` of every program that uses cells: if this process was started to launch a program,
/// to run a [confined](confine()) command, to probe the machine or to follow a program, it does that and never returns.
pub fn take_over_if_launched() {
    let mut args = env::args_os().skip(1);
    match args.next() {
        Some(word) if word == launch::WORD => launch::run(args),
        Some(word) if word == probe::WORD => probe::run(args),
        Some(word) if word == confine::WORD => confine::run(args),
        Some(word) if word == habit::WORD => habit::run(args),
        _ => {}
    }
}
