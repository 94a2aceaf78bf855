//! The generated workspace that submissions are built in: pristine manifests, labkit, one lock file, one target
//! directory. Whoever holds a [`Workspace`] is its only user; programs are copied away, so checks run while the
//! next submission builds.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::cargo::{Ended, Toolchain};
use crate::copies;
use crate::course::{Course, LabFolder};
use crate::manifests;
use crate::messages::PackageBuild;
use crate::programs;
use crate::release;
use crate::text;
use crate::tree::{self, Tree};

/// A lab's own crate compiles in seconds; one that takes longer does so on purpose. By the clock, and so three times
/// what a compiler may take in CPU time.
const BUILD_LIMIT: Duration = Duration::from_secs(180);
/// The compiler's complaints about one lab, as far as a report shows them.
const MAX_MESSAGE_LINES: usize = 80;
/// Programs of a grader that was killed are of no use to anyone after that.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// What folders in a scratch folder are called that go with the grader that made them.
const TEMPORARY: [&str; 3] = ["programs-", "unpacked-", ".unpacking-"];

/// The programs of a lab by name.
pub type Programs = BTreeMap<String, PathBuf>;

/// Labs that came out of a build.
#[derive(Debug)]
pub struct BuiltLabs {
    /// By the lab's name: its programs, or the compiler's complaint.
    pub labs: BTreeMap<String, Result<Programs, String>>,
    /// Where the programs lie; gone when dropped.
    pub folder: TempDir,
}

/// The workspace, held exclusively until it is dropped.
#[derive(Debug)]
pub struct Workspace<'a> {
    course: &'a Course,
    toolchain: &'a Toolchain,
    scratch: PathBuf,
    pristine: BTreeMap<&'a LabFolder, Pristine>,
    _lock: File,
}

/// What the course itself puts into the workspace for a lab.
#[derive(Debug, Clone)]
struct Pristine {
    manifest: Vec<u8>,
    programs: Vec<String>,
}

