//! A reset loses nothing, whatever ends it.

mod support;

use std::fs;
use std::process::Command;
use std::time::Duration;

use support::{LAB, Repository, STUB, files};

const MINE: &str = "pub fn answer() { /* a week of work */ }\n";

fn begun() -> Repository {
    let repository = Repository::new();
    repository.write(&format!("{LAB}/src/lib.rs"), MINE);
    repository.write(&format!("{LAB}/src/mine.rs"), MINE);
    repository
}

#[test]
fn a_lab_is_as_it_was_handed_out_and_mine_is_in_the_copy() {
    let repository = begun();
    fs::remove_file(repository.path(&format!("{LAB}/src/bin/tcp-hello-server.rs"))).unwrap();
    let text = repository.says(0, &["reset", "tcp-hello", "--yes"]);
    assert!(text.contains("  src/lib.rs\n  src/mine.rs\n"), "{text}");
    for (path, handed_out) in STUB {
        assert_eq!(repository.read(&format!("{LAB}/{path}")), handed_out);
    }
    assert!(!repository.path(&format!("{LAB}/src/mine.rs")).exists());
    let kept = files(&repository.path(".lab/backups"));
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|(_, text)| text == MINE.as_bytes()));
    assert!(repository.says(0, &["reset", "tcp-hello", "--yes"]).contains("is as it was handed out"));
}

#[test]
fn nobody_to_ask_means_no() {
    let repository = begun();
    assert!(repository.says(2, &["reset", "tcp-hello"]).contains("add --yes"));
    assert_eq!(repository.read(&format!("{LAB}/src/lib.rs")), MINE);
}

#[test]
fn a_person_who_says_no_keeps_everything() {
    let repository = begun();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(["reset", "tcp-hello"]).current_dir(repository.root()).env_remove("CARGO_MANIFEST_DIR");
    let mut session = rexpect::session::spawn_command(command, Some(20_000)).unwrap();
    session.exp_string("Go on? [y/N] ").unwrap();
    session.send_line("n").unwrap();
    session.exp_string("nothing was changed").unwrap();
    session.exp_eof().unwrap();
    assert_eq!(repository.read(&format!("{LAB}/src/lib.rs")), MINE);
    assert!(!repository.path(".lab/backups").exists());
}

#[test]
fn a_checkout_of_the_whole_course_is_left_to_git() {
    let repository = begun();
    fs::remove_file(repository.path("grader/release.json")).unwrap();
    assert!(repository.says(2, &["reset", "tcp-hello", "--yes"]).contains("git knows"));
}

/// Whether the student's text is still somewhere under a name that can be found: in the lab, or in a finished copy.
fn is_there(repository: &Repository, file: &str) -> bool {
    let lab = fs::read_to_string(repository.path(&format!("{LAB}/{file}"))).is_ok_and(|text| text == MINE);
    lab || files(&repository.path(".lab/backups")).iter().any(|(path, text)| {
        path.ends_with(file) && !path.to_string_lossy().contains(".partial") && text == MINE.as_bytes()
    })
}

#[test]
fn killed_at_any_moment_it_loses_nothing() {
    // From before it has begun until after it is done; a fresh repository each time.
    for step in 0..60 {
        let repository = begun();
        let mut child = Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(["reset", "tcp-hello", "--yes"])
            .current_dir(repository.root())
            .env_remove("CARGO_MANIFEST_DIR")
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(500 * step));
        child.kill().unwrap();
        child.wait().unwrap();
        for file in ["src/lib.rs", "src/mine.rs"] {
            assert!(
                is_there(&repository, file),
                "{file} after {} µs: {:?}",
                500 * step,
                files(repository.root())
            );
        }
        // And it can be done again.
        repository.says(0, &["reset", "tcp-hello", "--yes"]);
        assert!(is_there(&repository, "src/lib.rs"));
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let (repository, disk) = (begun(), tempfile::tempdir().unwrap());
    // A disk of 256 KiB, in a namespace of its own, filled to the last block.
    let script = r#"
        set -e
        mount -t tmpfs -o size=256k none "$DISK" || exit 77
        cd "$DISK" && cp -r "$ROOT/." . && mkdir .lab
        dd if=/dev/zero of=filler bs=4k 2>/dev/null || true
        if "$LAB_BINARY" reset tcp-hello --yes; then echo "it was not full"; exit 1; fi
        cmp exercises/02-tcp-hello/src/lib.rs "$ROOT/exercises/02-tcp-hello/src/lib.rs"
        cmp exercises/02-tcp-hello/src/mine.rs "$ROOT/exercises/02-tcp-hello/src/mine.rs"
        rm filler
        "$LAB_BINARY" reset tcp-hello --yes
        cmp .lab/backups/*/src/lib.rs "$ROOT/exercises/02-tcp-hello/src/lib.rs"
    "#;
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .env("ROOT", repository.root())
        .env("DISK", disk.path())
        .env("LAB_BINARY", env!("CARGO_BIN_EXE_lab"))
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) || said.contains("unshare:") {
        eprintln!("skipped: no mounts of one's own here: {said}");
        return;
    }
    assert!(output.status.success() && said.contains("No space left"), "{said}");
}
