//! The forms of a single grade, and `grader report` as a command.

use std::env;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::catalog;
use crate::gradebook::Gradebook;
use crate::output;
use crate::report::class::Class;
use crate::report::folder::{self, Names};
use crate::report::look::Look;
use crate::report::model::{Report, ReportVerdict};
use crate::report::sheet::{Sheet, shown_in_line};
use crate::report::{
    canvas, class_markdown, classroom50, csv, github, gradescope, html, human, json, junit, markdown, moodle,
};
use crate::usage::Usage;

/// More than any export of a class has.
const MAX_EXPORT: u64 = 64 << 20;

/// How a single grade is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GradeFormat {
    /// For people
    Human,
    /// `wirelab/report/v1`
    Json,
    /// JUnit XML, for CI systems
    Junit,
    /// Gradescope's results.json
    Gradescope,
    /// For a comment or a page
    Markdown,
    /// Annotations and log of GitHub Actions; the summary goes where GITHUB_STEP_SUMMARY says
    Github,
    /// Classroom 50's result.json
    Classroom50,
}

impl GradeFormat {
    /// How pages are to look that go into the grade: as stdout's screen wants it where a person reads it there.
    pub fn look(self, out: Option<&Path>) -> Look {
        if self == GradeFormat::Human && out.is_none() { Look::of_stdout() } else { Look::plain() }
    }

    /// The grade's text.
    ///
    /// # Errors
    /// The format needs what is not there, or can't say that there is no grade.
    pub fn render(self, report: &Report, look: Look) -> Result<String> {
        let sheet = Sheet::of_report(report);
        let no_grade = |reason: String| anyhow!("no grade to report: {reason}");
        Ok(match self {
            GradeFormat::Human => human::render(report, look),
            GradeFormat::Json => report.to_json()?,
            GradeFormat::Junit => junit::render(&sheet),
            GradeFormat::Gradescope => gradescope::render(&sheet).map_err(no_grade)?,
            GradeFormat::Markdown => markdown::render(&sheet),
            GradeFormat::Github => {
                hand_over_summary(|| github::summary(&sheet))?;
                github::render(&sheet, &human::render(report, look), &token()?)
            }
            GradeFormat::Classroom50 => {
                let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                classroom50::render(&sheet, |name| env::var(name).ok(), now)?
            }
        })
    }
}

/// Where GitHub's runner says that it wants one. The step's summary is one file for all of the step's programs.
fn hand_over_summary(text: impl FnOnce() -> String) -> Result<()> {
    let Some(path) = env::var_os(github::SUMMARY_VARIABLE).filter(|file| !file.is_empty()) else {
        return Ok(());
    };
    let path = Path::new(&path);
    let told = || format!("writing the summary {}", path.display());
    let mut file = File::options().create(true).append(true).open(path).with_context(told)?;
    file.write_all(text().as_bytes()).with_context(told)
}

