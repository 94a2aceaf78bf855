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
            // "> ✓ " in front of it, two blanks behind it.
            let room = (if width == 0 { screen::USUAL } else { width }).saturating_sub(line.len() + 6);
            let title = shortened(lab.title, room);
            println!("{}", format!("{here} {} {line}  {title}", paint.text(tone, mark)).trim_end());
        }
    }
    println!("\n✓ done  · begun  ~ written in since its last check  > here");
    println!("points of the public checks; hidden ones make it 100 a lab");
    Ok(ExitCode::SUCCESS)
}

/// The title, or as many of its words as there is room for.
fn shortened(title: &str, room: usize) -> String {
    if title.chars().count() <= room {
        return title.to_owned();
    }
    let mut short = String::new();
    for word in title.split(' ') {
        if short.chars().count() + word.chars().count() + " …".chars().count() > room {
            break;
        }
        short.push_str(word);
        short.push(' ');
    }
    if short.is_empty() { short } else { short + "…" }
}

fn mark(standing: &Standing) -> (&'static str, Tone) {
    match standing {
        standing if standing.changed => ("~", Tone::Open),
        standing if standing.done => ("✓", Tone::Good),
        standing if standing.is_known() => ("·", Tone::Open),
        _ => (" ", Tone::Faint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_without_room_loses_its_last_words() {
        assert_eq!(shortened("A chat over UDP", 15), "A chat over UDP");
        assert_eq!(shortened("A chat over UDP", 12), "A chat …");
        assert_eq!(shortened("Datagrams", 5), "");
        for room in 0..40 {
            assert!(shortened("Exactly sixteen bytes, and the knobs", room).chars().count() <= room);
        }
    }
}
