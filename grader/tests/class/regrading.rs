//! What becomes of a grade that stands.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::fixture::{Class, LAB, class_command, scores, turn};

#[test]
fn a_grade_that_stands_is_only_replaced_on_demand() {
    let _turn = turn();
    let class = Class::new();
    class.put("ann", Some("always-in-capitals"), "ann");
    class.put("bob", None, "bob");
    let before = scores(&class.grade("g", &[]));
    assert_eq!(before["ann"].0, "FAIL");
    class.put("ann", None, "ann again");

    let mut asked = class_command(&class.folder(), &class.db("g"), &["--lab", LAB]);
    let line = "ann  tcp-echo";
    asked.assert().code(1).stderr(contains(line).and(contains("→  100/100 PASS")).and(contains("--yes")));
    let kept = class.grade("g", &["--dry-run"]);
    assert_eq!((scores(&kept), &kept["graded"], &kept["replaced"]), (before, &0.into(), &false.into()));
    assert_eq!(kept["changes"][0]["new"]["score"], 100);

    let replaced = class.grade("g", &["--yes"]);
    assert_eq!((&replaced["graded"], &replaced["replaced"]), (&0.into(), &true.into()));
    assert_eq!(scores(&replaced)["ann"], ("PASS".to_owned(), 100));
    assert_eq!(class.grade("g", &[])["changes"], serde_json::json!([]));
}