/// What no student can guess.
fn token() -> Result<String> {
    let mut bytes = [0; 16];
    let path = "/dev/urandom";
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .with_context(|| format!("reading {path}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The arguments of `grader report`.
#[derive(Args)]
pub struct ReportArgs {
    /// The gradebook that `grader class` made
    #[arg(long, value_name = "FILE", default_value = "gradebook.sqlite")]
    db: PathBuf,
    /// For whom. (The forms of a single grade, like Classroom 50's, are those of `grader grade --format`)
    #[arg(long, value_enum)]
    to: ClassFormat,
    /// Where to: a file, or the folder of html and gradescope [default: stdout]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Only this lab; may be given more than once [default: the labs that were graded]
    #[arg(long, value_name = "NAME")]
    lab: Vec<String>,
    /// The export from Canvas or Moodle that is filled in
    #[arg(long, value_name = "EXPORT.csv", required_if_eq_any([("to", "canvas"), ("to", "moodle")]))]
    into: Option<PathBuf>,
    /// Which column of the export takes a lab, or `total`, where its title doesn't name it; may be given more than once
    #[arg(long, value_name = "LAB=COLUMN", requires = "into", value_parser = column)]
    column: Vec<(String, String)>,
    /// What the class is called in the report
    #[arg(long, value_name = "TEXT", default_value = "wirelab")]
    title: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ClassFormat {
    /// Fills --into, an export of Canvas's gradebook
    Canvas,
    /// Fills --into, an export of Moodle's gradebook
    Moodle,
    /// A folder with a results.json for each student
    Gradescope,
    /// JUnit XML of all students
    Junit,
    /// student,lab,score,max,verdict
    Csv,
    /// A folder with a page of the class, and one of each student
    Html,
    /// `wirelab/class/v1`
    Json,
    /// A page of the class for a comment or a wiki
    Markdown,
    /// Annotations and log of GitHub Actions; the summary goes where GITHUB_STEP_SUMMARY says
    Github,
}

fn column(written: &str) -> Result<(String, String), String> {
    let pair = written.split_once('=').map(|(lab, column)| (lab.trim().to_owned(), column.trim().to_owned()));
    pair.filter(|(lab, column)| !lab.is_empty() && !column.is_empty())
        .ok_or_else(|| "a lab and a column like tcp-echo=\"Echo server\"".to_owned())
}

impl ReportArgs {
    /// Reads the gradebook and writes the report. What was left out is told on stderr. `false` = the export has
    /// mistakes: they are told there too, and nothing is written.
    ///
    /// # Errors
    /// [`Usage`] where the arguments are wrong; the gradebook can't be read, or the report can't be written.
    pub fn run(&self) -> Result<bool> {
        let mut labs = catalog::select(&self.lab)?;
        let has_stories = matches!(self.to, ClassFormat::Html | ClassFormat::Gradescope | ClassFormat::Junit);
        let gradebook = Gradebook::read(&self.db)?;
        if self.lab.is_empty() {
            let graded = gradebook.graded_labs()?;
            // Of a class in which nobody's work was graded yet, all of them are missing.
            labs.retain(|lab| graded.is_empty() || graded.contains(lab.name()));
        }
        let class = gradebook.class_results(&self.title, &labs, has_stories)?;
        let text = match self.to {
            ClassFormat::Csv => csv::render(&class),
            ClassFormat::Json => json::render(&class)?,
            ClassFormat::Junit => junit::render_class(&class),
            ClassFormat::Markdown => class_markdown::render(&class),
            ClassFormat::Github => {
                hand_over_summary(|| github::class_summary(&class))?;
                github::render_class(&class, &class_markdown::render(&class), &token()?)
            }
            ClassFormat::Canvas | ClassFormat::Moodle => match self.fill(&class)? {
                Some(table) => table,
                None => return Ok(false),
            },
            ClassFormat::Html => return self.write_folder(&html::render(&class)?),
            ClassFormat::Gradescope => return self.write_folder(&of_each(&class)),
        };
        output::write(&text, self.out.as_deref())?;
        Ok(true)
    }

    /// The export with the class's grades; `None` = it has mistakes.
    fn fill(&self, class: &Class) -> Result<Option<String>> {
        let path = self.into.as_deref().ok_or_else(|| Usage::new("--into EXPORT.csv: which export?"))?;
        let shown = shown_in_line(&path.display().to_string());
        let told = || format!("reading {shown}");
        let size = fs::metadata(path).with_context(told)?.len();
        if size > MAX_EXPORT {
            let message = format!("{shown}: {size} bytes; an export has at most {MAX_EXPORT}");
            return Err(Usage::new(message).into());
        }
        let bytes = fs::read(path).with_context(told)?;
        let filled = match self.to {
            ClassFormat::Canvas => canvas::fill(class, &shown, &bytes, &self.column),
            _ => moodle::fill(class, &shown, &bytes, &self.column),
        };
        let filled = match filled {
            Ok(filled) => filled,
            Err(mistakes) => {
                eprintln!("grader: {mistakes}");
                return Ok(None);
            }
        };
        for note in &filled.notes {
            eprintln!("grader: {note}");
        }
        Ok(Some(filled.table))
    }

    fn write_folder(&self, files: &[(PathBuf, String)]) -> Result<bool> {
        let Some(out) = &self.out else {
            return Err(Usage::new("--out FOLDER: this report is more than one file").into());
        };
        folder::write(out, files)?;
        println!("{}: {} files", out.display(), files.len());
        Ok(true)
    }
}

/// Gradescope's file of every student who has a grade; who has none is told on stderr.
fn of_each(class: &Class) -> Vec<(PathBuf, String)> {
    let mut names = Names::default();
    let mut files = Vec::new();
    for student in &class.students {
        let mut sheet = Sheet::of_student(student);
        let name = names.of(&student.person.id, ".json");
        let is_graded = class.labs.iter().all(|lab| csv::Standing::in_lab(student, lab).score.is_some());
        if !is_graded && sheet.verdict == ReportVerdict::Graded {
            sheet.verdict = ReportVerdict::Infra;
        }
        match gradescope::render(&sheet) {
            Ok(json) => files.push((PathBuf::from(name), json)),
            Err(reason) => eprintln!("grader: no file for {}: {reason}", shown_in_line(&sheet.who)),
        }
    }
    files
}
