//! `lab bugs`: which check fails, if somebody makes this mistake? A game with the mistakes that the checks were proved with.

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use checks::Lab;
use checks::signatures::{Bug, Signatures};

use crate::course;
use crate::memory::Memory;
use crate::place::Place;
use crate::standing::Standing;
use checks::screen::{self, Paint, Tone, wrapped};

/// Asks about each bug of a lab that is done (or of any, `anyway`), or tells about one.
pub(crate) fn play(place: &Place, lab: Option<&str>, bug: Option<&str>, anyway: bool) -> Result<ExitCode> {
    let Some(lab) = course::lab_or_current(place, lab)? else { bail!("which lab? cargo lab bugs LAB") };
    let memory = Memory::load(place);
    if !anyway && !Standing::of(place, &memory, lab).done {
        bail!(
            "{} is not done yet: the bugs would tell you too much. Add --anyway if you don't mind",
            lab.name
        );
    }
    // Bugs that only hidden checks catch have no answer here.
    let bugs: Vec<Bug> = Signatures::of(lab).bugs.into_iter().filter(|bug| !bug.fails.is_empty()).collect();
    let (width, paint) = (screen::width(), Paint::of_stdout());
    if let Some(name) = bug {
        let names = bugs.iter().map(|bug| bug.name.as_str());
        let Some(bug) = bugs.iter().find(|bug| bug.name == name) else {
            bail!("{} has no bug called {name}{}", lab.name, course::suggestion(name, names));
        };
        println!("{}\n{}", wrapped(&bug.says, width, 0), answer(bug, width));
        return Ok(ExitCode::SUCCESS);
    }
    if bugs.is_empty() {
        bail!("no bugs of {} are on record", lab.name);
    }
    if !std::io::stdin().is_terminal() {
        for bug in &bugs {
            println!("{:<32} {}", bug.name, bug.says);
        }
        return Ok(ExitCode::SUCCESS);
    }
    quiz(lab, &bugs, width, paint)
}

fn quiz(lab: &Lab, bugs: &[Bug], width: usize, paint: Paint) -> Result<ExitCode> {
    let question =
        "Somebody has made a mistake. Which check fails? (its number; Enter = tell me; q = enough)";
    println!("{}\n", wrapped(question, width, 0));
    for (number, check) in lab.checks.iter().enumerate() {
        println!("{:>4}  {}", number + 1, check.name);
    }
    let (mut right, mut asked) = (0, 0);
    let mut lines = std::io::stdin().lock().lines();
    for (at, bug) in bugs.iter().enumerate() {
        print!("\n{}\n> ", wrapped(&format!("{}/{}  {}", at + 1, bugs.len(), bug.says), width, 0));
        std::io::stdout().flush().context("Failed to ask")?;
        let Some(Ok(line)) = lines.next() else { break };
        if line.trim() == "q" {
            break;
        }
        if let Some(check) = named(lab, line.trim()) {
            asked += 1;
            let is_right = bug.fails.contains(check);
            right += usize::from(is_right);
            let word = if is_right { paint.text(Tone::Good, "yes") } else { paint.text(Tone::Bad, "no") };
            print!("{word}. ");
        }
        println!("{}", answer(bug, width));
    }
    println!(
        "\n{right} of {asked} guessed. Make one of them in your own code, and see: cargo lab check {}",
        lab.name
    );
    Ok(ExitCode::SUCCESS)
}

/// A check by its number or its name.
fn named(lab: &Lab, answer: &str) -> Option<&'static str> {
    let by_number = answer.parse::<usize>().ok().and_then(|number| lab.checks.get(number.wrapping_sub(1)));
    by_number.or_else(|| lab.check(answer)).map(|check| check.name)
}

fn answer(bug: &Bug, width: usize) -> String {
    let fails: BTreeSet<&str> = bug.fails.iter().map(String::as_str).collect();
    let fails: Vec<&str> = fails.into_iter().collect();
    wrapped(&format!("{} fails {}", bug.name, fails.join(", ")), width, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_named_by_its_number_or_its_name() {
        let lab = course::lab("tcp-echo").unwrap();
        assert_eq!(named(lab, "1"), Some(lab.checks[0].name));
        assert_eq!(named(lab, lab.checks[1].name), Some(lab.checks[1].name));
        for other in ["", "0", "99", "x"] {
            assert_eq!(named(lab, other), None, "{other}");
        }
    }
}
