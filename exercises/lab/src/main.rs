//! `lab`, the students' runner: `cargo lab hint tcp-echo`, `cargo lab replay …`, `cargo lab run …`.

mod build;
mod course;
mod hint;
mod replay;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Hints, repeats and live runs for the labs in this workspace.
#[derive(Parser)]
#[command(name = "lab", bin_name = "cargo lab")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show a hint for a check: first a nudge, then the concept, then pseudo-code
    Hint {
        /// The lab, such as tcp-echo
        lab: String,
        /// The check; without it, the lab's checks are listed
        check: Option<String>,
        /// How much to tell: 1 = a nudge, 2 = the concept and where to read, 3 = pseudo-code
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
        level: u8,
    },
    /// Run one check again and show its whole story, passed or not
    Replay {
        /// The lab
        lab: String,
        /// The check
        check: String,
        /// The seed of its random inputs, from the report
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
}

fn main() -> ExitCode {
    checks::take_over_if_asked(&[checks::labs::ALL]);
    let done = match Cli::parse().command {
        Command::Hint { lab, check, level } => hint::show(&lab, check.as_deref(), level),
        Command::Replay { lab, check, seed } => replay::show(&lab, &check, seed),
        Command::Run { binary, args } => run::by_hand(&binary, &args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}
