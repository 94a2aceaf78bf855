//! The sample class of the fixtures.

use std::time::{Duration, Instant};

use crate::fixture::{LAB, class_command, course, scores, summary, turn};

#[test]
fn the_sample_class_gets_the_grades_it_deserves() {
    let _turn = turn();
    let root = tempfile::tempdir().unwrap();
    let folder = course().root.join("fixtures/submissions/sample");
    let roster = folder.join("roster.csv");
    let due = ["--due", "2026-11-20T23:00Z", "--grace", "1h", "--roster", roster.to_str().unwrap()];
    // The labs that there were when the sample was made: the course grows.
    let labs = [LAB, "framing", "syn-scan", "arp-watch"].map(|lab| ["--lab", lab]);
    let due = [labs.as_flattened(), &due].concat();
    let db = root.path().join("g.sqlite");
    let first = summary(&mut class_command(&folder, &db, &due));
    // 13 students and 4 labs; what two have alike is graded once.
    assert_eq!(first["graded"], 14, "{first:#}");
    let scores = scores(&first);
    let expect =
        |student: &str, verdict: &str| assert_eq!(scores[student].0, verdict, "{student}: {scores:#?}");
    for (student, verdict) in [
        ("ada", "PASS"),
        ("ben", "PASS"),
        ("dmitri", "PASS"),
        ("elif", "FAIL"),
        ("farid", "BUILD_FAIL"),
        ("grace", "MISSING"),
        ("hugo", "FAIL"),
        ("lena", "MISSING"),
    ] {
        expect(student, verdict);
    }
    assert_eq!(first["not_in_roster"], serde_json::json!(["maya"]));
    assert_eq!(first["without_submission"], serde_json::json!(["lena"]));
    let timeliness = |student: &str| {
        let students = first["students"].as_array().unwrap();
        let student = students.iter().find(|found| found["student"] == student).unwrap();
        student["labs"][0]["timeliness"].as_str().unwrap().to_owned()
    };
    let words = ["ada", "farid", "elif", "grace", "hugo"].map(timeliness);
    assert_eq!(words, ["on time", "in grace", "late", "", ""]);

    let before = Instant::now();
    let second = summary(&mut class_command(&folder, &db, &due));
    assert_eq!((&second["graded"], &second["known"]), (&0.into(), &52.into()));
    assert!(before.elapsed() < Duration::from_secs(20), "{:?}", before.elapsed());
    assert_eq!(first["students"], second["students"]);
}
