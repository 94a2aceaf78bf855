//! A Gradescope autograder: a zip file with the course, and the two scripts that Gradescope calls.
//!
//! It holds the solutions and the hidden checks, and is for Gradescope and nobody else.

use std::fs::{self, DirEntry};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::cargo::Toolchain;
use crate::catalog::{self, Contract};
use crate::course::Course;
use crate::output;
use crate::text;
use crate::usage::Usage;

const SETUP: &str = include_str!("bundle/setup.sh");
const RUN: &str = include_str!("bundle/run_autograder");
/// What the grader is built from and grades with; whatever else lies in the course's folder stays there.
const PARTS: [&str; 8] =
    [".cargo", "Cargo.lock", "Cargo.toml", "book", "exercises", "fixtures", "grader", "solutions"];
/// What was built, and submissions.
const LEFT_OUT: [&str; 3] = ["book/book", "fixtures/submissions", "target"];

/// The arguments of `grader bundle`.
#[derive(Args)]
pub struct BundleArgs {
    /// The zip file to upload as the assignment's autograder
    #[arg(long, value_name = "FILE", default_value = "autograder.zip")]
    out: PathBuf,
    /// Only this lab; may be given more than once
    #[arg(long, value_name = "NAME")]
    lab: Vec<String>,
    /// Further arguments of `grader grade` there: --public-only, or --allow-weak-isolation if its containers deny
    /// namespaces and you trust your students with the hidden checks
    #[arg(last = true)]
    arguments: Vec<String>,
}

impl BundleArgs {
    /// Writes the zip file.
    ///
    /// # Errors
    /// [`Usage`] for an unknown lab; the course can't be read, or the file can't be written.
    pub fn run(&self, course: &Course, toolchain: &Toolchain) -> Result<()> {
        let labs = catalog::select(&self.lab)?;
        let named = self.lab.iter().flat_map(|lab| ["--lab", lab.as_str()]);
        let arguments: Vec<&str> = named.chain(self.arguments.iter().map(String::as_str)).collect();
        let release = release(&toolchain.version)?;
        let bundle = bundle(&course.root, &labs, release, &arguments)?;
        output::write_bytes(&bundle.zip, &self.out)?;
        println!("{}: {}", self.out.display(), text::count(bundle.files, "file"));
        Ok(())
    }
}

/// `rustc 1.95.0 (59807616e 2026-04-14)` is release 1.95.0.
fn release(version: &str) -> Result<&str> {
    let release =
        version.split_whitespace().nth(1).filter(|release| release.starts_with(|c: char| c.is_ascii_digit()));
    release.with_context(|| format!("{version:?} names no release of Rust"))
}

struct Bundle {
    zip: Vec<u8>,
    files: usize,
}

fn bundle(root: &Path, labs: &[Contract], toolchain: &str, arguments: &[&str]) -> Result<Bundle> {
    let mut files = Vec::new();
    for part in PARTS {
        let path = root.join(part);
        collect(root, &path, &mut files).with_context(|| format!("reading {}", path.display()))?;
    }
    let folders = labs.iter().flat_map(|lab| [lab.public.folder(), lab.name().to_owned()]);
    let folders: Vec<String> = folders.map(|folder| format!("-name {}", quoted(&folder))).collect();
    let names: Vec<String> = labs.iter().map(|lab| lab.public.folder()).collect();
    let arguments: String = arguments.iter().map(|argument| format!(" {}", quoted(argument))).collect();
    let fill = |script: &str| {
        script
            .replace("{{ toolchain }}", toolchain)
            .replace("{{ folders }}", &folders.join(" -o "))
            .replace("{{ labs }}", &names.join(", "))
            .replace("{{ arguments }}", &arguments)
    };
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().unix_permissions(0o644);
    for (name, script) in [("setup.sh", SETUP), ("run_autograder", RUN)] {
        zip.start_file(name, plain.unix_permissions(0o755))?;
        zip.write_all(fill(script).as_bytes())?;
    }
    for path in &files {
        let told = || format!("reading {}", path.display());
        let name = path.strip_prefix(root).expect("it was found there").to_str();
        let name = name.ok_or_else(|| Usage::new(format!("{}: not UTF-8", path.display())))?;
        zip.start_file(format!("course/{name}"), plain)?;
        zip.write_all(&fs::read(path).with_context(told)?)?;
    }
    Ok(Bundle { zip: zip.finish()?.into_inner(), files: files.len() + 2 })
}

/// Every file in a part of the course, in the order of names; links and build products are passed over.
fn collect(root: &Path, path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let relative = path.strip_prefix(root).expect("it lies in the course");
    let is_left_out = LEFT_OUT.iter().any(|out| relative == Path::new(out)) || path.ends_with("target");
    let kind = path.symlink_metadata()?.file_type();
    if is_left_out || kind.is_symlink() {
        return Ok(());
    }
    if kind.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<DirEntry> = fs::read_dir(path)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(DirEntry::file_name);
    entries.iter().try_for_each(|entry| collect(root, &entry.path(), files))
}

/// For a POSIX shell (XCU §2.2.2).
fn quoted(argument: &str) -> String {
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn a_bundle_holds_the_course_and_the_two_scripts() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            ".cargo/config.toml",
            "Cargo.lock",
            "Cargo.toml",
            "book/src/x.md",
            "book/book/index.html",
            "exercises/a",
            "exercises/target/debug/x",
            "fixtures/hex/x",
            "fixtures/submissions/alice/x",
            "grader/src/main.rs",
            "grader/target/x",
            "solutions/03-tcp-echo/src/lib.rs",
            "gradebook.sqlite",
            ".git/config",
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("grader/link")).unwrap();
        let labs = catalog::select(&["tcp-echo".to_owned()]).unwrap();
        let bundle = bundle(root.path(), &labs, "1.95.0", &["--lab", "it's"]).unwrap();
        let mut zip = ZipArchive::new(Cursor::new(bundle.zip)).unwrap();
        let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        insta::assert_snapshot!(names.join("\n"));
        let mut script = String::new();
        let mut run = zip.by_name("run_autograder").unwrap();
        assert_eq!(run.unix_mode().unwrap() & 0o777, 0o755);
        run.read_to_string(&mut script).unwrap();
        assert!(
            script.contains(r"--lab' 'it'\''s' ||")
                && script.contains("-name '03-tcp-echo' -o -name 'tcp-echo'"),
            "{script}"
        );
        assert!(!script.contains("{{"), "{script}");
    }

    #[test]
    fn the_words_for_no_submission_are_what_gradescope_reads() {
        let json = RUN.lines().find(|line| line.starts_with('{')).unwrap();
        let results: crate::report::gradescope::tests_support::Results = serde_json::from_str(json).unwrap();
        assert_eq!(results.score, Some(0.0));
    }

    #[test]
    fn the_release_of_the_toolchain_is_named() {
        assert_eq!(release("rustc 1.95.0 (59807616e 2026-04-14)").unwrap(), "1.95.0");
        release("rustc").unwrap_err();
    }
}
