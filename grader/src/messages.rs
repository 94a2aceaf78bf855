//! What cargo says of a build, one JSON object a line (`--message-format=json`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The parts of cargo's messages that a grade needs.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-artifact")]
    Artifact { manifest_path: PathBuf, target: Target, executable: Option<PathBuf> },
    #[serde(rename = "compiler-message")]
    Diagnostic { manifest_path: PathBuf, message: Diagnostic },
    #[serde(rename = "build-finished")]
    Finished { success: bool },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
}

/// One package's part in a build.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PackageBuild {
    /// Its programs that were built, by name.
    pub programs: BTreeMap<String, PathBuf>,
    /// The compiler's errors as a person reads them.
    pub errors: Vec<String>,
    /// The compiler's warnings.
    pub warnings: Vec<String>,
}

/// A whole build.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// By the package's folder.
    pub packages: BTreeMap<PathBuf, PackageBuild>,
    /// What cargo said at its end; `None` = it never got there.
    pub success: Option<bool>,
}

impl Build {
    /// Reads cargo's stdout. Lines that are not its messages are passed over.
    pub fn parse(stdout: &[u8]) -> Build {
        let mut build = Build::default();
        let messages =
            stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
        for message in messages {
            match message {
                Message::Artifact { manifest_path, target, executable: Some(path) } => {
                    build.package(&manifest_path).programs.insert(target.name, path);
                }
                Message::Diagnostic {
                    manifest_path,
                    message: Diagnostic { level, rendered: Some(text) },
                } => {
                    let package = build.package(&manifest_path);
                    match level.as_str() {
                        "warning" => package.warnings.push(text),
                        level if level.starts_with("error") => package.errors.push(text),
                        _ => {}
                    }
                }
                Message::Finished { success } => build.success = Some(success),
                _ => {}
            }
        }
        build
    }

    fn package(&mut self, manifest: &Path) -> &mut PackageBuild {
        self.packages.entry(manifest.parent().unwrap_or(manifest).to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_errors_and_the_end_are_found_by_package() {
        let stdout = br#"{"reason":"compiler-artifact","package_id":"x","manifest_path":"/w/03-a/Cargo.toml","target":{"kind":["bin"],"name":"a-server","src_path":"/w"},"executable":"/t/a-server","fresh":true}
{"reason":"compiler-artifact","manifest_path":"/w/03-a/Cargo.toml","target":{"name":"a"},"executable":null}
{"reason":"compiler-message","manifest_path":"/w/13-b/Cargo.toml","target":{},"message":{"level":"error","rendered":"error: no\n"}}
{"reason":"compiler-message","manifest_path":"/w/13-b/Cargo.toml","message":{"level":"warning","rendered":"warning: hm\n"}}
{"reason":"compiler-message","manifest_path":"/w/13-b/Cargo.toml","message":{"level":"failure-note","rendered":"For more"}}
{"reason":"build-script-executed","manifest_path":"/w"}
{"forged": true
PASS
{"reason":"build-finished","success":false}
"#;
        let build = Build::parse(stdout);
        assert_eq!(build.success, Some(false));
        let a = &build.packages[Path::new("/w/03-a")];
        assert_eq!(a.programs, BTreeMap::from([("a-server".into(), "/t/a-server".into())]));
        let b = &build.packages[Path::new("/w/13-b")];
        assert_eq!(
            (b.errors.as_slice(), b.warnings.as_slice()),
            (&["error: no\n".into()][..], &["warning: hm\n".into()][..])
        );
    }

    #[test]
    fn a_build_that_broke_off_has_no_end() {
        assert_eq!(Build::parse(b"").success, None);
    }
}
