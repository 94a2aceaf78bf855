use std::collections::BTreeMap;

use checks::{Audience, Isolation, Verdict};

use super::*;
use crate::catalog;
use crate::report::model::{CheckReport, Fault, LabReport, LabVerdict};

const DUE: i64 = 1_000_000;

struct Class {
    folder: tempfile::TempDir,
}

impl Class {
    fn new() -> Class {
        Class { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, name: &str) -> (Gradebook, i64) {
        self.open_part(name, None, "rung A")
    }

    fn open_part(&self, name: &str, part: Option<&str>, cell: &str) -> (Gradebook, i64) {
        let part = part.map(|part| part.parse::<Shard>().unwrap());
        let mut book = Gradebook::open(&self.path(name)).unwrap();
        let tools = Tools {
            grader: "0.1.0",
            rustc: "rustc".into(),
            checks_sha256: String::new(),
            lockfile_sha256: String::new(),
        };
        let run = book.begin_run(&tools, cell, part).unwrap();
        (book, run)
    }
}

/// A lab of one check, the first of tcp-echo.
fn lab(verdict: Verdict) -> LabReport {
    let contract = catalog::select(&["tcp-echo".to_owned()]).unwrap()[0];
    let entry = contract.checks(false)[0];
    let passed = verdict == Verdict::Pass;
    let fault = Fault { expected: "a".into(), got: "b".into(), step: 3 };
    LabReport {
        lab: contract.name(),
        number: contract.public.number,
        title: contract.public.title,
        verdict: if passed { LabVerdict::Pass } else { LabVerdict::Fail },
        score: if passed { 100 } else { 0 },
        max: 100,
        message: None,
        isolation: Isolation { active: vec!["userns".into()], missing: vec!["procfs".into()] },
        checks: vec![CheckReport {
            check: entry.check.name,
            audience: Audience::Public,
            points: 100,
            earned: if passed { 100 } else { 0 },
            verdict,
            seconds: 0.5,
            cpu_seconds: 0.25,
            seed: u64::MAX - 6,
            fault: (!passed).then_some(fault),
            skip: None,
            nearest_bug: (!passed).then(|| "some-bug".to_owned()),
            capture: None,
            page: None,
        }],
    }
}

fn seen(sha256: &str) -> Seen {
    let lab = SeenLab { sha256: sha256.to_owned(), modified_at: Some(DUE + 1) };
    Seen {
        path: format!("class/{sha256}"),
        sha256: sha256.to_owned(),
        reading: Reading::Taken,
        ignored: vec!["Cargo.toml".to_owned()],
        submitted_at: None,
        labs: BTreeMap::from([("tcp-echo".to_owned(), lab)]),
    }
}

fn person(id: &str) -> Person {
    Person { id: id.to_owned(), name: Some(format!("{id}, \"the\" =cmd()")), email: None }
}

/// Has the student hand in some work that is graded like that.
fn hand_in(book: &mut Gradebook, run: i64, student: &str, work: &str, verdict: Verdict) -> Vec<Change> {
    book.enter_people(&[person(student)]).unwrap();
    let submission = Some(book.enter_submission(student, &seen(work)).unwrap());
    let score = book.enter_grading(run, work, &lab(verdict), &[Evidence::page(0, "the page")]).unwrap();
    let grade = Grade { student: student.to_owned(), lab: "tcp-echo", submission, score };
    book.enter_grades(&[grade]).unwrap()
}

fn standing(book: &Gradebook) -> Vec<(String, u32)> {
    let results = book.results(false).unwrap();
    results.into_iter().map(|student| (student.person.id, student.labs[0].report.score)).collect()
}

#[test]
fn what_is_entered_is_read_back() {
    let class = Class::new();
    let (mut book, run) = class.open("g");
    assert_eq!(hand_in(&mut book, run, "ann", "w1", Verdict::Fail), []);
    book.enter_due(&["tcp-echo"], DUE, 0).unwrap();
    book.end_run(run).unwrap();
    drop(book);
    let results = Gradebook::read(&class.path("g")).unwrap().results(true).unwrap();
    let [ann] = results.as_slice() else { panic!("{results:?}") };
    assert_eq!((ann.person.clone(), ann.ignored.as_slice()), (person("ann"), &["Cargo.toml".to_owned()][..]));
    assert_eq!(ann.labs[0].report.isolation, lab(Verdict::Fail).isolation);
    let check = &ann.labs[0].report.checks[0];
    assert_eq!(
        (check.seed, check.verdict, check.page.as_deref()),
        (u64::MAX - 6, Verdict::Fail, Some("the page"))
    );
    assert_eq!(check.fault, lab(Verdict::Fail).checks[0].fault);
    assert!(matches!(ann.labs[0].timeliness, Timeliness::Late(_)));
}

#[test]
fn a_changed_grade_waits_and_the_old_one_is_remembered() {
    let class = Class::new();
    let (mut book, run) = class.open("g");
    hand_in(&mut book, run, "ann", "w1", Verdict::Fail);
    let changes = hand_in(&mut book, run, "ann", "w2", Verdict::Pass);
    assert_eq!((changes.len(), changes[0].old.score, changes[0].grade.score.score), (1, 0, 100));
    assert_eq!(standing(&book), [("ann".to_owned(), 0)]);
    book.replace(&changes).unwrap();
    assert_eq!(standing(&book), [("ann".to_owned(), 100)]);
    let past: i64 =
        book.connection.query_row("SELECT count(*) FROM past_grade", [], |row| row.get(0)).unwrap();
    assert_eq!(past, 1);
    assert_eq!(book.grading_of("w1").unwrap().unwrap().score, 0);
}

#[test]
fn quarantine_is_no_grade_and_ends_with_one() {
    let class = Class::new();
    let (mut book, run) = class.open("g");
    hand_in(&mut book, run, "ann", "w1", Verdict::Pass);
    let trouble =
        Quarantined { key: "w2".into(), lab: "tcp-echo".into(), attempts: 3, reason: "killed".into() };
    book.quarantine(&trouble).unwrap();
    book.quarantine(&trouble).unwrap();
    let attempts = |book: &Gradebook| -> Option<i64> {
        book.connection.query_row("SELECT sum(attempts) FROM quarantine", [], |row| row.get(0)).unwrap()
    };
    assert_eq!((attempts(&book), book.grading_of("w2").unwrap()), (Some(6), None));
    assert_eq!(standing(&book), [("ann".to_owned(), 100)]);
    hand_in(&mut book, run, "ann", "w2", Verdict::Fail);
    assert_eq!(attempts(&book), None);
}

#[test]
fn of_two_gradebooks_the_newest_word_wins_in_either_order() {
    let class = Class::new();
    let (mut old, run) = class.open("old");
    hand_in(&mut old, run, "ann", "w1", Verdict::Fail);
    hand_in(&mut old, run, "bob", "w3", Verdict::Pass);
    old.connection
        .execute_batch("UPDATE grade SET entered_at = 5; UPDATE submission SET seen_at = 5")
        .unwrap();
    let (mut new, run) = class.open("new");
    hand_in(&mut new, run, "ann", "w2", Verdict::Pass);
    drop((old, new));
    for (name, order) in [("a", ["old", "new"]), ("b", ["new", "old"])] {
        let (mut merged, _) = class.open(name);
        for part in order {
            merged.merge(&class.path(part)).unwrap();
        }
        let again = merged.merge(&class.path("old")).unwrap();
        assert_eq!(again, Merged { students: 2, gradings: 3 });
        assert_eq!(standing(&merged), [("ann".to_owned(), 100), ("bob".to_owned(), 100)], "{order:?}");
        assert_eq!(merged.results(true).unwrap()[0].path.as_deref(), Some("class/w2"));
        let report = &merged.results(true).unwrap()[0].labs[0].report;
        assert_eq!((report.checks.len(), &report.isolation), (1, &lab(Verdict::Pass).isolation));
    }
}

/// Every row of every table, with the name of the table before it.
fn rows(book: &Gradebook) -> Vec<String> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = book.connection.prepare(tables).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let of_table = |table: &String| {
        let mut rows = book.connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let width = rows.column_count();
        let text = |row: &rusqlite::Row| {
            let cells = (0..width).map(|place| row.get::<_, rusqlite::types::Value>(place).unwrap());
            Ok(format!("{table} {:?}", cells.collect::<Vec<_>>()))
        };
        rows.query_map([], text).unwrap().map(Result::unwrap).collect::<Vec<String>>()
    };
    tables.iter().flat_map(of_table).collect()
}

