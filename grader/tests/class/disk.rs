//! A disk that is full, and files that can't be written or are something else.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use grader::gradebook::{Gradebook, Person};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::fixture::{Class, LAB, class_command, course, scores, turn};

/// A shell script that may mount what nobody else sees. Root needs no user namespace for that, and in one it could not run
/// programs as another user.
fn with_own_mounts(script: &str) -> Command {
    let mut command = Command::new("unshare");
    if !nix::unistd::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "sh", "-c", script]).current_dir(course().root);
    command
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
    let mut command = with_own_mounts(script);
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
        let mut command = class_command(&class.folder(), db, &["--lab", LAB]);
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
fn a_gradebook_is_read_where_nothing_can_be_written() {
    let class = Class::new();
    class.put("ann", None, "ann");
    let shelf = class.root.path().join("shelf");
    fs::create_dir(&shelf).unwrap();
    let person = Person { id: "ann".to_owned(), ..Person::default() };
    Gradebook::open(&shelf.join("g")).unwrap().enter_people(&[person]).unwrap();
    // A mount that only this command sees: even root can't write there.
    let script = r#"mount --bind "$SHELF" "$SHELF" && mount -o remount,bind,ro "$SHELF"
        "$GRADER" report --db "$SHELF/g" --to csv || exit 9
        "$GRADER" class "$CLASS" --db "$SHELF/g" --lab tcp-echo"#;
    let mut command = with_own_mounts(script);
    command.env("GRADER", env!("CARGO_BIN_EXE_grader")).env("CLASS", class.folder()).env("SHELF", &shelf);
    let told = contains("opening the gradebook").and(contains("shelf/g: Read-only file system"));
    command.assert().code(3).stdout(contains("ann,tcp-echo,0,100,MISSING")).stderr(told);
}

#[test]
fn a_report_on_a_full_disk_is_told_and_the_old_one_stays() {
    let class = Class::new();
    let people: Vec<Person> =
        (0..200).map(|number| Person { id: format!("s{number}"), ..Person::default() }).collect();
    Gradebook::open(&class.db("g")).unwrap().enter_people(&people).unwrap();
    // A tmpfs that only this command sees.
    let script = r#"mount -t tmpfs -o size=16k none "$DISK"; echo "the old one" > "$DISK/report"
        "$GRADER" report --db "$DB" --to csv --out "$DISK/report"; echo "code $?"; ls "$DISK"; cat "$DISK/report""#;
    let disk = class.root.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).env("DISK", &disk);
    command.env("GRADER", env!("CARGO_BIN_EXE_grader")).env("DB", class.db("g"));
    let told = contains("disk/report").and(contains("No space left"));
    command.assert().success().stdout("code 3\nreport\nthe old one\n").stderr(told);
}
