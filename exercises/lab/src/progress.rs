//! `lab progress`: a bar for each part; as a table for a page, or as a badge.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::memory::Memory;
use crate::parts::PARTS;
use crate::place::Place;
use crate::standing::Standing;
use crate::{badge, durable};
use checks::screen::{Paint, Tone};

/// How it is shown.
pub(crate) struct Options<'a> {
    /// A file for a badge.
    pub(crate) svg: Option<&'a Path>,
    /// As a Markdown table of labs.
    pub(crate) markdown: bool,
}

struct Sum {
    done: usize,
    labs: usize,
    earned: u32,
    max: u32,
}

impl Sum {
    fn of(standings: &[&Standing]) -> Sum {
        Sum {
            done: standings.iter().filter(|standing| standing.done).count(),
            labs: standings.len(),
            earned: standings.iter().map(|standing| standing.earned()).sum(),
            max: standings.iter().map(|standing| standing.max()).sum(),
        }
    }
}

/// Prints the progress, or writes the badge.
pub(crate) fn show(place: &Place, options: &Options) -> Result<ExitCode> {
    let memory = Memory::load(place);
    let all = Standing::all(place, &memory);
    let whole = Sum::of(&all.iter().collect::<Vec<_>>());
    if let Some(file) = options.svg {
        durable::write(&std::path::absolute(file)?, badge::svg(whole.done, whole.labs).as_bytes())?;
        println!("{}: {} of {} labs", file.display(), whole.done, whole.labs);
        return Ok(ExitCode::SUCCESS);
    }
    if options.markdown {
        print!("{}", markdown(&all, &whole));
        return Ok(ExitCode::SUCCESS);
    }
    let paint = Paint::of_stdout();
    for part in PARTS.iter().filter(|part| part.labs().next().is_some()) {
        let labs: Vec<&str> = part.labs().map(|lab| lab.name).collect();
        let sum = Sum::of(&all.iter().filter(|one| labs.contains(&one.lab.name)).collect::<Vec<_>>());
        println!("{:<11} {}", part.name, line(&sum, paint));
    }
    println!("{:<11} {}", "", line(&whole, paint));
    Ok(ExitCode::SUCCESS)
}

fn line(sum: &Sum, paint: Paint) -> String {
    format!(
        "{}  {:>2} of {:>2} labs  {:>4} of {:>4} points",
        bar(sum.done, sum.labs, paint),
        sum.done,
        sum.labs,
        sum.earned,
        sum.max
    )
}

/// Twelve boxes, of which as many are full as that share of the whole.
pub(crate) fn bar(part: usize, whole: usize, paint: Paint) -> String {
    const BOXES: usize = 12;
    let full = (part * BOXES).checked_div(whole).unwrap_or(0);
    let (full, empty) = ("█".repeat(full), "░".repeat(BOXES - full));
    format!("{}{}", paint.text(Tone::Good, &full), paint.text(Tone::Faint, &empty))
}

fn markdown(all: &[Standing], whole: &Sum) -> String {
    let mut text = format!(
        "{} of {} labs, {} of {} points of the public checks\n\n",
        whole.done, whole.labs, whole.earned, whole.max
    );
    text.push_str("| lab | | checks | points |\n|---|---|---|---|\n");
    for one in all.iter().filter(|one| one.is_known()) {
        let state = if one.done { "done" } else { "begun" };
        text.push_str(&format!(
            "| {:02} {} | {state} | {} of {} | {} of {} |\n",
            one.lab.number,
            one.lab.name,
            one.passed(),
            one.lab.checks.len(),
            one.earned(),
            one.max()
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_when_all_is_done() {
        let paint = Paint::plain();
        assert_eq!(bar(0, 7, paint), "░".repeat(12));
        assert_eq!(bar(6, 7, paint), format!("{}░░", "█".repeat(10)));
        assert_eq!(bar(7, 7, paint), "█".repeat(12));
        assert_eq!(bar(0, 0, paint), "░".repeat(12));
    }
}