impl<'a> Workspace<'a> {
    /// Takes the workspace, waiting for whoever builds in it now, and makes it ready: the first time this
    /// downloads and compiles the labs' dependencies.
    ///
    /// # Errors
    /// The course's own labs don't resolve or build, or the file system refuses.
    pub fn open(course: &'a Course, toolchain: &'a Toolchain) -> Result<Workspace<'a>> {
        let scratch = course.scratch();
        let (lock, lock_path) = lock_file(&scratch)?;
        lock.lock().with_context(|| format!("locking {}", lock_path.display()))?;
        sweep(&scratch);
        let mut workspace = Workspace { course, toolchain, scratch, pristine: BTreeMap::new(), _lock: lock };
        workspace.prepare()?;
        Ok(workspace)
    }

    /// A workspace beside this one, with copies of its own of everything, so that both build at the same time.
    ///
    /// Copies, never hard links: cargo rewrites its records in place, and takes one worker's program for another's.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn worker(&self) -> Result<Workspace<'a>> {
        let stamp =
            fs::read(self.scratch.join("prepared")).context("reading what the workspace was made from")?;
        for number in 0.. {
            let scratch = self.scratch.join("workers").join(number.to_string());
            let (lock, _) = lock_file(&scratch)?;
            let worker = Workspace {
                course: self.course,
                toolchain: self.toolchain,
                pristine: self.pristine.clone(),
                scratch,
                _lock: lock,
            };
            if worker._lock.try_lock().is_err() || worker.is_still_building() {
                continue;
            }
            sweep(&worker.scratch);
            let copied = worker.scratch.join("prepared");
            if fs::read(&copied).ok().as_ref() != Some(&stamp) {
                for part in [self.folder(), self.target()] {
                    let to = worker.scratch.join(part.file_name().expect("both have a name"));
                    copies::copy(&part, &to, &|path| path.ends_with("incremental"))?;
                    make_readable(&to)?;
                }
                let target = worker.target();
                cell::give(&target).with_context(|| format!("giving away {}", target.display()))?;
                fs::write(&copied, &stamp).with_context(|| format!("writing {}", copied.display()))?;
            }
            return Ok(worker);
        }
        unreachable!("there is always a next number");
    }

    /// Whether a build lives on that a killed grader began: cargo holds its own lock until its end.
    fn is_still_building(&self) -> bool {
        let lock = File::open(self.target().join("debug/.cargo-lock"));
        lock.is_ok_and(|lock| lock.try_lock().is_err())
    }

    fn folder(&self) -> PathBuf {
        self.scratch.join("workspace")
    }

    fn target(&self) -> PathBuf {
        self.scratch.join("target")
    }

    /// Writes what the course gives, and builds it once for each state of the manifests, labkit and lock file.
    fn prepare(&mut self) -> Result<()> {
        let mut given = Tree::new();
        let mut stubs = Vec::new();
        for lab in &self.course.labs {
            let solution = release::solution(self.course, lab)?;
            let manifest = manifests::grading(lab, &solution)?;
            given.insert(format!("{}/Cargo.toml", lab.folder()), manifest.clone());
            stubs.push((lab, release::exercise(lab, &solution)?));
            self.pristine.insert(lab, Pristine { programs: manifests::program_names(&manifest)?, manifest });
        }
        let labkit = self.course.exercises().join("labkit");
        for (path, bytes) in tree::read(&labkit, &|path| path == "target")? {
            let bytes = if path == "Cargo.toml" { manifests::grading_labkit(&bytes)? } else { bytes };
            given.insert(format!("labkit/{path}"), bytes);
        }
        let root = fs::read_to_string(self.course.root.join("Cargo.toml"))
            .context("reading the root's Cargo.toml")?;
        given.insert("Cargo.toml".to_owned(), manifests::grading_workspace(&root, &self.course.labs)?);

        let root_lock = self.course.root.join("Cargo.lock");
        let mut inputs = given.clone();
        inputs.insert("root lock".to_owned(), fs::read(&root_lock).context("reading the root's Cargo.lock")?);
        inputs.insert("toolchain".to_owned(), self.toolchain.version.clone().into_bytes());
        let builder = if cell::is_another_user() { "another user" } else { "this user" };
        inputs.insert("whose builds these are".to_owned(), builder.into());
        let state = tree::sha256(&inputs);
        let stamp = self.scratch.join("prepared");
        let is_prepared = fs::read_to_string(&stamp).is_ok_and(|prepared| prepared == state);

        let is_a_labs_source = |path: &str| {
            let (top, below) = path.split_once('/').unwrap_or((path, "Cargo.toml"));
            path == "Cargo.lock"
                || (self.course.labs.iter().any(|lab| lab.folder() == top) && below != "Cargo.toml")
        };
        tree::write_exactly(&self.folder(), &given, &is_a_labs_source)?;
        if !is_prepared {
            for (lab, stub) in stubs {
                self.place(lab, &stub)?;
            }
            self.empty_target()?;
            crate::lock::prune(self.toolchain, &root_lock, &self.folder())?;
            make_readable(&self.folder())?;
            self.toolchain.prepare(&self.folder(), &self.target())?;
            fs::write(&stamp, state).with_context(|| format!("writing {}", stamp.display()))?;
        }
        Ok(())
    }

    /// Makes the target directory an empty one that builds may write to.
    fn empty_target(&self) -> Result<()> {
        let target = self.target();
        let emptied = match fs::remove_dir_all(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir(&target).and_then(|()| cell::give(&target)),
        };
        emptied.with_context(|| format!("emptying {}", target.display()))
    }

    /// Makes the lab's folder hold these files and the pristine manifest; its tests and bugs stay out.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn place(&self, lab: &LabFolder, files: &Tree) -> Result<()> {
        let mut placed: Tree = files
            .iter()
            .filter(|(path, _)| !path.starts_with("tests/") && *path != "bugs.toml")
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        placed.insert("Cargo.toml".to_owned(), self.pristine[lab].manifest.clone());
        let folder = self.folder().join(lab.folder());
        tree::write_exactly(&folder, &placed, &|_| false)?;
        make_readable(&folder)
    }

    /// Builds the labs that were placed, and copies their programs into a folder of their own.
    ///
    /// # Errors
    /// cargo itself failed, or the programs can't be copied.
    pub fn build(&self, labs: &[&LabFolder]) -> Result<BuiltLabs> {
        let folder = tempfile::Builder::new().prefix("programs-").tempdir_in(&self.scratch);
        let folder = folder.with_context(|| format!("creating a folder in {}", self.scratch.display()))?;
        let into = folder.path();
        let mut results = BTreeMap::new();
        let unfinished = self.build_together(labs, into, &mut results)?;
        // One lab that keeps the compiler busy for ever must not take the others' time.
        let among_others = unfinished.len() > 1;
        for (lab, reason) in unfinished {
            let reason = match among_others {
                true => self.build_together(&[lab], into, &mut results)?.pop().map(|(_, reason)| reason),
                false => Some(reason),
            };
            if let Some(reason) = reason {
                results.insert(lab.name.clone(), Err(format!("the compiler was stopped: {reason}")));
            }
        }
        Ok(BuiltLabs { labs: results, folder })
    }

    /// One run of cargo; returns the labs that it was stopped before, and why.
    fn build_together<'l>(
        &self,
        labs: &[&'l LabFolder],
        into: &Path,
        results: &mut BTreeMap<String, Result<Programs, String>>,
    ) -> Result<Vec<(&'l LabFolder, String)>> {
        if labs.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = labs.iter().map(|lab| lab.name.as_str()).collect();
        let Ended { mut build, stderr, stopped } =
            self.toolchain.build(&self.folder(), &self.target(), &names, BUILD_LIMIT)?;
        // Its limits end a compiler otherwise. A machine that is short of memory kills it so, which is nobody's fault.
        let is_killed = stopped.is_none() && stderr.contains("SIGKILL");
        ensure!(
            !is_killed,
            "a compiler was killed from outside; is the machine short of memory?\n{}",
            stderr.trim_end()
        );
        let mut unfinished = Vec::new();
        for lab in labs {
            let package = build.packages.remove(&self.folder().join(lab.folder())).unwrap_or_default();
            let is_complete =
                self.pristine[lab].programs.iter().all(|name| package.programs.contains_key(name));
            if is_complete && package.errors.is_empty() {
                let programs = copy_programs(&package, &self.pristine[lab].programs, &into.join(&lab.name))?;
                results.insert(lab.name.clone(), Ok(programs));
                continue;
            }
            match &stopped {
                Some(reason) if package.errors.is_empty() => unfinished.push((*lab, reason.clone())),
                _ => {
                    results.insert(lab.name.clone(), Err(self.complaint(&package, &stderr)));
                }
            }
        }
        Ok(unfinished)
    }

    /// What a student reads: the compiler's errors, or cargo's where the compiler was killed without a word.
    fn complaint(&self, package: &PackageBuild, stderr: &str) -> String {
        if package.errors.is_empty()
            && let Some(limit) = exceeded(stderr)
        {
            return format!("the compiler was stopped: {limit}");
        }
        let errors = if package.errors.is_empty() { stderr.to_owned() } else { package.errors.concat() };
        let here = format!("{}/", self.folder().display());
        text::first_lines(&text::plain(errors.replace(&here, "").trim_end()), MAX_MESSAGE_LINES)
    }
}

