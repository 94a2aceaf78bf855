//! Namespaces of a test's own, with the rights that a network of its own needs, for whoever may make them.

use std::process::{Command, Output};

/// Not as root: tcpdump would give its rights away, to a user who is nobody in here.
const FLAGS: [&str; 10] = [
    "--user",
    "--map-user=1000",
    "--map-group=1000",
    "--keep-caps",
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// Runs a shell script with these arguments; `None`, and a word about it, where there can be no namespaces or a program that
/// it needs is missing. All that it leaves running ends with it.
pub(crate) fn run(script: &str, needs: &[&str], arguments: &[&str]) -> Option<Output> {
    let unshare = |command: &[&str]| Command::new("unshare").args(FLAGS).args(command).output();
    let works = |command: &[&str]| unshare(command).is_ok_and(|output| output.status.success());
    for program in needs {
        if !works(&["sh", "-c", "command -v \"$1\"", "sh", program]) {
            eprintln!("skipped: no namespaces here (Debian: util-linux), or no {program}");
            return None;
        }
    }
    Some(unshare(&[&["sh", "-c", script, "sh"], arguments].concat()).expect("it could be run a moment ago"))
}
