//! The sample class of the fixtures.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use grader::course::{Course, LabFolder};
use grader::tree::{self, Tree};
use grader::unpack::unpack;
use sha2::{Digest, Sha256};

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

/// Every file that was handed in, by student, lab folder and path in it; archives are unpacked.
fn handed_in(course: &Course, class: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(class).unwrap().map(Result::unwrap) {
        let unpacked = tempfile::tempdir().unwrap();
        let name = entry.file_name().into_string().unwrap();
        let student = name.split('.').next().unwrap().to_owned();
        let folder = match entry.path() {
            path if path.is_dir() => path,
            path if name.ends_with(".zip") || name.ends_with(".tar.gz") => {
                unpack(&path, unpacked.path()).unwrap();
                unpacked.path().to_owned()
            }
            _ => continue,
        };
        for (path, bytes) in tree::read(&folder, &|_| false).unwrap() {
            let is_lab =
                |part: &&str| course.labs.iter().any(|lab| **part == lab.name || **part == lab.folder());
            let Some(lab) = path.split('/').find(is_lab) else { continue };
            let below = path.split_once(&format!("{lab}/")).unwrap().1;
            let lab = course.labs.iter().find(|known| lab == known.name || lab == known.folder()).unwrap();
            files.insert(format!("{student}/{}/{below}", lab.folder()), bytes);
        }
    }
    files
}

/// What a student who copies the reference hands in.
fn without_markers(bytes: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    let is_marker = |line: &str| {
        line.trim_start().starts_with("// begin solution") || line.trim_start().starts_with("// end solution")
    };
    text.split_inclusive('\n').filter(|line| !is_marker(line)).collect::<String>().into_bytes()
}

#[test]
fn every_file_of_the_sample_is_still_what_it_was_made_from() {
    let course = course();
    let sample = course.root.join("fixtures/submissions/sample");
    let read = |folder: &str, lab: &LabFolder| -> Tree {
        tree::read(&course.root.join(folder).join(lab.folder()), &|path| path == "target").unwrap()
    };
    let labs: BTreeMap<String, (Tree, Tree)> = course
        .labs
        .iter()
        .map(|lab| (lab.folder(), (read("solutions", lab), read("exercises", lab))))
        .collect();
    let made_from = fs::read_to_string(sample.join("made-from.toml")).unwrap();
    let made_from: BTreeMap<String, String> = toml::from_str(&made_from).unwrap();
    let files = handed_in(&course, &sample);
    let mut complaints = BTreeSet::new();
    for file in made_from.keys().filter(|file| !files.contains_key(*file)) {
        complaints.insert(format!("{file}: named in made-from.toml, and not there"));
    }
    for (file, bytes) in &files {
        let (_, path) = file.split_once('/').unwrap();
        let (lab, below) = path.split_once('/').unwrap();
        let (solution, stub) = &labs[lab];
        let reference = solution.get(below).map(|reference| without_markers(reference));
        match made_from.get(file).map(String::as_str) {
            Some("own") => {}
            Some(then) => {
                let now = reference.unwrap_or_default();
                let now: String = Sha256::digest(&now).iter().map(|byte| format!("{byte:02x}")).collect();
                if now != then {
                    complaints.insert(format!(
                        "{file}: solutions/{path} has changed: make the student's mistake again in a copy of it \
                         without markers, and note in made-from.toml that it was made from {now}"
                    ));
                }
            }
            None if reference.as_ref() == Some(bytes) || stub.get(below) == Some(bytes) => {}
            None => {
                complaints.insert(format!(
                    "{file}: neither solutions/{path} without markers nor exercises/{path}: copy it again"
                ));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}
