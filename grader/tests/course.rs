//! What the course promises of itself, as far as it can be seen without running a check.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use grader::catalog;
use grader::course::{Course, LabFolder};
use grader::{bugs, markers, release, tree, workspace};

fn course() -> Course {
    Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap()
}

#[test]
fn every_solution_has_checks_and_every_check_a_solution() {
    let folders: Vec<String> = course().labs.iter().map(LabFolder::folder).collect();
    let contracts: Vec<String> = catalog::all().iter().map(|contract| contract.public.folder()).collect();
    assert_eq!(folders, contracts);
}

#[test]
fn the_checks_of_a_lab_are_worth_100_points() {
    for contract in catalog::all() {
        let points: u32 = contract.checks(false).iter().map(|entry| entry.check.points).sum();
        assert_eq!(points, 100, "{}", contract.name());
    }
}

#[test]
fn no_two_checks_of_a_lab_have_the_same_name() {
    for contract in catalog::all() {
        let checks = contract.checks(false);
        let names: BTreeSet<&str> = checks.iter().map(|entry| entry.check.name).collect();
        assert_eq!(names.len(), checks.len(), "{}", contract.name());
    }
}

#[test]
fn every_check_says_what_must_be_true_and_has_three_hints() {
    for contract in catalog::all() {
        for entry in contract.checks(false) {
            let check = entry.check;
            let place = format!("{} {}", contract.name(), check.name);
            assert!(!check.says.is_empty(), "{place} says nothing");
            assert!(check.hints.iter().all(|hint| !hint.is_empty()), "{place} has an empty hint");
        }
    }
}

#[test]
fn checks_stand_in_the_order_of_their_stages() {
    for contract in catalog::all() {
        for lab in [contract.public, contract.hidden] {
            assert!(lab.checks.is_sorted_by_key(|check| check.stage), "{}", lab.name);
        }
    }
}

#[test]
fn the_two_halves_of_a_lab_agree_on_what_it_is() {
    for contract in catalog::all() {
        let [public, hidden] = [contract.public, contract.hidden].map(|lab| (lab.number, lab.title));
        assert_eq!(public, hidden, "{}", contract.name());
    }
}

#[test]
fn the_tables_of_labs_are_whole() {
    let course = course();
    for page in ["README.md", "book/src/welcome.md"] {
        let text = std::fs::read_to_string(course.root.join(page)).unwrap();
        let listed: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split_once('`')?.1.split_once('`'))
            .map(|(name, _)| name)
            .filter(|name| course.lab(name).is_ok())
            .collect();
        assert_eq!(listed, catalog::all().iter().map(catalog::Contract::name).collect::<Vec<_>>(), "{page}");
    }
}

#[test]
fn the_sample_classs_untouched_stubs_are_those_handed_out() {
    let course = course();
    let hugo = course.root.join("fixtures/submissions/sample/hugo");
    for (path, bytes) in tree::read(&hugo, &|_| false).unwrap() {
        let stub = std::fs::read(course.exercises().join(&path)).unwrap();
        assert!(bytes == stub, "copy exercises/{path} to {}", hugo.join(&path).display());
    }
}

#[test]
fn no_two_labs_have_a_program_of_the_same_name() {
    let course = course();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for lab in &course.labs {
        let solution = release::solution(&course, lab).unwrap();
        for program in workspace::program_names(lab, &solution).unwrap() {
            if let Some(other) = owners.insert(program.clone(), &lab.name) {
                panic!("{other} and {} both build {program}, into the same target directory", lab.name);
            }
        }
    }
}

/// What a submission has in these files is ignored (they hold no marker), and nothing of a student's is linked with them:
/// nobody makes the patient sicker or healthier than it is.
#[test]
fn the_patient_of_the_clinic_is_the_courses_own() {
    let course = course();
    let solution = release::solution(&course, course.lab("server-clinic").unwrap()).unwrap();
    let patient: Vec<_> =
        solution.iter().filter(|(path, _)| path.starts_with("src/bin/buggy-server/")).collect();
    assert!(patient.len() > 5, "the patient's files are elsewhere");
    for (path, bytes) in patient {
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(!markers::holds_marker(text), "{path}: a student may write it");
        assert!(!text.contains("server_clinic::"), "{path} uses the student's library");
    }
}

#[test]
fn every_bug_applies_to_its_solution_and_names_a_check() {
    let course = course();
    for contract in catalog::all() {
        let solution = release::solution(&course, course.lab(contract.name()).unwrap()).unwrap();
        let text = std::str::from_utf8(&solution["bugs.toml"]).unwrap();
        for bug in bugs::parse(contract.name(), text).unwrap() {
            bug.apply(&solution).unwrap();
            contract.check(&bug.caught_by).unwrap();
        }
    }
}
