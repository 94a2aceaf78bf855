//! A student's repository in a temporary folder: small, and made anew for each test.
#![allow(dead_code, reason = "each test file uses some of it")]
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// What lab 02 was handed out as.
pub(crate) const STUB: [(&str, &str); 3] = [
    ("Cargo.toml", "[package]\n"),
    ("src/lib.rs", "pub(crate) fn answer() {\n    todo!(\"answer\")\n}\n"),
    ("src/bin/tcp-hello-server.rs", "fn main() {}\n"),
];
pub(crate) const LAB: &str = "exercises/02-tcp-hello";

pub(crate) struct Repository {
    folder: TempDir,
}

impl Repository {
    /// One as it was just cloned.
    pub(crate) fn new() -> Repository {
        let repository = Repository { folder: tempfile::tempdir().unwrap() };
        repository.hand_out(&STUB, &[("README.md", "Read me.\n"), ("grader/checks/src/lib.rs", "// 1\n")]);
        repository
    }

    /// One with nothing in it.
    pub(crate) fn empty() -> Repository {
        Repository { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Writes an edition of the course: these files of lab 02, and these others.
    pub(crate) fn hand_out(&self, stub: &[(&str, &str)], others: &[(&str, &str)]) {
        let mut files: Vec<(String, &str)> =
            stub.iter().map(|(path, text)| (format!("{LAB}/{path}"), *text)).collect();
        files.push(("exercises/labkit/Cargo.toml".into(), ""));
        files.extend(others.iter().map(|(path, text)| ((*path).to_owned(), *text)));
        let labs: serde_json::Map<String, serde_json::Value> =
            stub.iter().map(|(path, text)| (format!("02-tcp-hello/{path}"), (*text).into())).collect();
        let hashes: serde_json::Map<String, serde_json::Value> =
            files.iter().map(|(path, text)| (path.clone(), sha256(text).into())).collect();
        let record = json!({
            "schema": "wirelab/release/v1",
            "version": format!("1+{}", &sha256(&format!("{files:?}"))[..4]),
            "files": hashes,
            "open": [format!("{LAB}/src/lib.rs")],
            "labs": labs,
        });
        for (path, text) in files {
            self.write(&path, text);
        }
        self.write("grader/release.json", &record.to_string());
    }

    /// The runner, started in the repository.
    pub(crate) fn lab(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.current_dir(self.root()).env_remove("CARGO_MANIFEST_DIR").env_remove("COLUMNS");
        command
    }

    /// What it prints with these arguments, and that it ends with that code.
    pub(crate) fn says(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.lab().args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}");
        text
    }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All files below a folder with their contents.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path(), fs::read(entry.path()).unwrap()));
        }
    }
    found
}
