//! `lab list`: the parts and their labs, with points, time and what is done.

use std::process::ExitCode;

use anyhow::Result;

use crate::memory::Memory;
use crate::parts::{self, PARTS};
use crate::place::Place;
use crate::standing::{self, Standing};
use checks::screen::{self, Paint, Tone};

/// Prints a line for each lab.
pub(crate) fn show(place: &Place) -> Result<ExitCode> {
    let (width, paint) = (screen::width(), Paint::of_stdout());
    let memory = Memory::load(place);
    let current = standing::current(place, &memory).map(|lab| lab.name);
    for part in PARTS.iter().filter(|part| part.labs().next().is_some()) {
        println!("{}", paint.text(Tone::Strong, part.name));
        for lab in part.labs() {
            let standing = Standing::of(place, &memory, lab);
            let (mark, tone) = mark(&standing);
            let points = if standing.is_known() {
                format!("{:>3}/{}", standing.earned(), standing.max())
            } else {
                format!("  -/{}", standing.max())
            };
            let here = if current == Some(lab.name) { ">" } else { " " };
            let line = format!("{:02}  {:<14}  {points:<7}  {:>6}", lab.number, lab.name, parts::hours(lab));
            // The title, where there is room for it.
            let room = (if width == 0 { 100 } else { width }).saturating_sub(line.len() + 8);
            let title = if lab.title.chars().count() <= room { lab.title } else { "" };
            println!("{}", format!("{here} {} {line}  {title}", paint.text(tone, mark)).trim_end());
        }
    }
    println!("\n✓ done  ~ written in since its last check  · begun  > you are here");
    println!("points: of the public checks; the hidden ones make it 100 a lab");
    Ok(ExitCode::SUCCESS)
}

fn mark(standing: &Standing) -> (&'static str, Tone) {
    match standing {
        standing if standing.changed => ("~", Tone::Open),
        standing if standing.done => ("✓", Tone::Good),
        standing if standing.is_known() => ("·", Tone::Open),
        _ => (" ", Tone::Faint),
    }
}
