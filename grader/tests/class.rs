//! A class: who gets which grade, what is graded twice, and what is left when something goes wrong.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use assert_cmd::Command;
use grader::bugs;
use grader::course::Course;
use grader::gradebook::Gradebook;
use grader::tree::Tree;
use grader::{markers, release};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

const LAB: &str = "tcp-echo";

fn course() -> Course {
    Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap()
}

/// Tests of this file build in the same few workspaces: one at a time, whoever runs them.
fn turn() -> File {
    let file = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("class-tests.lock")).unwrap();
    file.lock().unwrap();
    file
}

fn grader() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
    command.current_dir(course().root);
    command
}

/// `grader class` with a JSON summary.
fn class(folder: &Path, db: &Path, arguments: &[&str]) -> Command {
    let mut command = grader();
    command.arg("class").arg(folder).arg("--db").arg(db).args(["--format", "json"]).args(arguments);
    command
}

fn summary(command: &mut Command) -> Value {
    let output = command.assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// A folder of submissions of one lab: the reference, or one of its bugs.
struct Class {
    root: TempDir,
    course: Course,
    solution: Tree,
}

impl Class {
    fn new() -> Class {
        let course = course();
        let solution = release::solution(&course, course.lab(LAB).unwrap()).unwrap();
        Class { root: tempfile::tempdir().unwrap(), course, solution }
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("class")
    }

    fn db(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// What a student may write, with a remark at the end that makes it unlike others'.
    fn put(&self, student: &str, bug: Option<&str>, remark: &str) {
        let work = match bug {
            None => self.solution.clone(),
            Some(name) => {
                let text = std::str::from_utf8(&self.solution["bugs.toml"]).unwrap();
                let bugs = bugs::parse(LAB, text).unwrap();
                bugs.iter().find(|bug| bug.name == name).unwrap().apply(&self.solution).unwrap()
            }
        };
        let folder = self.folder().join(student).join(self.course.lab(LAB).unwrap().folder());
        for (path, bytes) in &work {
            let ours = std::str::from_utf8(&self.solution[path]);
            if ours.is_ok_and(markers::holds_marker) {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, [bytes.as_slice(), format!("\n// {remark}\n").as_bytes()].concat()).unwrap();
            }
        }
    }

    fn grade(&self, db: &str, arguments: &[&str]) -> Value {
        summary(class(&self.folder(), &self.db(db), &["--lab", LAB]).args(arguments))
    }
}

/// (verdict, score) by student.
fn scores(summary: &Value) -> BTreeMap<String, (String, u64)> {
    let students = summary["students"].as_array().unwrap();
    students
        .iter()
        .map(|student| {
            let lab = student["labs"].as_array().unwrap().iter().find(|lab| lab["lab"] == LAB).unwrap();
            let verdict = lab["verdict"].as_str().unwrap().to_owned();
            (student["student"].as_str().unwrap().to_owned(), (verdict, lab["score"].as_u64().unwrap()))
        })
        .collect()
}

/// Every student's verdict on every check, in the order of the contract.
fn verdicts(db: &Path) -> BTreeMap<String, Vec<String>> {
    let students = Gradebook::read(db).unwrap().results(false).unwrap();
    let of_student = |student: &grader::gradebook::StudentResult| {
        let checks = student.labs.iter().flat_map(|lab| &lab.report.checks);
        checks.map(|check| format!("{} {}", check.check, check.verdict.word())).collect()
    };
    students.iter().map(|student| (student.person.id.clone(), of_student(student))).collect()
}

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
    let first = summary(&mut class(&folder, &db, &due));
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
    let second = summary(&mut class(&folder, &db, &due));
    assert_eq!((&second["graded"], &second["known"]), (&0.into(), &52.into()));
    assert!(before.elapsed() < Duration::from_secs(20), "{:?}", before.elapsed());
    assert_eq!(first["students"], second["students"]);
}

#[test]
fn a_grade_that_stands_is_only_replaced_on_demand() {
    let _turn = turn();
    let class = Class::new();
    class.put("ann", Some("always-in-capitals"), "ann");
    class.put("bob", None, "bob");
    let before = scores(&class.grade("g", &[]));
    assert_eq!(before["ann"].0, "FAIL");
    class.put("ann", None, "ann again");

    let mut asked = self::class(&class.folder(), &class.db("g"), &["--lab", LAB]);
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

#[test]
fn a_grader_that_is_killed_loses_nothing_and_grades_nothing_twice() {
    const KILLS: usize = 20;
    let _turn = turn();
    let class = Class::new();
    for (number, bug) in
        [None, Some("always-in-capitals"), None, Some("answer-without-newline")].iter().enumerate()
    {
        class.put(&format!("s{number}"), *bug, &format!("student {number}"));
    }
    let arguments = ["--lab", LAB, "--public-only"];
    let began = Instant::now();
    summary(&mut self::class(&class.folder(), &class.db("undisturbed"), &arguments));
    let length = began.elapsed();
    let expected = verdicts(&class.db("undisturbed"));

    let (mut kills, mut book) = (0, 0);
    while kills < KILLS {
        let db = class.db(&format!("disturbed-{book}"));
        // Moments spread over a whole run; one that is resumed is shorter, and sometimes comes to its end.
        let moment = length.mul_f64((kills as f64 * 0.618).fract());
        if is_killed_after(start(&class.folder(), &db, &arguments), moment) {
            kills += 1;
        } else {
            assert_eq!(verdicts(&db), expected, "after {kills} kills");
            book += 1;
        }
    }
    let db = class.db(&format!("disturbed-{book}"));
    summary(&mut self::class(&class.folder(), &db, &arguments));
    for book in 0..=book {
        let db = class.db(&format!("disturbed-{book}"));
        assert_eq!(verdicts(&db), expected, "gradebook {book}");
        let gradings = count(&db, "SELECT count(*) FROM grading");
        let keys = count(&db, "SELECT count(DISTINCT key) FROM grading");
        assert_eq!((gradings, keys), (4, 4), "gradebook {book}");
    }
}

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
        let part = start(&class.folder(), &class.db("second"), &second);
        if !is_killed_after(part, length.mul_f64(moment)) {
            break;
        }
        kills += 1;
        if class.db("second").is_file() {
            let told = contains("part 2 of 2 did not come to its end").or(contains(missing));
            merge("cut-off", &["first", "second"]).assert().code(1).stderr(told);
        }
    }
    assert!(kills > 0);
    summary(&mut self::class(&class.folder(), &class.db("second"), &second));
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

