//! Trouble with one submission is no other's, and no grade.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::Value;

use crate::fixture::{Class, LAB, course, report, scores, start, turn};

#[test]
fn one_students_trouble_is_only_that_students() {
    let _turn = turn();
    let class = Class::new();
    class.put("ann", None, "ann");
    let link = class.folder().join("bob/03-tcp-echo/src/server.rs");
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
    fs::write(class.folder().join("cid.zip"), "no archive").unwrap();
    fs::create_dir(class.folder().join("dan")).unwrap();
    let graded = class.grade("g", &["--public-only"]);
    assert_eq!(scores(&graded)["ann"].0, "PASS");
    let reasons: BTreeSet<String> = graded["students"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|student| student["rejected"].as_str().map(str::to_owned))
        .collect();
    assert!(reasons.iter().any(|reason| reason.contains("server.rs: a symbolic link")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("cid.zip")), "{reasons:?}");
    assert_eq!(scores(&graded)["dan"].0, "MISSING");
}

#[test]
fn a_rejected_submission_is_no_grade_and_takes_none_away() {
    let _turn = turn();
    let class = Class::new();
    class.put("ann", None, "ann");
    class.put("bob", None, "bob");
    fs::write(class.folder().join("cid.zip"), "no archive").unwrap();
    class.grade("g", &["--public-only"]);
    let server = class.folder().join("bob/03-tcp-echo/src/server.rs");
    fs::remove_file(&server).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &server).unwrap();
    let again = class.grade("g", &["--public-only"]);
    assert_eq!((&again["changes"], &again["graded"]), (&serde_json::json!([]), &0.into()));
    assert_eq!(scores(&again)["bob"], ("PASS".to_owned(), 54));
    let table = report(&class.db("g"), "csv");
    assert!(table.contains("\nbob,tcp-echo,54,54,PASS\n"), "{table}");
    assert!(table.contains("\ncid,tcp-echo,,100,REJECTED\n"), "{table}");
    assert!(table.contains("\ncid,total,,100,REJECTED\n"), "{table}");
}

#[test]
fn trouble_of_the_grader_is_tried_again_then_put_aside_and_the_old_grade_stays() {
    let _turn = turn();
    let class = Class::new();
    class.put("ann", None, "ann");
    class.grade("g", &["--public-only"]);
    class.put("ann", Some("always-in-capitals"), "ann's second version");
    class.put("bob", None, "bob");

    // Nobody builds while this is held, so that the work can become another between the first look at it and the build:
    // the grader can't say then what it would have graded.
    let workspace = File::open(course().scratch().join("lock")).unwrap();
    workspace.lock().unwrap();
    let arguments = ["--lab", LAB, "--public-only", "--retries", "1", "--format", "json"];
    let mut grader = start(&class.folder(), &class.db("g"), &arguments, Stdio::piped(), Stdio::piped());
    let mut words = BufReader::new(grader.stderr.take().unwrap());
    let mut line = String::new();
    words.read_line(&mut line).unwrap();
    assert_eq!(line, "2 students: 2 labs to be graded, 0 without work to do\n");
    class.put("ann", Some("always-in-capitals"), "ann's third version");
    drop(workspace);

    let (mut told, mut summary) = (String::new(), String::new());
    words.read_to_string(&mut told).unwrap();
    grader.stdout.take().unwrap().read_to_string(&mut summary).unwrap();
    assert_eq!(grader.wait().unwrap().code(), Some(3), "{told}");
    assert!(told.contains("INFRA      in quarantine after 2 attempts: "), "{told}");
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let quarantined = &summary["quarantined"][0];
    assert_eq!((&quarantined["lab"], &quarantined["attempts"]), (&LAB.into(), &2.into()));
    assert!(
        quarantined["reason"].as_str().unwrap().contains("changed while the class was graded"),
        "{summary:#}"
    );
    // Her old grade stays, and the class went on.
    assert_eq!(scores(&summary)["ann"], ("PASS".to_owned(), 54));
    assert_eq!(scores(&summary)["bob"], ("PASS".to_owned(), 54));

    let again = class.grade("g", &["--public-only", "--yes"]);
    assert_eq!((&again["graded"], &again["quarantined"]), (&1.into(), &serde_json::json!([])));
    assert_eq!(scores(&again)["ann"].0, "FAIL");
}
