//! Builds, checks and serves the course text.
//!
//! mdBook renders; this program puts in what must not be written by hand (listings, tables of checks,
//! figures, transcripts, ladders), turns quizzes into forms, and refuses a book in which one of them is missing.

mod course;
mod coverage;
mod edition;
mod expand;
mod figure;
mod html;
mod ladder;
mod lint;
mod listing;
mod matrix;
// The estimates of the labs' hours have one place, the students' runner.
#[allow(dead_code, reason = "the runner's own part of it")]
#[path = "../../exercises/lab/src/parts.rs"]
mod parts;
mod problem;
mod programs;
mod quiz;
mod reading;
mod search;
mod serve;
mod site;
mod table;
mod transcript;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};

use edition::Edition;
use problem::Problem;
use site::Site;

/// Builds, checks and serves the course text.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Build the site into book/book
    Build {
        /// The edition for students: without the pages for instructors
        #[arg(long)]
        students: bool,
        /// Build it into this folder instead
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Report everything in the book that is missing, dead or out of date
    Check {
        /// Only look at files: don't run the programs whose output the book shows
        #[arg(long)]
        files_only: bool,
    },
    /// Build the site, serve it on 127.0.0.1, and rebuild and reload when a file changes
    Serve {
        /// Port to listen on; 0 takes a free one
        #[arg(long, default_value_t = 3000)]
        port: u16,
    },
    /// Run the programs whose output the book shows, and store what they print
    Refresh {
        /// Transcripts or ladders to record again, by name [default: all]
        names: Vec<String>,
    },
    /// Record one transcript in the current network namespace, and print it
    #[command(hide = true)]
    Record {
        /// The transcript's name
        name: String,
    },
    /// What `cargo lab run` does, with a binary of the solutions
    #[command(hide = true)]
    ByHand {
        /// The binary
        binary: String,
        /// Its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    checks::take_over_if_asked(&[checks::labs::ALL]);
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("book: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let site = Site::find(&std::env::current_dir()?)?;
    match Cli::parse().command {
        Action::Build { students, to } => {
            let edition = if students { Edition::Students } else { Edition::Whole };
            let output = to.map_or_else(|| Ok(site.output()), std::path::absolute)?;
            stop_at(&site.build(&output, edition)?)?;
            println!("built {}", output.join("index.html").display());
            Ok(())
        }
        Action::Check { files_only } => {
            let mut problems = lint::check(&site)?;
            if !files_only {
                problems.extend(programs::compare(&site)?);
            }
            stop_at(&problems)?;
            println!("the book is in order");
            Ok(())
        }
        Action::Serve { port } => serve::serve(&site, port),
        Action::Refresh { names } => programs::refresh(&site, &names),
        Action::Record { name } => {
            print!("{}", transcript::record::record(&site.transcripts(), &name)?);
            Ok(())
        }
        Action::ByHand { binary, args } => programs::by_hand(&binary, &args),
    }
}

/// Prints each problem on a line of its own, and fails if there is one.
fn stop_at(problems: &[Problem]) -> Result<()> {
    for problem in problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("1 problem in the book"),
        n => bail!("{n} problems in the book"),
    }
}