fn start(folder: &Path, db: &Path, arguments: &[&str]) -> Child {
    #[expect(
        clippy::disallowed_methods,
        reason = "assert_cmd waits for the end, and this one is to be killed"
    )]
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_grader"));
    command.arg("class").arg(folder).arg("--db").arg(db).args(arguments).current_dir(course().root);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills the child with SIGKILL at that moment, unless it has ended well before.
fn is_killed_after(child: Child, moment: Duration) -> bool {
    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    let (ended, end) = channel();
    let mut child = child;
    let waiter = thread::spawn(move || {
        // Stays a zombie until the test has let go of its number.
        let id = nix::sys::wait::Id::Pid(pid);
        let flags = nix::sys::wait::WaitPidFlag::WEXITED | nix::sys::wait::WaitPidFlag::WNOWAIT;
        nix::sys::wait::waitid(id, flags).unwrap();
        let _ = ended.send(());
    });
    let in_time = end.recv_timeout(moment).is_ok();
    if !in_time {
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    }
    waiter.join().unwrap();
    let status = child.wait().unwrap();
    assert!(!in_time || status.success(), "{status}");
    status.code().is_none()
}

fn count(db: &Path, sql: &str) -> i64 {
    let connection = rusqlite::Connection::open(db).unwrap();
    let integrity: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let _turn = turn();
    let class = Class::new();
    for number in 0..3 {
        class.put(&format!("s{number}"), Some("answer-without-newline"), &format!("student {number}"));
    }
    let expected = scores(&class.grade("undisturbed", &["--public-only"]));
    // A tmpfs that only this command sees: first the gradebook barely fits, then there is room.
    let script = r#"set -e
        mount -t tmpfs -o size=260k none "$DISK"
        code=0; "$GRADER" class "$CLASS" --db "$DISK/g" --lab tcp-echo --public-only || code=$?
        echo "first: $code"
        mount -o remount,size=64m "$DISK"
        "$GRADER" class "$CLASS" --db "$DISK/g" --lab tcp-echo --public-only
        cp "$DISK/g" "$OUT""#;
    let disk = class.root.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let out = class.db("saved");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).current_dir(course().root);
    command.env("GRADER", env!("CARGO_BIN_EXE_grader")).env("CLASS", class.folder());
    command.env("DISK", &disk).env("OUT", &out);
    let full = contains("writing to the gradebook").and(contains("disk/g")).and(contains("full"));
    command.assert().success().stdout(contains("first: 3")).stderr(full);
    let again = class.grade("saved", &["--public-only"]);
    assert_eq!((&again["graded"], scores(&again)), (&0.into(), expected));
}

#[test]
fn a_gradebook_that_can_not_be_written_is_named() {
    let class = Class::new();
    class.put("ann", None, "ann");
    let refused = |db: &Path, text: &str| {
        let mut command = self::class(&class.folder(), db, &["--lab", LAB]);
        command.assert().code(3).stdout("").stderr(contains(db.to_str().unwrap()).and(contains(text)));
    };
    refused(Path::new("/nonexistent/g.sqlite"), "No such file or directory");
    refused(class.root.path(), "Is a directory");
    let text = class.db("notes.txt");
    fs::write(&text, "not a database, but longer than the header of one would be: ".repeat(20)).unwrap();
    refused(&text, "not a database");
    let foreign = class.db("foreign.sqlite");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    refused(&foreign, "no gradebook");
    let later = class.db("later.sqlite");
    rusqlite::Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
    refused(&later, "a later grader");
}

#[test]
fn a_wrong_roster_or_name_writes_nothing() {
    let class = Class::new();
    class.put("ann", None, "ann");
    let roster = class.db("roster.csv");
    let refused = |arguments: &[&str], text: &str| {
        let db = class.db("g.sqlite");
        let mut command = self::class(&class.folder(), &db, arguments);
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
    let mut single = self::class(&solutions, &class.db("g.sqlite"), &[]);
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