#[test]
fn a_gradebook_that_is_merged_again_changes_no_row() {
    let class = Class::new();
    for (name, part, student, work) in [("1", "1/2", "ann", "w1"), ("2", "2/2", "bob", "w1")] {
        let (mut book, run) = class.open_part(name, Some(part), "rung A");
        hand_in(&mut book, run, student, work, Verdict::Fail);
        let changes = hand_in(&mut book, run, student, "w2", Verdict::Pass);
        book.replace(&changes).unwrap();
        let trouble =
            Quarantined { key: "w3".into(), lab: "tcp-echo".into(), attempts: 3, reason: "killed".into() };
        book.quarantine(&trouble).unwrap();
        book.enter_due(&["tcp-echo"], DUE, 0).unwrap();
        book.end_run(run).unwrap();
    }
    let mut merged = Gradebook::open(&class.path("merged")).unwrap();
    for name in ["1", "2"] {
        merged.merge(&class.path(name)).unwrap();
    }
    let once = rows(&merged);
    assert!(once.iter().any(|row| row.starts_with("past_grade")), "{once:#?}");
    for name in ["2", "1", "1"] {
        merged.merge(&class.path(name)).unwrap();
        assert_eq!(rows(&merged), once, "{name} again");
    }
}

#[test]
fn a_part_that_is_missing_or_was_cut_off_is_told() {
    let class = Class::new();
    let part = |name: &str, part, is_finished| {
        let (mut book, run) = class.open_part(name, Some(part), "rung A");
        hand_in(&mut book, run, name, name, Verdict::Pass);
        if is_finished {
            book.end_run(run).unwrap();
        }
    };
    let mut merged = Gradebook::open(&class.path("merged")).unwrap();
    assert_eq!(merged.parts().unwrap(), None);
    let mut gaps_after = |name: &str| {
        merged.merge(&class.path(name)).unwrap();
        merged.parts().unwrap().unwrap().gaps
    };
    part("ann", "1/3", true);
    part("bob", "2/3", false);
    let missing = "part 3 of 3 is not there: grade it, and merge again";
    assert_eq!(gaps_after("ann"), ["part 2 of 3 is not there: grade it, and merge again", missing]);
    let cut_off = "part 2 of 3 did not come to its end: run it again, and merge again";
    assert_eq!(gaps_after("bob"), [cut_off, missing]);
    part("cid", "3/3", true);
    assert_eq!(gaps_after("cid"), [cut_off]);
    // The same run, merged again when it has ended.
    let mut bob = Gradebook::open(&class.path("bob")).unwrap();
    bob.end_run(1).unwrap();
    drop(bob);
    assert!(gaps_after("bob").is_empty());
    // Another run of the part, in the same gradebook.
    part("cid", "3/3", false);
    assert_eq!(gaps_after("cid"), ["part 3 of 3 did not come to its end: run it again, and merge again"]);
    // The class is spread otherwise from now on.
    part("dan", "1/2", true);
    assert_eq!(gaps_after("dan"), ["part 2 of 2 is not there: grade it, and merge again"]);
}

