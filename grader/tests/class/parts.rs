//! A class in parts: what a merge misses, and what it refuses.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::fixture::{Class, LAB, class_command, grader, start, summary, turn, verdicts};
use crate::killed::is_killed_after;

/// What `grader report --to csv` says of a gradebook.
fn table(db: &Path) -> String {
    let mut command = grader();
    let output = command.args(["report", "--to", "csv", "--db"]).arg(db).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn a_part_that_is_missing_or_was_killed_is_told_until_it_is_run_again() {
    let _turn = turn();
    let class = Class::new();
    // ann and bob are in the first of two parts, cid, dan and fay in the second.
    for (student, bug) in [
        ("ann", None),
        ("bob", Some("always-in-capitals")),
        ("cid", Some("answer-without-newline")),
        ("dan", None),
        ("fay", Some("always-in-capitals")),
    ] {
        class.put(student, bug, student);
    }
    let began = Instant::now();
    class.grade("whole", &["--public-only"]);
    let length = began.elapsed();
    let expected = table(&class.db("whole"));
    let merge = |into: &str, parts: &[&str]| {
        let mut command = grader();
        command.arg("merge").arg(class.db(into)).args(parts.iter().map(|part| class.db(part)));
        command
    };

    let first = class.grade("first", &["--public-only", "--shard", "1/2"]);
    assert_eq!((&first["shard"], &first["graded"]), (&"1/2".into(), &2.into()));
    let missing = "grader: part 2 of 2 is not there";
    merge("alone", &["first"]).assert().code(1).stdout(contains("2 students")).stderr(contains(missing));

    let second = ["--lab", LAB, "--public-only", "--shard", "2/2"];
    let mut kills = 0;
    for moment in [0.1, 0.3, 0.2, 0.4] {
        let words = class.db("words");
        let stderr = File::create(&words).unwrap().into();
        let part = start(&class.folder(), &class.db("second"), &second, Stdio::null(), stderr);
        if !is_killed_after(part, length.mul_f64(moment), &words) {
            break;
        }
        kills += 1;
        if class.db("second").is_file() {
            let told = contains("part 2 of 2 did not come to its end").or(contains(missing));
            merge("cut-off", &["first", "second"]).assert().code(1).stderr(told);
        }
    }
    assert!(kills > 0);
    summary(&mut class_command(&class.folder(), &class.db("second"), &second));
    for into in ["cut-off", "new"] {
        let mut merge = merge(into, &["first", "second"]);
        merge.assert().success().stderr("").stdout(contains("from all 2 parts"));
        assert_eq!(verdicts(&class.db(into)), verdicts(&class.db("whole")), "{into}");
        assert_eq!(table(&class.db(into)), expected, "{into}");
        // The same ones again, in whatever order, change nothing.
        grader().arg("merge").arg(class.db(into)).arg(class.db("first")).assert().success();
        assert_eq!(table(&class.db(into)), expected, "{into} again");
    }
}

#[test]
fn what_is_no_gradebook_is_refused_before_anything_is_merged() {
    let class = Class::new();
    let notes = class.db("notes.txt");
    fs::write(&notes, "not a database, but longer than the header of one would be: ".repeat(20)).unwrap();
    for (wrong, code) in [(notes, 3), (class.db("gone"), 2)] {
        let into = class.db("m");
        let mut merge = grader();
        merge.arg("merge").arg(&into).arg(&wrong);
        merge.assert().code(code).stdout("").stderr(contains(wrong.to_str().unwrap()));
        assert!(!into.exists());
    }
}
