//! The files for clusters: what they say to their engines, and that the grader understands what they say to it.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::{Predicate, PredicateBooleanExt};
use predicates::str::{contains, is_match};
use yaml_rust2::{Yaml, YamlLoader};

const PROGRAM: &str = "target/release/grader ";
const ENGINES_VARIABLES: [&str; 8] = [
    "SLURM_ARRAY_TASK_ID",
    "SLURM_ARRAY_TASK_MIN",
    "SLURM_ARRAY_TASK_MAX",
    "SLURM_ARRAY_TASK_COUNT",
    "JOB_COMPLETION_INDEX",
    "JOB_COMPLETIONS",
    "CI_NODE_INDEX",
    "CI_NODE_TOTAL",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn file(name: &str) -> PathBuf {
    root().join("grader/cluster").join(name)
}

fn documents(name: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(&fs::read_to_string(file(name)).unwrap()).unwrap()
}

/// A program in the course's root, as an engine with these variables starts it.
fn started_with(program: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    for name in ENGINES_VARIABLES {
        command.env_remove(name);
    }
    command.env("GRADER", env!("CARGO_BIN_EXE_grader")).envs(variables.iter().copied());
    command.current_dir(root());
    command
}

/// The commands of a shell script that start the grader, their variables replaced by what an engine makes of them.
fn calls(script: &str, replaced: &[(&str, &str)]) -> Vec<String> {
    let calls = script.lines().filter_map(|line| line.split_once(PROGRAM)).map(|(_, words)| words);
    let spoken = |words: &str| {
        replaced.iter().fold(words.to_owned(), |words, (variable, value)| words.replace(variable, value))
    };
    calls.map(spoken).collect()
}

/// The grader understands the command: all it misses are the submissions or gradebooks, which are not here.
fn is_understood(words: &str, variables: &[(&str, &str)]) {
    let mut command = started_with(env!("CARGO_BIN_EXE_grader"), variables);
    let missing = contains("submissions: no such folder").or(contains("part-*.sqlite: no gradebook"));
    command.args(words.split_whitespace()).assert().code(2).stderr(missing);
}

#[test]
fn the_kubernetes_jobs_are_indexed_and_say_how_many_parts_there_are() {
    let jobs = documents("kubernetes-job.yaml");
    let [parts, merge] = jobs.as_slice() else { panic!("{jobs:#?}") };
    for job in [parts, merge] {
        assert_eq!((job["apiVersion"].as_str(), job["kind"].as_str()), (Some("batch/v1"), Some("Job")));
    }
    let spec = &parts["spec"];
    assert_eq!(spec["completionMode"].as_str(), Some("Indexed"));
    let completions = spec["completions"].as_i64().unwrap();
    let variables = spec["template"]["spec"]["containers"][0]["env"].as_vec().unwrap();
    let told = variables.iter().find(|variable| variable["name"].as_str() == Some("JOB_COMPLETIONS"));
    assert_eq!(told.unwrap()["value"].as_str().unwrap(), completions.to_string());
    assert_eq!(merge["spec"]["suspend"].as_bool(), Some(true));

    let last = (completions - 1).to_string();
    let variables = [("JOB_COMPLETION_INDEX", last.as_str()), ("JOB_COMPLETIONS", &completions.to_string())];
    for job in [parts, merge] {
        let script = job["spec"]["template"]["spec"]["containers"][0]["args"][0].as_str().unwrap();
        let calls = calls(script, &[("$JOB_COMPLETION_INDEX", &last)]);
        assert_eq!(calls.len(), 1, "{script}");
        is_understood(&calls[0], &variables);
    }
}

#[test]
fn the_github_matrix_names_every_part_once() {
    let workflow = &documents("github-matrix.yml")[0];
    let part = &workflow["jobs"]["part"];
    let parts: Vec<i64> =
        part["strategy"]["matrix"]["part"].as_vec().unwrap().iter().map(|n| n.as_i64().unwrap()).collect();
    assert_eq!(parts, (1..=parts.len() as i64).collect::<Vec<_>>());
    assert_eq!(workflow["jobs"]["merge"]["needs"].as_str(), Some("part"));
    for job in ["part", "merge"] {
        let steps = workflow["jobs"][job]["steps"].as_vec().unwrap();
        let scripts = steps.iter().filter_map(|step| step["run"].as_str());
        let count = parts.len().to_string();
        let replaced = [("${{ matrix.part }}", "2"), ("${{ strategy.job-total }}", count.as_str())];
        let calls: Vec<String> = scripts.flat_map(|script| calls(script, &replaced)).collect();
        assert_eq!(calls.len(), 1, "{calls:?}");
        is_understood(&calls[0], &[]);
    }
}

#[test]
fn the_gitlab_job_is_parallel() {
    let pipeline = &documents("gitlab-parallel.yml")[0];
    let count = pipeline["part"]["parallel"].as_i64().unwrap().to_string();
    assert_eq!(pipeline["merge"]["needs"][0].as_str(), Some("part"));
    for job in ["part", "merge"] {
        let script = pipeline[job]["script"].as_vec().unwrap().iter().filter_map(Yaml::as_str);
        let calls: Vec<String> =
            script.flat_map(|line| calls(line, &[("$CI_NODE_INDEX", count.as_str())])).collect();
        assert_eq!(calls.len(), 1, "{calls:?}");
        is_understood(&calls[0], &[("CI_NODE_INDEX", &count), ("CI_NODE_TOTAL", &count)]);
    }
}

#[test]
fn the_slurm_script_says_what_is_wrong() {
    let script = file("slurm.sbatch");
    let script = script.to_str().unwrap();
    let array = |id, first, last, count| {
        [
            ("SLURM_ARRAY_TASK_ID", id),
            ("SLURM_ARRAY_TASK_MIN", first),
            ("SLURM_ARRAY_TASK_MAX", last),
            ("SLURM_ARRAY_TASK_COUNT", count),
        ]
    };
    let parts = tempfile::tempdir().unwrap();
    let refused = |class: &str, variables: &[(&str, &str)], text: &str| {
        let mut command = started_with(script, variables);
        command.arg(class).arg(parts.path()).assert().failure().stdout("").stderr(contains(text));
        assert_eq!(fs::read_dir(parts.path()).unwrap().count(), 0);
    };
    let sample = "fixtures/submissions/sample";
    refused("", &[], "which folder holds the submissions?");
    refused(sample, &[], "SLURM_ARRAY_TASK_ID: submit this with sbatch, as an array");
    refused("gone", &array("4", "1", "4", "4"), "gone: no such folder");
    refused(
        sample,
        &array("5", "1", "4", "4"),
        "SLURM_ARRAY_TASK_ID=5 is no part of SLURM_ARRAY_TASK_COUNT=4",
    );
    refused(sample, &array("two", "1", "4", "4"), "SLURM_ARRAY_TASK_ID=\"two\" is no number");
    // `sbatch --array=3`, to run one part again, would be part 1 of 1.
    refused(sample, &array("3", "3", "3", "1"), "submit the whole array again");
    refused(sample, &array("3", "3", "3", "1")[..1], "SLURM_ARRAY_TASK_COUNT is not");

    let text = fs::read_to_string(script).unwrap();
    assert!(is_match("(?m)^#SBATCH --array=1-[0-9]+$").unwrap().eval(&text));
}
