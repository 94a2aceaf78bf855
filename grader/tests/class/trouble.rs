//! Trouble with one submission is no other's, and no grade.

use std::collections::BTreeSet;
use std::fs;

use crate::fixture::{Class, scores, turn};

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
