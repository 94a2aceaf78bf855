//! How long a chapter takes: to read, and with its lab.

use crate::course::Course;
use crate::parts;

/// Of those who read English as a second language, and look things up.
const WORDS_A_MINUTE: usize = 160;

/// `expanded` with a line about the time below its title, if `page` is a part's opening or a lab's chapter.
/// `source` is what its author wrote: listings and records that are put in are not read word by word.
pub(crate) fn with_time(course: &Course, page: &str, source: &str, expanded: &str) -> String {
    let name = page.trim_end_matches(".md");
    let lab = course.labs.iter().find(|lab| lab.folder() == name);
    let rest = match lab {
        Some(lab) => hours(&lab.name).map(|hours| format!(", and about {hours} with the lab")),
        None if name.starts_with("part-") => None,
        None => return expanded.to_owned(),
    };
    let Some((title, below)) = expanded.split_once('\n') else { return expanded.to_owned() };
    let time = format!("About {} minutes to read{}.", minutes(source), rest.unwrap_or_default());
    format!("{title}\n\n<p class=\"time\">{time}</p>\n{below}")
}

/// To the next five.
fn minutes(text: &str) -> usize {
    text.split_whitespace().count().div_ceil(WORDS_A_MINUTE).next_multiple_of(5)
}

/// The estimate that `cargo lab list` prints, in words: of `2.5 h`, `2½ hours`.
fn hours(lab: &str) -> Option<String> {
    let lab = checks::labs::ALL.iter().find(|known| known.name == lab)?;
    Some(parts::hours(lab).replace(".5", "½").replace(" h", " hours"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;

    #[test]
    fn a_chapter_tells_the_time_to_read_it_and_the_time_with_its_lab() {
        let source = "word ".repeat(6 * WORDS_A_MINUTE);
        let page = with_time(&sample::course(), "03-tcp-echo.md", &source, "# Echo\n\nText.\n");
        let line = "<p class=\"time\">About 10 minutes to read, and about 4 hours with the lab.</p>";
        assert_eq!(page, format!("# Echo\n\n{line}\n\nText.\n"));
    }

    #[test]
    fn a_part_has_no_lab_of_its_own() {
        let page = with_time(&sample::course(), "part-1-streams.md", "a word", "# Streams\n");
        assert_eq!(page, "# Streams\n\n<p class=\"time\">About 5 minutes to read.</p>\n");
    }

    #[test]
    fn a_page_to_look_things_up_in_tells_no_time() {
        assert_eq!(with_time(&sample::course(), "tools.md", "a word", "# Tools\n"), "# Tools\n");
    }

    #[test]
    fn half_hours_are_told() {
        assert_eq!(hours("tcp-hello").as_deref(), Some("2½ hours"));
    }
}
