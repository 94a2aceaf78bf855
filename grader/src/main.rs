//! `grader`: the instructor's command line over the library of the same name.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use grader::cargo::Toolchain;
use grader::catalog;
use grader::class::command::{ClassArgs, Ending, MergeArgs};
use grader::course::Course;
use grader::isolation::{Demand, Isolation};
use grader::progress::Progress;
use grader::report::bundle::BundleArgs;
use grader::report::command::{GradeFormat, ReportArgs};
use grader::report::model::ReportVerdict;
use grader::usage::Usage;
use grader::{doctor, grade, output, prove, release, replay, run};

/// Grades submissions of the wirelab course. Exit codes: 0 done, whatever the score; 1 below --min-score, or
/// something is not as it must be; 2 usage, or not a submission; 3 the grader's own trouble.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds a submission and runs every check against it
    Grade(GradeArgs),
    /// Grades a class into a gradebook: a folder or archive for each student
    Class(ClassArgs),
    /// Makes one gradebook of those of several shards; where they disagree the newest word wins. Exits with 1 if a
    /// part is missing or was cut off
    Merge(MergeArgs),
    /// Hands out what the gradebook holds: for a learning platform, for CI, for people
    Report(ReportArgs),
    /// Makes an autograder for Gradescope: a zip file with the course and its two scripts
    Bundle(BundleArgs),
    /// Runs one check of a submission again and tells its whole story
    Replay(ReplayArgs),
    /// Shows that the reference passes every check, the stub none, and that every bug is caught
    Prove(ProveArgs),
    /// Writes exercises/ from solutions/, or a whole repository for students
    Release {
        /// Only say what differs, and compile the stubs: a warning is a difference
        #[arg(long)]
        check: bool,
        /// Write a repository for students to this folder instead: it stands on its own, without solutions and hidden checks
        #[arg(long, value_name = "DIR", conflicts_with = "check")]
        to: Option<PathBuf>,
    },
    /// Says what this machine offers to grading, what is missing and how to get it
    Doctor,
}

#[derive(Args)]
struct GradeArgs {
    /// The folder that holds the lab folders: a student's exercises/, or solutions/
    dir: PathBuf,
    /// Only this lab; may be given more than once
    #[arg(long, value_name = "NAME")]
    lab: Vec<String>,
    /// Leave out the hidden checks
    #[arg(long)]
    public_only: bool,
    /// Run hidden checks even where a layer of isolation is missing, against code that you trust
    #[arg(long)]
    allow_weak_isolation: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = GradeFormat::Human)]
    format: GradeFormat,
    /// Write the report to this file, whole or not at all, instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 1 if the score is below this share of what could be earned
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_score: Option<f64>,
    /// Checks at a time [default: 4 for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// The seed of every check's random inputs [default: from the submission's sources]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

#[derive(Args)]
struct Form {
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write the report to this file, whole or not at all, instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Args)]
struct ReplayArgs {
    /// The folder that holds the lab folders
    dir: PathBuf,
    /// The lab
    lab: String,
    /// The check
    check: String,
    /// The seed in the report [default: from the submission's sources]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Show the inputs of a hidden check too
    #[arg(long)]
    reveal: bool,
    /// Run a hidden check even where a layer of isolation is missing, against code that you trust
    #[arg(long)]
    allow_weak_isolation: bool,
}

#[derive(Args)]
struct ProveArgs {
    /// Only these labs
    lab: Vec<String>,
    /// Runs of the reference against each check, and of each bug against its own
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Run every bug against every check
    #[arg(long)]
    matrix: bool,
    /// Store which checks each bug fails, for "like the bug" (implies --matrix)
    #[arg(long)]
    write: bool,
    /// Only labs whose solution, bugs, checks or crates under them are not those of the stored proof
    #[arg(long)]
    changed: bool,
    #[command(flatten)]
    form: Form,
    /// Checks at a time [default: 4 for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text.trim_end_matches('%').parse().map_err(|_| "a number from 0 to 100".to_owned())?;
    if (0.0..=100.0).contains(&number) { Ok(number) } else { Err("a number from 0 to 100".to_owned()) }
}

/// Something is not as it must be.
const NOT_AS_IT_MUST_BE: u8 = 1;
/// A mistake in the command, or no submission.
const USAGE: u8 = 2;
/// The grader's own trouble: never a zero for a student.
const INFRA: u8 = 3;

fn main() -> ExitCode {
    checks::take_over_if_asked(&[checks::labs::ALL, hidden::labs::ALL]);
    let code = match Cli::parse().command {
        Command::Grade(args) => grade(args),
        Command::Class(args) => class(args),
        Command::Merge(args) => args.run().map(|is_whole| if is_whole { 0 } else { NOT_AS_IT_MUST_BE }),
        Command::Report(args) => args.run().map(|is_done| if is_done { 0 } else { NOT_AS_IT_MUST_BE }),
        Command::Bundle(args) => bundle(&args),
        Command::Replay(args) => replay(&args),
        Command::Prove(args) => prove(args),
        Command::Release { to: Some(folder), .. } => release_to(&folder),
        Command::Release { check, .. } => release(check),
        Command::Doctor => doctor(),
    };
    ExitCode::from(code.unwrap_or_else(|error| {
        eprintln!("grader: {error:#}");
        if error.is::<Usage>() { USAGE } else { INFRA }
    }))
}

