//! `debug-guide`: what you know about looking for faults, for the next person, and for whoever you ask for help.

use std::io;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand, ValueEnum};
use labkit::{Failure, exit, failure, say};
use server_clinic::diagnosis::{self, FAULTS};
use server_clinic::guide;

/// Looking for faults in servers: what to check, how to make it faster, how to measure, how to ask.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The faults that there is a prompt for, and the pages
    List,
    /// A page
    Show {
        /// Which one
        page: Page,
    },
    /// A question about a fault that somebody else can answer, and a form to check the answer with
    Prompt {
        /// Which fault
        #[arg(value_parser = PossibleValuesParser::new(FAULTS.map(|(name, ..)| name)))]
        fault: String,
    },
}

/// A page of the guide.
#[derive(Clone, Copy, ValueEnum)]
enum Page {
    /// How to find out what is wrong
    Checklist,
    /// How to make it faster, once it is right
    Optimise,
    /// How to measure
    Bench,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse().command))
}

fn run(command: Command) -> Result<(), Failure> {
    let text = match command {
        Command::List => guide::list(),
        Command::Show { page: Page::Checklist } => without_comments(guide::CHECKLIST),
        Command::Show { page: Page::Optimise } => without_comments(guide::OPTIMISE),
        Command::Show { page: Page::Bench } => without_comments(guide::BENCH),
        Command::Prompt { fault } => {
            let entry = diagnosis::entry(&fault).map_err(|error| Failure::new(exit::FAILURE, error))?;
            guide::prompt(&fault, &entry)
        }
    };
    say(&mut io::stdout(), text.trim_end()).map_err(Failure::to("print the guide"))
}

/// A page without the comments that are for whoever writes it.
fn without_comments(page: &str) -> String {
    page.lines().filter(|line| !line.starts_with("<!--")).map(|line| format!("{line}\n")).collect()
}
