//! A grader that is killed.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use crate::fixture::{Class, LAB, class_command, start, summary, turn, verdicts};

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
    summary(&mut class_command(&class.folder(), &class.db("undisturbed"), &arguments));
    let length = began.elapsed();
    let expected = verdicts(&class.db("undisturbed"));

    let (mut kills, mut book) = (0, 0);
    while kills < KILLS {
        let db = class.db(&format!("disturbed-{book}"));
        // Moments spread over a whole run; one that is resumed is shorter, and sometimes comes to its end.
        let moment = length.mul_f64((kills as f64 * 0.618).fract());
        let words = class.root.path().join("words");
        let stderr = File::create(&words).unwrap().into();
        let grader = start(&class.folder(), &db, &arguments, Stdio::null(), stderr);
        if is_killed_after(grader, moment, &words) {
            kills += 1;
        } else {
            assert_eq!(verdicts(&db), expected, "after {kills} kills");
            book += 1;
        }
    }
    let db = class.db(&format!("disturbed-{book}"));
    summary(&mut class_command(&class.folder(), &db, &arguments));
    for book in 0..=book {
        let db = class.db(&format!("disturbed-{book}"));
        assert_eq!(verdicts(&db), expected, "gradebook {book}");
        let gradings = count(&db, "SELECT count(*) FROM grading");
        let keys = count(&db, "SELECT count(DISTINCT key) FROM grading");
        assert_eq!((gradings, keys), (4, 4), "gradebook {book}");
    }
}

/// Kills the child with SIGKILL at that moment, unless it has ended well before.
pub(crate) fn is_killed_after(child: Child, moment: Duration, words: &Path) -> bool {
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
    let is_killed = status.code().is_none();
    assert!(is_killed || status.success(), "{status}: {}", fs::read_to_string(words).unwrap());
    is_killed
}

fn count(db: &Path, sql: &str) -> i64 {
    let connection = rusqlite::Connection::open(db).unwrap();
    let integrity: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}
