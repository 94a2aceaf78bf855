//! The programs that the book types are all installed in the container.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{DOCKERFILE, read, root};

/// What is in the base image, because Debian, Rust or dev containers can't do without, or in every shell.
const IN_THE_IMAGE: [&str; 15] = [
    "apt", "awk", "bash", "cargo", "cd", "cmp", "getent", "prlimit", "printf", "rustc", "sed", "sysctl",
    "timeout", "unshare", "wc",
];
/// Programs that come in a package with another one, or that only the page of tools names.
const ALSO: [(&str, &str); 3] = [("nstat", "iproute2"), ("screen", "screen"), ("ss", "iproute2")];

/// The words behind `apt-get install` or `apt install`, without options.
fn installed(text: &str) -> BTreeSet<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().filter_map(|line| line.split_once(" install ")).map(|(_, words)| words);
    let words = lines.flat_map(|line| line.split("&&").next().unwrap_or(line).split_whitespace());
    words.filter(|word| !word.starts_with('-')).map(str::to_owned).collect()
}

/// In which package each program is, as `.ci/run` has it.
fn packages() -> BTreeMap<String, String> {
    let script = read(".ci/run");
    let (_, list) = script.split_once("for tool in ").unwrap();
    let (list, _) = list.split_once("; do").unwrap();
    let pairs = list.split_whitespace().filter_map(|word| word.split_once(':'));
    pairs.chain(ALSO).map(|(program, package)| (program.to_owned(), package.to_owned())).collect()
}

/// The pages that students have.
fn pages() -> Vec<(String, String)> {
    let summary = read("book/src/SUMMARY.md");
    let (students, _) = summary.split_once("# For instructors").unwrap();
    let links = students.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(')'));
    let pages: Vec<_> =
        links.map(|page| (page.to_owned(), read(&format!("book/src/{page}").replace("./", "")))).collect();
    assert!(pages.len() > 40, "the list of pages has another form");
    pages
}

/// Whether students write it themselves.
fn is_of_a_lab(program: &str) -> bool {
    let mut labs = fs::read_dir(root().join("exercises")).unwrap().flatten();
    labs.any(|lab| lab.path().join(format!("src/bin/{program}.rs")).is_file())
}

/// The first word of each command of a line.
fn commands(line: &str) -> impl Iterator<Item = &str> {
    let commands = line
        .split(" | ")
        .filter_map(|command| command.split_whitespace().find(|word| *word != "sudo" && !word.contains('=')));
    commands.filter(|word| word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-'))
}

/// Every program that is typed at a prompt, in a page or in a recorded session, with the place.
fn typed() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (page, text) in pages() {
        let blocks = text.split("```").skip(1).step_by(2).filter(|block| block.starts_with("console"));
        for line in blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("$ ")) {
            found.extend(commands(line).map(|word| (word.to_owned(), page.clone())));
        }
    }
    for entry in fs::read_dir(root().join("book/transcripts")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let session: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
            let needs = session.get("needs").and_then(toml::Value::as_array).into_iter().flatten();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.extend(needs.filter_map(|word| Some((word.as_str()?.to_owned(), name.clone()))));
        }
    }
    found
}

#[test]
fn every_program_that_the_book_types_is_in_the_container() {
    let (packages, installed) = (packages(), installed(&read(DOCKERFILE)));
    let typed = typed();
    assert!(typed.len() > 200, "the book types {} programs: are they still found?", typed.len());
    for (program, place) in typed {
        match packages.get(&program) {
            Some(package) => assert!(
                installed.contains(package) || IN_THE_IMAGE.contains(&program.as_str()),
                "{place} types {program}: {DOCKERFILE} lacks {package}"
            ),
            None => assert!(
                IN_THE_IMAGE.contains(&program.as_str()) || is_of_a_lab(&program),
                "{place} types {program}: in which package is it? (.ci/run, or this test's own list)"
            ),
        }
    }
}

/// In running text and tables there are names that are no programs: only the known ones count.
#[test]
fn every_program_that_the_book_names_with_arguments_is_in_the_container() {
    let (packages, installed) = (packages(), installed(&read(DOCKERFILE)));
    let mut count = 0;
    for (page, text) in pages() {
        for span in text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)) {
            let mut words = span.split_whitespace();
            let (Some(program), Some(_)) = (words.next(), words.next()) else { continue };
            let Some(package) = packages.get(program) else { continue };
            count += 1;
            let is_there = installed.contains(package) || IN_THE_IMAGE.contains(&program);
            assert!(is_there, "{page}: `{span}`: {DOCKERFILE} lacks {package}");
        }
    }
    assert!(count > 100, "the book names {count} commands: are they still found?");
}

/// The container is no poorer than a machine that was set up by hand.
#[test]
fn what_the_setup_page_and_the_doctor_ask_for_is_in_the_container() {
    let mut container = installed(&read(DOCKERFILE));
    // The image has gcc and libc6-dev.
    container.insert("build-essential".to_owned());
    let by_hand = installed(&read("book/src/setup.md"));
    assert!(by_hand.contains("tcpdump"), "the setup page has another form");
    let missing: Vec<_> = by_hand.difference(&container).collect();
    assert!(missing.is_empty(), "{DOCKERFILE} lacks {missing:?} of book/src/setup.md");

    let doctor = read("exercises/lab/src/doctor.rs");
    let (_, list) = doctor.split_once("const TOOLS").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    let asked: BTreeSet<String> =
        list.lines().filter_map(|line| Some(line.split('"').nth(3)?.to_owned())).collect();
    assert!(asked.contains("tcpdump"), "the doctor's list has another form");
    for (list, place) in [(&container, DOCKERFILE), (&by_hand, "book/src/setup.md")] {
        let missing: Vec<_> = asked.difference(list).collect();
        assert!(missing.is_empty(), "{place} lacks {missing:?} of `cargo lab doctor`");
    }
}
