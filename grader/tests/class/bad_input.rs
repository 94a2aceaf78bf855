//! What the instructor gets wrong: one clear line, and nothing is written.

use std::fs;

use predicates::str::contains;

use crate::fixture::{Class, class_command, course, grader};

#[test]
fn a_wrong_roster_or_name_writes_nothing() {
    let class = Class::new();
    class.put("ann", None, "ann");
    let roster = class.db("roster.csv");
    let refused = |arguments: &[&str], text: &str| {
        let db = class.db("g.sqlite");
        let mut command = class_command(&class.folder(), &db, arguments);
        command.assert().code(2).stdout("").stderr(contains(text));
        assert!(!db.exists());
    };
    fs::write(&roster, "id,email\nann,a@x.org\nbob,A@x.org\n").unwrap();
    let given = ["--roster", roster.to_str().unwrap()];
    refused(&given, "roster.csv: line 3: the email \"a@x.org\" is in line 2 too");
    refused(&["--student", "anne"], "no student \"anne\"; did you mean ann?");
    refused(&["--lab", "tcp-ehco"], "did you mean tcp-echo?");
    refused(&["--shard", "3/2"], "part 3 of 2");
    refused(&["--due", "tomorrow"], "is no time like");
    let solutions = course().root.join("solutions");
    let mut single = class_command(&solutions, &class.db("g.sqlite"), &[]);
    single.assert().code(2).stderr(contains("`grader grade` grades one"));
    let mut merge = grader();
    merge
        .arg("merge")
        .arg(class.db("m"))
        .arg(class.db("gone"))
        .assert()
        .code(2)
        .stderr(contains("gone: no gradebook"));
}
