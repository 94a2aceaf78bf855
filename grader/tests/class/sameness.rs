//! Grades depend on the work and on nothing else.

use predicates::str::contains;

use crate::fixture::{Class, grader, turn, verdicts};

#[test]
fn grades_depend_neither_on_jobs_nor_on_order_nor_on_shards() {
    let _turn = turn();
    let class = Class::new();
    for (student, bug) in
        [("ann", None), ("bob", Some("always-in-capitals")), ("cid", Some("answer-without-newline"))]
    {
        class.put(student, bug, student);
    }
    class.put("dan", None, "ann");
    let whole = class.grade("whole", &["--jobs", "2"]);
    assert_eq!((&whole["graded"], &whole["known"]), (&3.into(), &0.into()));
    class.grade("parts", &["--jobs", "1", "--student", "cid"]);
    class.grade("parts", &["--jobs", "1", "--student", "bob", "--student", "dan"]);
    class.grade("parts", &["--jobs", "1"]);
    assert_eq!(verdicts(&class.db("whole")), verdicts(&class.db("parts")));

    let mut merge = grader();
    merge.arg("merge").arg(class.db("merged"));
    for number in 1..=3 {
        let name = format!("shard-{number}");
        class.grade(&name, &["--shard", &format!("{number}/3")]);
        merge.arg(class.db(&name));
    }
    merge.assert().success().stdout(contains("4 students"));
    // Once more changes nothing.
    merge.assert().success().stdout(contains("4 students"));
    assert_eq!(verdicts(&class.db("whole")), verdicts(&class.db("merged")));
    let engine = class.grade("merged", &["--dry-run"]);
    assert_eq!((&engine["graded"], &engine["changes"]), (&0.into(), &serde_json::json!([])));
}
