//! The hosts as nmap, ping, arping and the kernel see them, on a real wire.
//!
//! One program in two parts: the tests, and (as `--scene NAME`) the runner that enters a cell and plays a scene in it.

#![expect(clippy::unwrap_used, reason = "a scene fails by panicking")]

mod pump;
mod scenes;

use std::path::PathBuf;
use std::time::Duration;

use cell::{reexec, supervise};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// What no scene needs by far.
const WALL: Duration = Duration::from_secs(60);
const OUTPUT: usize = 1 << 20;

fn main() {
    cell::take_over_if_launched();
    let args: Vec<String> = std::env::args().collect();
    if let [_, flag, name] = &args[..]
        && flag == "--scene"
    {
        return scenes::play(name);
    }
    let arguments = Arguments::from_args();
    let no_wire = (!cell::probe().has_wire()).then_some("this machine has no rung with a wire");
    let trial = |name, scene: &'static str, tool: Option<&'static str>| {
        let missing = tool.filter(|tool| find_tool(tool).is_none()).map(|tool| format!("needs {tool}"));
        let skip = no_wire.map(str::to_owned).or(missing);
        // nextest knows only the flag, and only the completion has the reason.
        let ignored = skip.is_some();
        Trial::ignorable_test(name, move || match skip {
            Some(reason) => Ok(Completion::ignored_with(format!("SKIP({reason})"))),
            None => play_apart(scene).map(|()| Completion::Completed),
        })
        .with_ignored_flag(ignored && arguments.list)
    };
    let trials = vec![
        trial("nmap sees open, closed and filtered ports", "nmap", Some("nmap")),
        trial("ping is answered", "ping", Some("ping")),
        trial("arping is answered", "arping", Some("arping")),
        trial("the kernel connects, talks and closes", "conversation", None),
        trial("the kernel is refused", "refusals", None),
        trial("a late answer comes late", "late", None),
        trial("a host beyond the gateway is reached", "gateway", None),
        trial("a lost SYN is sent again", "sequence", None),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// Plays a scene in a runner.
fn play_apart(scene: &str) -> Result<(), Failed> {
    let mut runner = reexec();
    runner.args(["--scene", scene]);
    let finished = supervise(runner, b"", WALL, OUTPUT)?;
    if finished.status.is_some_and(|status| status.success()) {
        return Ok(());
    }
    let text = [finished.stdout, finished.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Err(format!("the runner ended with {:?}\n{}{}", finished.status, text[0], text[1]).into())
}

/// Where distributions keep tools for administrators too.
const DIRECTORIES: [&str; 4] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];

fn find_tool(name: &str) -> Option<PathBuf> {
    DIRECTORIES.iter().map(|directory| PathBuf::from(directory).join(name)).find(|path| path.exists())
}
