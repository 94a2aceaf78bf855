//! The builders, each with a workspace of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::fixture::{Class, course, scores, turn};

#[test]
fn nobody_gets_the_program_of_the_student_before() {
    let _turn = turn();
    let class = Class::new();
    let bug = |number: usize| (number % 2 == 1).then_some("always-in-capitals");
    for number in 0..4 {
        class.put(&format!("s{number}"), bug(number), &format!("student {number}"));
    }
    // An archive's files are older than what was built of the student before.
    for entry in walk(&class.folder()) {
        File::options()
            .append(true)
            .open(entry)
            .unwrap()
            .set_modified(UNIX_EPOCH + Duration::from_secs(1))
            .unwrap();
    }
    for (round, jobs) in ["1", "2", "2"].into_iter().enumerate() {
        let graded = class.grade("g", &["--jobs", jobs, "--fresh", "--public-only"]);
        assert_eq!(graded["graded"], 4);
        for (student, (verdict, _)) in scores(&graded) {
            let number: usize = student[1..].parse().unwrap();
            let expected = if bug(number).is_some() { "FAIL" } else { "PASS" };
            assert_eq!(verdict, expected, "{student} in round {round}");
        }
    }
    // cargo rewrites its records in place: a file that two workers share is the other's word.
    let scratch = course().scratch();
    let mut owners: BTreeMap<(u64, u64), PathBuf> = BTreeMap::new();
    let mut targets: Vec<PathBuf> = vec![scratch.join("target")];
    targets.extend(
        fs::read_dir(scratch.join("workers")).unwrap().map(|entry| entry.unwrap().path().join("target")),
    );
    assert!(targets.len() > 1);
    for target in &targets {
        for file in walk(target) {
            let metadata = fs::metadata(&file).unwrap();
            let owner = owners.entry((metadata.dev(), metadata.ino())).or_insert_with(|| target.clone());
            assert_eq!(owner, target, "{}", file.display());
        }
    }
}

/// Every file below a folder.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(walk(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files
}
