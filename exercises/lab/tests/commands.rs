//! What the commands say that need no build.

mod support;

use support::{LAB, Repository};

#[test]
fn a_new_student_is_told_where_to_begin() {
    let repository = Repository::new();
    let text = repository.says(0, &[]);
    assert!(text.contains("0 of"), "{text}");
    assert!(text.contains("01 net-info: 0 of 7 checks"), "{text}");
    assert!(text.contains("next   read the chapter, `cargo lab book net-info`"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours into a pipe: {text}");
}

#[test]
fn the_lab_of_the_working_directory_is_the_one_to_work_on() {
    let repository = Repository::new();
    let output = repository.lab().current_dir(repository.path(LAB)).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("lab    ░░░░░░░░░░░░  02 tcp-hello: 0 of"), "{text}");
}

#[test]
fn work_of_which_nothing_is_known_is_noticed() {
    let repository = Repository::new();
    assert!(!repository.says(0, &[]).contains("--all"));
    repository.write(&format!("{LAB}/src/lib.rs"), "pub fn answer() {}\n");
    let text = repository.says(0, &[]);
    assert!(
        text.contains("1 lab that you have begun has not been checked yet: cargo lab check --all"),
        "{text}"
    );
}

#[test]
fn every_lab_of_the_course_is_listed_once() {
    let text = Repository::new().says(0, &["list"]);
    for lab in checks::labs::ALL {
        let mine = format!("{:02}  {}", lab.number, lab.name);
        assert_eq!(text.lines().filter(|line| line.contains(&mine)).count(), 1, "{mine} in {text}");
    }
    assert!(text.contains("Streams\n> "), "{text}");
}

#[test]
fn hints_of_the_next_check_tell_more_each_time() {
    let repository = Repository::new();
    let nudge = repository.says(0, &["hint"]);
    let concept = repository.says(0, &["hint"]);
    let code = repository.says(0, &["hint"]);
    assert!(nudge.contains("nudge") && !nudge.contains("concept "), "{nudge}");
    assert!(concept.contains("concept ") && !concept.contains("pseudo-code "), "{concept}");
    assert!(
        code.contains("pseudo-code ") && repository.says(0, &["hint"]).contains("pseudo-code "),
        "{code}"
    );
    // By name the level is what is asked for.
    let named = repository.says(0, &["hint", "net-info", "tells-the-class-of-a-port"]);
    assert!(named.contains("nudge") && named.contains("--level 2"), "{named}");
}

#[test]
fn bugs_and_solutions_wait_until_the_lab_is_done() {
    let repository = Repository::new();
    assert!(repository.says(2, &["bugs", "tcp-hello"]).contains("not done yet"));
    let told = repository.says(0, &["bugs", "tcp-hello", "--anyway"]);
    assert!(told.contains("counter-per-connection"), "{told}");
    let one = repository.says(0, &["bugs", "tcp-hello", "counter-per-connection", "--anyway"]);
    assert!(one.contains("counter-per-connection fails numbers-its-connections"), "{one}");
    let misspelt = repository.says(2, &["bugs", "tcp-hello", "counter-per-conection", "--anyway"]);
    assert!(misspelt.contains("did you mean counter-per-connection?"), "{misspelt}");
    assert!(repository.says(2, &["solution", "tcp-hello"]).contains("was not handed out"));
    repository.write("solutions/02-tcp-hello/src/lib.rs", "pub fn answer() {}\n");
    assert!(repository.says(2, &["solution", "tcp-hello"]).contains("not done yet"));
    let shown = repository.says(0, &["solution", "tcp-hello", "--anyway"]);
    assert!(
        shown.contains("diff -u exercises/02-tcp-hello/src/lib.rs solutions/02-tcp-hello/src/lib.rs"),
        "{shown}"
    );
}

#[test]
fn progress_is_shown_as_bars_as_a_table_and_as_a_badge() {
    let repository = Repository::new();
    assert!(repository.says(0, &["progress"]).contains("Datagrams   ░░░░░░░░░░░░   0 of  5 labs"));
    assert!(repository.says(0, &["progress", "--markdown"]).contains("| lab | | checks | points |"));
    repository.says(0, &["progress", "--svg", "badge.svg"]);
    assert!(repository.read("badge.svg").contains("0 of"));
}

#[test]
fn watch_without_a_terminal_says_what_to_do_instead() {
    let text = Repository::new().says(2, &["watch"]);
    assert!(text.contains("watch needs a terminal; `cargo lab check` does not"), "{text}");
}

#[test]
fn outside_of_a_course_it_says_where_to_go() {
    let folder = tempfile::tempdir().unwrap();
    let output = Repository::new().lab().current_dir(folder.path()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("go to the folder that holds exercises/"), "{text}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn doctor_tells_of_tools_and_cells() {
    let text = Repository::new().says(0, &["doctor"]);
    assert!(text.contains("edition     1+") && text.contains("cells, best rung first:"), "{text}");
}