#[test]
fn parts_that_were_graded_in_another_cell_are_told() {
    let class = Class::new();
    let mut merged = Gradebook::open(&class.path("merged")).unwrap();
    for (name, part, cell) in [("1", "1/2", "rung A, wire"), ("2", "2/2", "rung E, no wire")] {
        let (mut book, run) = class.open_part(name, Some(part), cell);
        book.end_run(run).unwrap();
        drop(book);
        merged.merge(&class.path(name)).unwrap();
    }
    let Parts { gaps, differences, .. } = merged.parts().unwrap().unwrap();
    assert!(gaps.is_empty());
    let expected = "part 2 of 2 was graded with another cell than part 1: rung E, no wire, not rung A, wire";
    assert_eq!(differences, [expected]);
}

#[test]
fn a_check_that_changes_its_mind_is_counted() {
    let class = Class::new();
    let (mut book, first) = class.open("g");
    hand_in(&mut book, first, "ann", "w1", Verdict::Fail);
    hand_in(&mut book, first, "bob", "w2", Verdict::Pass);
    drop(book);
    let (mut book, second) = class.open("g");
    hand_in(&mut book, second, "ann", "w1", Verdict::Pass);
    hand_in(&mut book, second, "bob", "w2", Verdict::Pass);
    let results = book.class_results("x", &catalog::all(), false).unwrap();
    let flakes: Vec<_> = results.flakes.values().map(|flakes| (flakes.repeated, flakes.changed)).collect();
    assert_eq!(flakes, [(2, 1)]);
}