/// The course that the working directory lies in, and the toolchain it is built with, held by these layers.
fn here(isolation: &Isolation) -> Result<(Course, Toolchain)> {
    let course = Course::find()?;
    let toolchain = Toolchain::find(&course.root)?;
    Ok((course, toolchain.held_by(isolation)))
}

/// The same for the course's own code.
fn here_with_own_code() -> Result<(Course, Toolchain)> {
    here(&Isolation::default())
}

fn grade(args: GradeArgs) -> Result<u8> {
    let isolation = Isolation::find(Demand::unless(args.public_only || args.allow_weak_isolation))?;
    let (course, toolchain) = here(&isolation)?;
    let options = grade::Options {
        isolation,
        labs: catalog::select(&args.lab)?,
        public_only: args.public_only,
        jobs: args.jobs.map_or_else(run::default_jobs, usize::from),
        seed: args.seed,
        look: args.format.look(args.out.as_deref()),
    };
    let progress = Progress::new();
    let report = grade::grade(&course, &toolchain, &args.dir, &options, &progress)?;
    drop(progress);
    output::write(&args.format.render(&report, options.look)?, args.out.as_deref())?;
    Ok(match report.verdict {
        ReportVerdict::Rejected => USAGE,
        ReportVerdict::Infra => INFRA,
        ReportVerdict::Graded => {
            let is_below = args.min_score.is_some_and(|least| report.percent() < least);
            if is_below { NOT_AS_IT_MUST_BE } else { 0 }
        }
    })
}

fn class(args: ClassArgs) -> Result<u8> {
    let (course, toolchain) = here_with_own_code()?;
    Ok(match args.run(&course, &toolchain)? {
        Ending::Done => 0,
        Ending::Unreplaced => NOT_AS_IT_MUST_BE,
        Ending::Trouble => INFRA,
    })
}

fn bundle(args: &BundleArgs) -> Result<u8> {
    let (course, toolchain) = here_with_own_code()?;
    args.run(&course, &toolchain).map(|()| 0)
}

fn replay(args: &ReplayArgs) -> Result<u8> {
    let contract = catalog::select(std::slice::from_ref(&args.lab))?[0];
    let entry = contract.check(&args.check)?;
    let is_public = entry.audience == checks::Audience::Public;
    let isolation = Isolation::find(Demand::unless(is_public || args.allow_weak_isolation))?;
    let (course, toolchain) = here(&isolation)?;
    let options = replay::Options { contract, entry, seed: args.seed, reveal: args.reveal, isolation };
    let progress = Progress::new();
    let (verdict, page) = replay::replay(&course, &toolchain, &args.dir, &options, &progress)?;
    drop(progress);
    output::write(&page, None)?;
    Ok(if verdict == checks::Verdict::Infra { INFRA } else { 0 })
}

fn prove(args: ProveArgs) -> Result<u8> {
    let mut labs = catalog::select(&args.lab)?;
    let (course, toolchain) = here_with_own_code()?;
    if args.changed {
        labs = prove::changed(&course, labs)?;
    }
    let options = prove::Options {
        labs,
        repeat: args.repeat,
        matrix: args.matrix,
        write: args.write,
        jobs: args.jobs.map_or_else(run::default_jobs, usize::from),
    };
    let progress = Progress::new();
    let proof = prove::prove(&course, &toolchain, &options, &progress)?;
    drop(progress);
    let text = match args.form.format {
        Format::Human => proof.render(),
        Format::Json => proof.to_json()?,
    };
    output::write(&text, args.form.out.as_deref())?;
    Ok(if proof.holds() { 0 } else { NOT_AS_IT_MUST_BE })
}

fn release(only_check: bool) -> Result<u8> {
    let (course, toolchain) = here_with_own_code()?;
    if !only_check {
        let files = release::write(&course, &toolchain)?;
        println!("{}: {files} files are what the solutions generate", course.exercises().display());
        return Ok(0);
    }
    let differences = release::check(&course, &toolchain)?;
    for difference in &differences {
        println!("{difference}");
    }
    if differences.is_empty() {
        println!(
            "{} is what the solutions generate, and compiles without a warning",
            course.exercises().display()
        );
        return Ok(0);
    }
    eprintln!("grader: run `grader release`, and commit what it writes");
    Ok(NOT_AS_IT_MUST_BE)
}

fn release_to(folder: &Path) -> Result<u8> {
    let (course, toolchain) = here_with_own_code()?;
    let folder = std::path::absolute(folder)?;
    let files = release::repository::write(&course, &toolchain, &folder)?;
    println!("{}: a students' repository of {files} files", folder.display());
    Ok(0)
}

fn doctor() -> Result<u8> {
    let (course, toolchain) = here_with_own_code()?;
    output::write(&doctor::examine(&course, &toolchain)?, None)?;
    Ok(0)
}
