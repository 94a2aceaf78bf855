//! `lab hint`: what to think of, where to read, and at last how it could be written.

use std::process::ExitCode;

use anyhow::Result;
use checks::{Check, Lab};

use crate::course;
use crate::memory::Memory;
use crate::place::Place;
use crate::standing::{self, Standing};
use checks::screen::{self, wrapped};

const LEVELS: [&str; 3] = ["nudge", "concept", "pseudo-code"];

/// Prints hints: of a check up to that level (1 to 3, the first unless told), the list of a lab's checks; or without any name
/// of the check that is next, each time one level more.
pub(crate) fn show(
    place: &Place,
    lab: Option<&str>,
    check: Option<&str>,
    level: Option<u8>,
) -> Result<ExitCode> {
    let Some(lab) = lab else { return show_next(place, level) };
    let lab = course::lab(lab)?;
    let Some(check) = check else {
        println!("{}: {}\n", lab.name, lab.title);
        for check in lab.checks {
            println!("  {:<44} {:>3} points", check.name, check.points);
            println!("{}", wrapped(&format!("      {}", check.says), screen::width(), 6));
        }
        println!("\ncargo lab hint {} CHECK [--level 1|2|3]", lab.name);
        return Ok(ExitCode::SUCCESS);
    };
    let check = course::check(lab, check)?;
    let level = level.unwrap_or(1);
    print!("{}", text(check, level, screen::width()));
    if level < 3 {
        println!("\nmore: cargo lab hint {} {} --level {}", lab.name, check.name, level + 1);
    }
    Ok(ExitCode::SUCCESS)
}

fn show_next(place: &Place, level: Option<u8>) -> Result<ExitCode> {
    let memory = Memory::load(place);
    let open = standing::current(place, &memory).and_then(|lab| {
        let standing = Standing::of(place, &memory, lab);
        standing.first_open().map(|(check, _)| (lab, check))
    });
    let Some((lab, check)) = open else {
        println!("there is nothing left to do: `cargo lab hint LAB CHECK` shows any hint");
        return Ok(ExitCode::SUCCESS);
    };
    let level = match level {
        Some(level) => level,
        None => one_more(place, lab, check)?,
    };
    println!("{}", lab.name);
    print!("{}", text(check, level, screen::width()));
    if level < 3 {
        println!("\nmore: cargo lab hint");
    }
    Ok(ExitCode::SUCCESS)
}

/// One level more than was shown of that check before.
pub(crate) fn one_more(place: &Place, lab: &Lab, check: &Check) -> Result<u8> {
    let mut level = 1;
    Memory::change(place, |memory| {
        let shown = memory
            .labs
            .entry(lab.name.to_owned())
            .or_default()
            .hints
            .entry(check.name.to_owned())
            .or_default();
        *shown = (*shown + 1).min(3);
        level = *shown;
    })?;
    Ok(level)
}

/// A check's hints up to that level.
pub(crate) fn text(check: &Check, level: u8, width: usize) -> String {
    let mut text = wrapped(&format!("{}: {}", check.name, check.says), width, 0);
    text.push_str("\n\n");
    for (hint, name) in check.hints.iter().zip(LEVELS).take(usize::from(level)) {
        text.push_str(&wrapped(&format!("  {name:<12} {hint}"), width, 15));
        text.push('\n');
    }
    text
}
