//! `lab` alone: where you are, and the one next thing to do.

use std::process::ExitCode;

use anyhow::Result;

use crate::memory::Memory;
use crate::next;
use crate::parts::PARTS;
use crate::place::Place;
use crate::progress;
use crate::sources;
use crate::standing::{self, Standing};
use crate::{parts, release::Release};
use checks::screen::{self, Paint, wrapped};

/// Prints a line for the course, one for the part, one for the lab, and the next thing.
pub(crate) fn show(place: &Place) -> Result<ExitCode> {
    let (width, paint) = (screen::width(), Paint::of_stdout());
    let memory = Memory::load(place);
    let all = Standing::all(place, &memory);
    let done = all.iter().filter(|standing| standing.done).count();
    println!("course {}  {done} of {} labs done", progress::bar(done, all.len(), paint), all.len());
    let Some(lab) = standing::current(place, &memory).or(checks::labs::ALL.last().copied()) else {
        return Ok(ExitCode::SUCCESS);
    };
    let name = standing::part_of(lab);
    if let Some(part) = PARTS.iter().find(|part| part.name == name) {
        let labs: Vec<&str> = part.labs().map(|lab| lab.name).collect();
        let in_part = all.iter().filter(|standing| labs.contains(&standing.lab.name));
        let done = in_part.filter(|standing| standing.done).count();
        println!("part   {}  {name}: {done} of {}", progress::bar(done, labs.len(), paint), labs.len());
    }
    let standing = Standing::of(place, &memory, lab);
    let passed = standing.passed();
    let title = format!("{:02} {}: {passed} of {} checks", lab.number, lab.name, lab.checks.len());
    println!("lab    {}  {title}", progress::bar(passed, lab.checks.len(), paint));
    let (earned, max) = (standing.earned(), standing.max());
    let about =
        format!("       {} (about {}, {earned} of {max} public points)", lab.title, parts::hours(lab));
    println!("{}\n", wrapped(&about, width, 7));
    print!("{}", next::thing(place, &memory, lab, width, paint));
    if let Some(forgotten) = forgotten(place, &memory)? {
        println!("\n{}", wrapped(&forgotten, width, 0));
    }
    Ok(ExitCode::SUCCESS)
}

/// A remark where labs are begun of which nothing is known: the record was lost, or never made.
fn forgotten(place: &Place, memory: &Memory) -> Result<Option<String>> {
    let Some(release) = Release::of(&place.root)? else { return Ok(None) };
    let begun = checks::labs::ALL
        .iter()
        .filter(|lab| memory.of(lab).is_none_or(|record| record.checks.is_empty()))
        .filter(|lab| sources::is_begun(place, lab, Some(&release)))
        .count();
    Ok((begun > 0).then(|| {
        let labs = if begun == 1 {
            "1 lab that you have begun has"
        } else {
            &format!("{begun} labs that you have begun have")
        };
        format!("{labs} not been checked yet: cargo lab check --all")
    }))
}
