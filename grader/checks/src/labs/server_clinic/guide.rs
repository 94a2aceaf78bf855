//! What `debug-guide` prints: pages of notes, and for each fault a question that can be checked.

use super::reproduce::script_of;
use crate::{Bench, Fault, ensure};

pub(super) fn debug_guide_asks_so_that_it_can_be_checked(bench: &mut Bench) -> Result<(), Fault> {
    const FAULTS: [&str; 8] = ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8"];
    const HEADINGS: [&str; 6] = [
        "What I ran",
        "What I expected",
        "What I saw",
        "The smallest code",
        "One question",
        "Verification form",
    ];
    bench.plays("guide");
    let list = bench.run("debug-guide", ["list"])?.code(0)?;
    let list = FAULTS.iter().try_fold(list, |list, fault| list.stdout_contains(fault))?;
    ["checklist", "optimise", "bench"].iter().try_fold(list, |list, page| list.stdout_contains(page))?;

    for fault in FAULTS {
        let script = script_of(bench, fault)?;
        let prompt = bench.run("debug-guide", ["prompt", fault])?.code(0)?.stdout_text();
        let sections = sections(&prompt);
        let names: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
        ensure(names == HEADINGS, || {
            Fault::expected(format!("the headings {HEADINGS:?} in the prompt for {fault}"))
                .got(format!("{names:?}"))
        })?;
        for step in script.lines().filter(|step| !step.trim().is_empty()) {
            ensure(sections[0].1.contains(step.trim()), || {
                Fault::expected(format!("the whole script of {fault} below \"What I ran\""))
                    .got(format!("a text without the line {step:?}"))
            })?;
        }
        let empty = sections.iter().find(|(_, text)| text.trim().is_empty());
        ensure(empty.is_none(), || {
            let heading = empty.map_or("", |(name, _)| *name);
            Fault::expected(format!("something below \"{heading}\" in the prompt for {fault}")).got("nothing")
        })?;
        ensure(sections[4].1.trim_end().ends_with('?'), || {
            Fault::expected(format!("a question at the end of \"One question\" for {fault}"))
                .got(sections[4].1)
        })?;
        let boxes = sections[5].1.lines().filter(|line| line.starts_with("- [ ]")).count();
        ensure(boxes >= 3, || {
            Fault::expected("three lines that begin with `- [ ]` in the verification form")
                .got(format!("{boxes}"))
        })?;
    }

    for (page, least) in [("checklist", 6), ("optimise", 4), ("bench", 4)] {
        let text = bench.run("debug-guide", ["show", page])?.code(0)?.stdout_text();
        let notes = text.lines().filter(|line| line.starts_with("- ")).count();
        ensure(notes >= least && !text.contains("not yet implemented"), || {
            Fault::expected(format!("at least {least} notes that begin with `- ` on the page {page}"))
                .got(format!("{notes}"))
        })?;
    }
    bench.run("debug-guide", ["prompt", "B9"])?.code(2)?;
    Ok(())
}

/// The parts of a page that begin with `## HEADING`.
fn sections(page: &str) -> Vec<(&str, &str)> {
    let parts = page.split("## ").skip(1);
    parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}