/// Lets the user that builds run as read a folder, whatever umask this grader was started with.
fn make_readable(path: &Path) -> Result<()> {
    let change = |path: &Path| -> io::Result<bool> {
        let metadata = fs::symlink_metadata(path)?;
        let wanted = if metadata.is_dir() { 0o755 } else { 0o644 };
        let mode = metadata.permissions().mode();
        if mode & wanted != wanted {
            fs::set_permissions(path, Permissions::from_mode(mode | wanted))?;
        }
        Ok(metadata.is_dir())
    };
    let is_folder = change(path).with_context(|| format!("making {} readable", path.display()))?;
    if is_folder {
        for entry in fs::read_dir(path).with_context(|| format!("listing {}", path.display()))? {
            make_readable(&entry?.path())?;
        }
    }
    Ok(())
}

/// The names of the programs that a lab's solution builds.
///
/// # Errors
/// Its manifest is not one.
pub fn program_names(lab: &LabFolder, solution: &Tree) -> Result<Vec<String>> {
    manifests::program_names(&manifests::grading(lab, solution)?)
}

/// Which limit a compiler died of, from the words of cargo about it and its own last ones.
fn exceeded(stderr: &str) -> Option<String> {
    let says = |words: &[&str]| words.iter().any(|word| stderr.contains(word));
    if says(&["SIGXCPU"]) {
        Some(format!("it took more than {} s of CPU time", BUILD_LIMIT.as_secs() / 3))
    } else if says(&["memory allocation of", "out of memory", "Cannot allocate memory"]) {
        Some("it took more than 4 GiB of memory".to_owned())
    } else if says(&["SIGABRT", "SIGSEGV", "SIGBUS"]) {
        Some("it broke down over this source, which is too deeply nested or too large for it".to_owned())
    } else {
        None
    }
}

/// The next build overwrites cargo's own copies.
fn copy_programs(package: &PackageBuild, names: &[String], into: &Path) -> Result<Programs> {
    fs::create_dir_all(into).with_context(|| format!("creating {}", into.display()))?;
    programs::copy(names.iter().map(|name| package.programs[name].as_path()), into)?;
    Ok(names.iter().map(|name| (name.clone(), into.join(name))).collect())
}

/// Opens the lock of a scratch folder, making both if need be.
fn lock_file(scratch: &Path) -> Result<(File, PathBuf)> {
    fs::create_dir_all(scratch).with_context(|| format!("creating {}", scratch.display()))?;
    let path = scratch.join("lock");
    let file = File::create(&path).with_context(|| format!("opening {}", path.display()))?;
    Ok((file, path))
}

/// Removes the temporary folders that a killed grader left behind. What can't be removed now is tried again next time.
fn sweep(scratch: &Path) {
    let Ok(listing) = fs::read_dir(scratch) else { return };
    let is_temporary = |name: &[u8]| TEMPORARY.iter().any(|prefix| name.starts_with(prefix.as_bytes()));
    for entry in listing.flatten().filter(|entry| is_temporary(entry.file_name().as_encoded_bytes())) {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|then| SystemTime::now().duration_since(then).ok());
        if age.is_some_and(|age| age > STALE) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