#[test]
fn a_gradebook_has_one_writer() {
    let class = Class::new();
    let (book, _) = class.open("g");
    let second = Gradebook::open_within(&class.path("g"), Duration::from_millis(10)).unwrap_err();
    assert!(second.is::<Usage>() && second.to_string().contains("another grader"), "{second:#}");
    Gradebook::read(&class.path("g")).unwrap();
    drop(book);
    Gradebook::open(&class.path("g")).unwrap();
    assert!(Gradebook::read(&class.path("gone")).unwrap_err().is::<Usage>());
}

#[test]
fn a_gradebook_of_version_1_is_brought_up_to_date_and_keeps_everything() {
    let class = Class::new();
    let path = class.path("old");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(MIGRATIONS[0]).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    old.execute_batch(
        "INSERT INTO run VALUES (1, 'u', 1, 2, '0.1.0', 'rustc', '', '', 'rung A');
         INSERT INTO student VALUES ('ann', NULL, NULL, NULL);
         INSERT INTO grading VALUES (1, 'k', 1, 'tcp-echo', 'PASS', 100, 100, NULL, 2);
         INSERT INTO grade VALUES ('ann', 'tcp-echo', 1, NULL, 2);",
    )
    .unwrap();
    drop(old);
    let told = Gradebook::read(&path).unwrap_err().to_string();
    assert!(told.contains("version 1, and this grader reads version 3; `grader class`"), "{told}");
    drop(Gradebook::open(&path).unwrap());
    let book = Gradebook::read(&path).unwrap();
    assert_eq!((standing(&book), book.parts().unwrap()), (vec![("ann".to_owned(), 100)], None));
    assert_eq!(book.results(false).unwrap()[0].labs[0].report.isolation, Isolation::default());
}

#[test]
fn work_that_could_not_be_read_is_no_grade_and_takes_none_away() {
    let class = Class::new();
    let (mut book, run) = class.open("g");
    let trouble = Seen { reading: Reading::Trouble("no room".into()), labs: BTreeMap::new(), ..seen("") };
    hand_in(&mut book, run, "ann", "w1", Verdict::Pass);
    book.enter_people(&[person("bob")]).unwrap();
    for student in ["ann", "bob"] {
        book.enter_submission(student, &trouble).unwrap();
    }
    let results = book.class_results("x", &catalog::select(&["tcp-echo".into()]).unwrap(), false).unwrap();
    let [ann, bob] = results.students.as_slice() else { panic!("{results:?}") };
    assert_eq!(ann.labs[0].report.score, 100);
    assert_eq!((bob.labs.len(), bob.rejected.as_ref(), bob.remark.as_deref()), (0, None, Some("no room")));
    let standing = crate::report::csv::Standing::in_lab(bob, &results.labs[0]);
    assert_eq!((standing.score, standing.verdict), (None, "INFRA"));
}
