//! Where a machine offers less than grading needs: what is refused, what is allowed, and what the report says of it.

use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

/// The grader in a user namespace that has no further namespaces to give and no capability: what it would find in an
/// ordinary container. `None` where this machine has no user namespaces itself.
fn on_a_poor_machine(arguments: &[&str]) -> Option<Command> {
    const POORER: &str = "echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --no-new-privs \
                          --inh-caps=-all --bounding-set=-all \"$@\"";
    let works = Command::new("unshare").args(["--map-root-user", "true"]).output();
    if !works.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: needs user namespaces");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--", "sh", "-c", POORER, "poorer", env!("CARGO_BIN_EXE_grader")]);
    // Its user can't build where this one does.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("poor-machine");
    command.args(arguments).current_dir(course()).env("CARGO_TARGET_DIR", target);
    Some(command)
}

fn course() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("grader/ lies in the course")
}

const SUBMISSION: &str = "fixtures/submissions/hostile/00-honest";

#[test]
fn hidden_checks_are_refused_where_a_required_layer_is_missing() {
    for command in ["grade", "class"] {
        let Some(mut grader) = on_a_poor_machine(&[command, SUBMISSION, "--lab", "tcp-echo"]) else { return };
        let told = contains("lacks").and(contains("rootfs")).and(contains("--allow-weak-isolation"));
        grader.assert().code(2).stderr(told).stdout("");
    }
}

#[test]
fn trusted_code_and_public_checks_are_graded_there_and_the_report_says_how() {
    let arguments = ["grade", SUBMISSION, "--lab", "tcp-echo", "--format", "json"];
    let grade = |more: &[&str]| -> Option<Value> {
        let output = on_a_poor_machine(&[&arguments, more].concat())?.assert().code(0);
        Some(serde_json::from_slice(&output.get_output().stdout).expect("a report"))
    };
    let Some(weak) = grade(&["--allow-weak-isolation"]) else { return };
    let lab = &weak["labs"][0];
    assert_eq!(
        (&lab["verdict"], lab["score"].as_u64()),
        (&Value::from("PASS"), lab["max"].as_u64()),
        "{lab:#}"
    );
    let names = |list: &Value| list.as_array().expect("a list").iter().any(|layer| layer == "rootfs");
    assert!(names(&weak["done_without"]) && names(&weak["isolation"]["missing"]), "{weak:#}");
    assert!(weak["isolation"]["active"].as_array().expect("a list").contains(&Value::from("seccomp")));

    let public = grade(&["--public-only"]).expect("as before");
    let checks = public["labs"][0]["checks"].as_array().expect("a list");
    assert!(checks.iter().all(|check| check["audience"] == "public"));
}

#[test]
fn the_doctor_says_what_is_missing() {
    let Some(mut doctor) = on_a_poor_machine(&["doctor"]) else { return };
    doctor.assert().code(0).stdout(contains("hidden checks      are refused").and(contains("rootfs")));
}
