//! The fixtures' submissions get the verdicts that stand beside them.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use grader::course::Course;
use grader::{bugs, release, tree};
use serde_json::Value;

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn grader() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
    command.current_dir(course());
    command
}

fn grade(folder: &str, arguments: &[&str]) -> Value {
    let output = grader().args(["grade", folder, "--format", "json"]).args(arguments).assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

fn named<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|item| item[key] == name);
    found.unwrap_or_else(|| panic!("no {key} {name}"))
}

/// Compares with `expected.toml` in the submission, and returns the report for more.
fn grade_as_expected(folder: &str, arguments: &[&str]) -> Value {
    let report = grade(folder, arguments);
    let expected = fs::read_to_string(course().join(folder).join("expected.toml")).unwrap();
    let expected: toml::Table = toml::from_str(&expected).unwrap();
    for (name, expected) in expected["labs"].as_table().unwrap() {
        let lab = named(&report["labs"], "lab", name);
        assert_eq!(lab["verdict"].as_str(), expected["verdict"].as_str(), "{name}: {lab:#}");
        if let Some(score) = expected.get("score") {
            assert_eq!(lab["score"].as_i64(), score.as_integer(), "{name}: {lab:#}");
        }
        for (check, verdict) in expected.get("checks").and_then(toml::Value::as_table).into_iter().flatten() {
            let check = named(&lab["checks"], "check", check);
            assert_eq!(check["verdict"].as_str(), verdict.as_str(), "{name}: {check:#}");
        }
    }
    report
}

#[test]
fn the_stubs_are_not_done_yet_and_nothing_else() {
    let report = grade("exercises", &[]);
    assert_eq!(report["score"], 0);
    for lab in report["labs"].as_array().unwrap() {
        for check in lab["checks"].as_array().unwrap().iter().filter(|check| check["verdict"] != "SKIP") {
            assert_eq!(check["verdict"], "FAIL", "{check:#}");
            assert!(check["fault"]["got"].as_str().unwrap().starts_with("not done yet: "), "{check:#}");
        }
    }
}

#[test]
fn each_lab_of_a_half_done_submission_has_its_own_verdict() {
    let report = grade_as_expected("fixtures/submissions/half-done", &[]);
    let syn_scan = named(&report["labs"], "lab", "syn-scan");
    let message = syn_scan["message"].as_str().unwrap();
    assert!(message.starts_with("error[E0425]: cannot find value `target`"), "{message}");
    assert!(message.contains("--> 21-syn-scan/src/source.rs:12:"), "{message}");
    assert!(!message.contains(course().to_str().unwrap()), "{message}");
    let framing = named(&report["labs"], "lab", "framing");
    let panicked = named(&framing["checks"], "check", "keeps-frames-cut-anywhere");
    assert!(panicked["fault"]["got"].as_str().unwrap().contains("src/codec.rs:59"), "{panicked:#}");
    for check in syn_scan["checks"].as_array().unwrap() {
        assert_eq!((check["verdict"].as_str(), check["earned"].as_i64()), (Some("FAIL"), Some(0)));
    }
}

#[test]
fn a_missing_folder_is_zero_points_and_hides_nothing() {
    let report = grade_as_expected("fixtures/submissions/one-folder", &[]);
    assert_eq!(named(&report["labs"], "lab", "tcp-echo")["message"], "no folder 03-tcp-echo");
    assert_eq!(report["max"], report["labs"].as_array().unwrap().len() * 100);
}

#[test]
fn a_server_that_hangs_is_out_of_time() {
    let report =
        grade_as_expected("fixtures/submissions/broken/hangs", &["--lab", "tcp-echo", "--public-only"]);
    // It sleeps: nothing is said of a loop.
    let check = named(&named(&report["labs"], "lab", "tcp-echo")["checks"], "check", "echoes-a-line");
    assert!(!check["fault"]["got"].as_str().unwrap().contains("CPU"), "{check:#}");
}

#[test]
fn a_server_that_goes_round_in_a_loop_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let course = Course::at(&course()).unwrap();
    let lab = course.lab("tcp-echo").unwrap();
    let solution = release::solution(&course, lab).unwrap();
    let bugs = bugs::parse("bugs.toml", std::str::from_utf8(&solution["bugs.toml"]).unwrap()).unwrap();
    let spins = bugs.iter().find(|bug| bug.name == "end-is-no-data-yet").unwrap().apply(&solution).unwrap();
    tree::write_exactly(&folder.path().join(lab.folder()), &spins, &|_| false).unwrap();

    let report = grade(folder.path().to_str().unwrap(), &["--lab", "tcp-echo", "--public-only"]);
    let lab = named(&report["labs"], "lab", "tcp-echo");
    let check = named(&lab["checks"], "check", "serves-the-next-client");
    assert_eq!(check["verdict"], "TIMEOUT", "{check:#}");
    let got = check["fault"]["got"].as_str().unwrap();
    // It is not waited for as long as one that is silent, and may be at work.
    let habit = " (it calls recvfrom over and over, and each time gets 0: the end of the stream (EOF), after which nothing comes)";
    let waited =
        got.strip_suffix(habit).and_then(|got| got.strip_prefix("the connection is still open after "));
    assert!(waited.is_some_and(|waited| waited != "5s"), "{got}");
}

#[test]
fn a_server_that_floods_its_output_is_stopped() {
    grade_as_expected("fixtures/submissions/broken/floods", &["--lab", "tcp-echo", "--public-only"]);
}

#[test]
fn children_that_a_server_leaves_behind_are_gone() {
    grade_as_expected("fixtures/submissions/broken/forks", &["--lab", "tcp-echo", "--public-only"]);
    let left: Vec<PathBuf> = fs::read_dir("/proc")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|process| {
            let words = fs::read(process.join("cmdline")).unwrap_or_default();
            words.starts_with(b"left-behind-by-the-forking-server")
        })
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_same_submission_gets_the_same_seeds_and_a_given_one_is_obeyed() {
    let seeds = |arguments: &[&str]| {
        let report = grade("fixtures/submissions/half-done", arguments);
        let checks = report["labs"][0]["checks"].as_array().unwrap().clone();
        checks.iter().map(|check| check["seed"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let only = ["--lab", "framing", "--public-only"];
    let first = seeds(&only);
    assert_eq!(first, seeds(&only));
    assert!(first[1..].iter().all(|seed| *seed != first[0]), "{first:?}");
    let given = seeds(&["--lab", "framing", "--public-only", "--seed", "7"]);
    assert!(given.iter().all(|seed| *seed == 7), "{given:?}");
}

#[test]
fn a_check_is_replayed_with_its_story() {
    let folder = "fixtures/submissions/half-done";
    let replay = ["replay", folder, "framing", "keeps-frames-cut-anywhere", "--seed", "7"];
    let output = grader().args(replay).assert().success();
    let page = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(page.contains("FAIL") && page.contains("framing-probe"), "{page}");
    assert!(page.contains(&format!("grader {}", replay.join(" "))), "{page}");
}

#[test]
fn the_inputs_of_a_hidden_check_are_shown_only_on_demand() {
    let replay = |extra: &[&str]| {
        let arguments =
            ["replay", "fixtures/submissions/broken/hangs", "tcp-echo", "drops-a-carriage-return"];
        let output = grader().args(arguments).args(extra).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    assert!(!replay(&[]).contains("connect ─"));
    assert!(replay(&["--reveal"]).contains("connect ─"));
}
