//! Commands that run in a cell of their own.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use cell::{Limits, Root, Shared, Spec, confine, supervise};
use libtest_mimic::{Failed, Trial};

use crate::trials::{Directory, Outcome, WALL, check, told, trial};

pub(crate) fn all() -> [Trial; 4] {
    [
        trial("a confined command is the command", is_the_command),
        trial("a confined command sees what is shared", sees_what_is_shared),
        trial("a confined command that takes too much is ended", is_ended),
        trial("there is no confined command without a required layer", needs_its_layers),
    ]
}

const TOOLS: [&str; 3] = ["/bin", "/usr/bin", "/etc/alternatives"];

fn spec() -> Spec {
    let shared = TOOLS.map(|path| Shared { path: path.into(), writable: false }).to_vec();
    Spec { root: Root::Minimal, shared, ..Spec::default() }
}

fn shell(script: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "to be confined")]
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", script]).env("PATH", "/usr/bin:/bin");
    shell
}

/// Exit code and output.
fn run(command: &Command, spec: &Spec) -> Result<(Option<i32>, String), Failed> {
    let finished = supervise(confine(command, spec)?, b"", WALL, 1 << 20)?;
    check(!finished.timed_out, told(&finished))?;
    let text = [finished.stdout.as_slice(), &finished.stderr].concat();
    Ok((finished.status.and_then(|status| status.code()), String::from_utf8_lossy(&text).into_owned()))
}

fn is(got: (Option<i32>, String), code: i32, says: &str) -> Outcome {
    check(got == (Some(code), says.to_owned()), format!("{got:?}"))
}

fn is_the_command() -> Outcome {
    let mut command = shell("echo $WORD $UNSET; pwd; echo bad >&2; exit 3");
    command.env("WORD", "a b").current_dir("/usr/bin");
    is(run(&command, &spec())?, 3, "a b\n/usr/bin\nbad\n")?;
    is(run(&shell("kill -9 $$"), &spec())?, 128 + 9, "")?;
    // Whoever outlives it does not keep it.
    is(run(&shell("sleep 1000 & exit 0"), &spec())?, 0, "")
}

fn sees_what_is_shared() -> Outcome {
    let directory = Directory::new(std::env::temp_dir(), 0o755)?;
    let [shown, owned, hidden] = ["shown", "owned", "hidden"].map(|name| directory.0.join(name));
    for folder in [&shown, &owned, &hidden] {
        fs::create_dir(folder)?;
        fs::write(folder.join("file"), "content\n")?;
        fs::set_permissions(folder.join("file"), Permissions::from_mode(0o644))?;
    }
    cell::give(&owned)?;
    let mut spec = spec();
    spec.shared.push(Shared { path: shown.clone(), writable: false });
    spec.shared.push(Shared { path: owned.clone(), writable: true });
    let script = "cat shown/file owned/file; test -e hidden || echo hidden; \
        echo x > shown/file || echo closed; echo y > owned/file; echo z > owned/new; \
        test -e /etc/passwd || echo no passwd";
    let mut command = shell(script);
    command.current_dir(&directory.0);
    let (code, says) = run(&command, &spec)?;
    let told: Vec<&str> = says.lines().filter(|line| !line.contains("shown/file")).collect();
    check(code == Some(0) && told == ["content", "content", "hidden", "closed", "no passwd"], says.as_str())?;
    let read = |folder: &std::path::Path, name: &str| fs::read_to_string(folder.join(name));
    check(read(&shown, "file")? == "content\n" && read(&owned, "file")? == "y\n", "both were written to")?;
    check(read(&owned, "new")? == "z\n", "a new file")
}

fn is_ended() -> Outcome {
    let mut spec = spec();
    spec.limits = Limits { tree_memory: 100 << 20, ..Limits::default() };
    // A shell's variable of 300 MB, in three processes.
    let hog =
        shell("for i in 1 2 3; do (x=$(head -c 100000000 /dev/zero | tr '\\0' x); sleep 1000) & done; wait");
    let (code, says) = run(&hog, &spec)?;
    check(code == Some(137), format!("{code:?}: {says}"))?;
    check(says.contains("cell: ended: ") && says.contains("MiB of memory, 100 allowed"), says)
}

fn needs_its_layers() -> Outcome {
    let mut spec = spec();
    spec.required = vec!["lead_shielding".to_owned()];
    is(
        run(&shell("echo runs"), &spec)?,
        126,
        "cell: this machine does not offer lead_shielding now, and it was required\n",
    )
}
