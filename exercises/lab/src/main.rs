//! `lab`, the students' runner: `cargo lab` says where you are and what is next, `cargo lab watch` checks whenever you save.

mod badge;
mod book;
mod bugs;
mod build;
mod check;
mod course;
mod doctor;
mod durable;
mod hint;
mod judge;
mod list;
mod memory;
mod next;
mod overview;
mod parts;
mod place;
mod progress;
mod release;
mod replay;
mod reset;
mod run;
mod solution;
mod sources;
mod standing;
mod update;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use place::Place;

/// Where you are in the course, and what is next. Exit codes: 0 done; 1 a check failed, or you said no; 2 usage, or it does
/// not build; 3 the checks' own trouble.
#[derive(Parser)]
#[command(name = "lab", bin_name = "cargo lab", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// The parts and labs, with points, about how long they take, and what is done
    List,
    /// Build a lab and run its checks, or one of them
    Check {
        /// The lab, such as tcp-echo [default: the one you are in]
        lab: Option<String>,
        /// The check
        check: Option<String>,
        /// Every lab in which you have written
        #[arg(long, conflicts_with_all = ["lab", "check"])]
        all: bool,
    },
    /// Check again whenever you save; shows the first failure whole
    Watch {
        /// The lab [default: the one you are in]
        lab: Option<String>,
    },
    /// Show a hint: first a nudge, then the concept, then pseudo-code
    Hint {
        /// The lab, such as tcp-echo [default: the check that is next, one level more each time]
        lab: Option<String>,
        /// The check; without it, the lab's checks are listed
        check: Option<String>,
        /// How much to tell: 1 = a nudge, 2 = the concept and where to read, 3 = pseudo-code [default: 1]
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
        level: Option<u8>,
    },
    /// Run one check again and show its whole story, passed or not
    Replay {
        /// The lab
        lab: String,
        /// The check
        check: String,
        /// The seed of its random inputs, from the report [default: from your sources]
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Start a program of yours on lab0, with a few scripted hosts behind it and the right to open raw sockets
    Run {
        /// The binary, such as syn-scan
        binary: String,
        /// Its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Serve the book on 127.0.0.1
    Book {
        /// The lab whose chapter is wanted
        lab: Option<String>,
        /// Port to listen on; 0 takes a free one
        #[arg(long, default_value_t = 3000)]
        port: u16,
    },
    /// Make a lab what it was when you got it; a copy of yours is kept
    Reset {
        /// The lab
        lab: String,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// When a lab is done: known mistakes, and which check finds them
    Bugs {
        /// The lab [default: the one you are in]
        lab: Option<String>,
        /// Tell about this one
        bug: Option<String>,
        /// Even if the lab is not done
        #[arg(long)]
        anyway: bool,
    },
    /// When a lab is done: the reference, where it was handed out
    Solution {
        /// The lab
        lab: String,
        /// Even if the lab is not done
        #[arg(long)]
        anyway: bool,
    },
    /// A bar for each part
    Progress {
        /// Write a badge to this file instead
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        /// A table in Markdown instead
        #[arg(long, conflicts_with = "svg")]
        markdown: bool,
    },
    /// Take a newer edition of the course; what you have written stays
    Update {
        /// A folder that holds it, or the address of its git repository
        from: String,
        /// Only say what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// What this machine offers to the checks, what is missing and how to get it
    Doctor,
}

fn main() -> ExitCode {
    checks::take_over_if_asked(&[checks::labs::ALL]);
    obey(Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

fn obey(command: Option<Command>) -> Result<ExitCode> {
    let place = &Place::find()?;
    let Some(command) = command else { return overview::show(place) };
    match command {
        Command::List => list::show(place),
        Command::Check { all: true, .. } => check::all(place),
        Command::Check { lab, check, .. } => check::one(place, lab.as_deref(), check.as_deref()),
        Command::Watch { lab } => watch::run(place, lab.as_deref()),
        Command::Hint { lab, check, level } => hint::show(place, lab.as_deref(), check.as_deref(), level),
        Command::Replay { lab, check, seed } => replay::show(place, &lab, &check, seed),
        Command::Run { binary, args } => run::by_hand(place, &binary, &args),
        Command::Book { lab, port } => {
            let lab = lab.map(|name| course::lab(&name)).transpose()?;
            book::serve(place, lab, port)
        }
        Command::Reset { lab, yes } => reset::lab(place, &lab, yes),
        Command::Bugs { lab, bug, anyway } => bugs::play(place, lab.as_deref(), bug.as_deref(), anyway),
        Command::Solution { lab, anyway } => solution::show(place, &lab, anyway),
        Command::Progress { svg, markdown } => {
            progress::show(place, &progress::Options { svg: svg.as_deref(), markdown })
        }
        Command::Update { from, dry_run } => update::from(place, &from, dry_run),
        Command::Doctor => doctor::examine(place),
    }
}
