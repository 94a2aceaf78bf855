//! `lab hint`: what to think of, where to read, and at last how it could be written.

use std::process::ExitCode;

use anyhow::Result;

use crate::course;

const LEVELS: [&str; 3] = ["nudge", "concept", "pseudo-code"];

/// Prints the check's hints up to that level (1 to 3), or the lab's checks.
pub(crate) fn show(lab: &str, check: Option<&str>, level: u8) -> Result<ExitCode> {
    let lab = course::lab(lab)?;
    let Some(check) = check else {
        println!("{}: {}\n", lab.name, lab.title);
        for check in lab.checks {
            println!("  {:<44} {:>3} points   {}", check.name, check.points, check.says);
        }
        println!("\ncargo lab hint {} CHECK [--level 1|2|3]", lab.name);
        return Ok(ExitCode::SUCCESS);
    };
    let check = course::check(lab, check)?;
    println!("{}: {}\n", check.name, check.says);
    for (hint, name) in check.hints.iter().zip(LEVELS).take(usize::from(level)) {
        println!("  {name:<12} {hint}");
    }
    if level < 3 {
        println!("\nmore: cargo lab hint {} {} --level {}", lab.name, check.name, level + 1);
    }
    Ok(ExitCode::SUCCESS)
}
