//! Grades depend on the work and on nothing else.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use assert_cmd::Command;
use predicates::str::contains;

use crate::fixture::{Class, LAB, course, grader, summary, turn, verdicts};

/// Threads that do nothing, busily, until this is dropped.
struct Load {
    is_over: Arc<AtomicBool>,
}

impl Load {
    fn on_every_core() -> Load {
        let is_over = Arc::new(AtomicBool::new(false));
        for _ in 0..thread::available_parallelism().unwrap().get() {
            let is_over = Arc::clone(&is_over);
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    spin_loop();
                }
            });
        }
        Load { is_over }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

#[test]
fn grades_depend_neither_on_jobs_nor_on_order_nor_on_load_nor_on_shards() {
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
    let load = Load::on_every_core();
    class.grade("parts", &["--jobs", "1", "--student", "cid"]);
    class.grade("parts", &["--jobs", "3", "--student", "bob", "--student", "dan"]);
    class.grade("parts", &["--jobs", "2"]);
    drop(load);
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

#[test]
fn what_a_weaker_machine_said_is_not_taken_for_this_ones_word() {
    let _turn = turn();
    let class = Class::new();
    class.put("ann", None, "ann");
    // Fewer files than some check opens: on such a machine it is skipped.
    let script = r#"ulimit -n 256 && exec "$GRADER" class "$CLASS" --db "$DB" --lab "$LAB" --public-only --format json"#;
    let mut weak = Command::new("sh");
    weak.args(["-c", script]).current_dir(course().root).env("GRADER", env!("CARGO_BIN_EXE_grader"));
    weak.env("CLASS", class.folder()).env("DB", class.db("g")).env("LAB", LAB);
    assert_eq!(summary(&mut weak)["graded"], 1);
    assert_eq!(summary(&mut weak)["graded"], 0);
    assert_eq!(class.grade("g", &["--public-only"])["graded"], 1);
    assert_eq!(class.grade("g", &["--public-only"])["graded"], 0);
}
