//! The one next thing to do.

use checks::Lab;

use crate::memory::Memory;
use crate::place::Place;
use crate::standing::{self, Standing};
use checks::screen::{Paint, Tone, wrapped};

/// What to do next in the lab, or after it, in one line or a few, with a final newline.
pub(crate) fn thing(place: &Place, memory: &Memory, lab: &'static Lab, width: usize, paint: Paint) -> String {
    let standing = Standing::of(place, memory, lab);
    let text = if standing.done && !standing.changed {
        let Some(next) = standing::after(place, memory, lab) else {
            return "next   nothing: every lab of this edition is done. What will you build now?\n"
                .to_owned();
        };
        format!("lab {:02} {}: cargo lab watch {}", next.number, next.name, next.name)
    } else if !standing.is_known() {
        format!(
            "read the chapter, `cargo lab book {}`; then `cargo lab watch`, and write in exercises/{}",
            lab.name,
            lab.folder()
        )
    } else if standing.changed {
        format!("you have written in {} since its last check: cargo lab check", lab.name)
    } else {
        match standing.first_open() {
            None => format!("cargo lab check {}", lab.name),
            Some((check, None)) => format!("cargo lab check {} {}", lab.name, check.name),
            Some((check, Some(word))) => {
                let place = word.not_done.as_deref().unwrap_or(check.says);
                format!("{}: {place} (hint: cargo lab hint)", check.name)
            }
        }
    };
    let line = wrapped(&format!("next   {text}"), width, 7);
    format!("{}{}\n", paint.text(Tone::Strong, &line[..4]), &line[4..])
}
