//! What the course promises of itself, as far as it can be seen without running a check.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use grader::catalog;
use grader::course::{Course, LabFolder};
use grader::{bugs, release, workspace};

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
