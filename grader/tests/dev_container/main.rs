//! The dev containers, of this repository and of the students': valid by the specification, for every architecture, with
//! every program that the book types, and with the rights that the checks need.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

mod programs;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

use json_comments::CommentSettings;
use schema::Schema;
use serde_json::{Value, json};

/// The two: where their settings are, from the root.
const SETTINGS: [&str; 2] =
    [".devcontainer/devcontainer.json", "grader/handout/.devcontainer/devcontainer.json"];
const DOCKERFILE: &str = ".devcontainer/Dockerfile";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// JSON with comments, and no other liberty: so the specification says of its files.
fn parsed(text: &str) -> Result<Value, String> {
    let text = CommentSettings::c_style().strip_comments(text.as_bytes());
    serde_json::from_reader(text).map_err(|error| error.to_string())
}

fn settings(path: &str) -> Value {
    parsed(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `schemas/devContainer.base.schema.json` of github.com/devcontainers/spec at c95ffee, under the licence beside it.
fn specification() -> Schema {
    let text = include_str!("specification/devContainer.base.schema.json");
    Schema(serde_json::from_str(text).unwrap())
}

#[test]
fn the_settings_are_valid_by_the_specification() {
    for path in SETTINGS {
        specification().admits(&settings(path)).unwrap_or_else(|problem| panic!("{path}{problem}"));
    }
}

#[test]
fn the_specification_refuses_what_is_mistyped() {
    let text = read(SETTINGS[0]);
    for (right, wrong) in [
        ("\"forwardPorts\": [3000]", "\"forwardPorts\": 3000"),
        ("\"forwardPorts\": [3000]", "\"forwardPorts\": [70000]"),
        ("\"forwardPorts\": [3000]", "\"forwardPorts\": [\"the book\"]"),
        ("\"remoteUser\"", "\"remoteuser\""),
        ("\"dockerfile\"", "\"dockerFile\""),
        ("\"build\": { \"dockerfile\": \"Dockerfile\" }", "\"image\": [\"debian\"]"),
        ("\"notify\"", "\"tell\""),
        ("\"runArgs\": [", "\"runArgs\": [1,"),
        ("\"name\": \"wirelab\",", "\"name\": \"wirelab\",,"),
        ("\"name\": \"wirelab\",", "\"name\": 'wirelab',"),
    ] {
        let mistyped = text.replace(right, wrong);
        assert_ne!(mistyped, text, "{right} isn't there");
        let verdict = parsed(&mistyped).and_then(|settings| specification().admits(&settings));
        assert!(verdict.is_err(), "{wrong} is taken");
    }
}

#[test]
fn the_students_container_differs_only_in_what_it_builds_and_opens() {
    let [mut ours, mut theirs] = SETTINGS.map(settings);
    for settings in [&mut ours, &mut theirs] {
        let members = settings.as_object_mut().unwrap();
        for name in ["postCreateCommand", "postAttachCommand"] {
            assert!(members.remove(name).is_some(), "{name} is missing");
        }
        members["customizations"]["vscode"].as_object_mut().unwrap().remove("settings");
    }
    assert_eq!(ours, theirs);
}

/// `cell`'s rung A needs user namespaces, and mounts and a fresh `/proc` within them; raw sockets in the container's own
/// network need the capabilities.
#[test]
fn docker_is_asked_for_what_the_checks_and_captures_need() {
    let asked = json!([
        "--security-opt=seccomp=unconfined",
        "--security-opt=apparmor=unconfined",
        "--security-opt=systempaths=unconfined",
        "--cap-add=NET_ADMIN",
        "--cap-add=NET_RAW"
    ]);
    for path in SETTINGS {
        assert_eq!(settings(path)["runArgs"], asked, "{path}");
    }
}

/// Debian's packages, and the base image, exist for amd64 and arm64. What is fetched by its architecture's name, or in
/// another way, might not.
#[test]
fn nothing_is_for_one_architecture_only() {
    for path in [SETTINGS[0], SETTINGS[1], DOCKERFILE] {
        let text = read(path);
        let said: String = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        for word in ["amd64", "arm64", "x86", "aarch64", "--platform", "http", "ADD ", "cargo install"] {
            assert!(!said.contains(word), "{path}: {word}");
        }
    }
    let dockerfile = read(DOCKERFILE);
    let base: Vec<&str> = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM ")).collect();
    assert_eq!(base, ["mcr.microsoft.com/devcontainers/rust:1-bookworm"], "is the new one multi-arch?");
}

#[test]
fn the_book_is_served_at_the_port_that_is_offered() {
    for path in SETTINGS {
        let settings = settings(path);
        assert_eq!(settings["forwardPorts"], json!([3000]), "{path}");
        assert_eq!(settings["portsAttributes"]["3000"]["onAutoForward"], "notify", "{path}");
        let started = settings["postAttachCommand"]["book"].as_str().unwrap().to_owned();
        assert!(started.ends_with("cargo lab book"), "{path}: {started}");
    }
    for program in ["book/builder/main.rs", "exercises/lab/src/main.rs"] {
        assert!(read(program).contains("default_value_t = 3000"), "{program} has another port");
    }
}

#[test]
fn rust_analyzer_knows_both_workspaces() {
    let linked =
        &settings(SETTINGS[0])["customizations"]["vscode"]["settings"]["rust-analyzer.linkedProjects"];
    let projects: Vec<&str> = linked.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(projects, ["Cargo.toml", "exercises/Cargo.toml"]);
    for project in projects {
        assert!(read(project).contains("[workspace]"), "{project} is no workspace");
    }
}

#[test]
fn the_editors_have_tasks_for_checks_watching_and_the_book() {
    for path in [".vscode/tasks.json", "grader/handout/.vscode/tasks.json"] {
        let tasks = settings(path);
        let tasks = tasks["tasks"].as_array().unwrap();
        let told: Vec<_> = tasks.iter().map(|task| (&task["label"], &task["command"])).collect();
        let expected =
            ["check", "watch", "book"].map(|name| (json!(name), json!(format!("cargo lab {name}"))));
        assert_eq!(told, expected.each_ref().map(|(label, command)| (label, command)), "{path}");
    }
}
