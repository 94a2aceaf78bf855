//! Puts into a chapter what is not written by hand.
//!
//! A directive `{{#name arguments}}` stands anywhere in a page, also in a fenced block; `\{{#name}}` shows
//! the directive itself. The fenced blocks `quiz` and `predict` become forms.

use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::course::Course;
use crate::ladder::Ladder;
use crate::problem::Problem;
use crate::site::Site;
use crate::{coverage, figure, html, listing, matrix, quiz, table, transcript};

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?<literal>\\)?\{\{#(?<name>[a-z]+)(?<rest>[^}]*)\}\}").expect("the pattern is fixed")
});

/// Expands the pages of one book, and remembers what it could not.
pub(crate) struct Expander<'a> {
    site: &'a Site,
    course: &'a Course,
    problems: Vec<Problem>,
}

impl<'a> Expander<'a> {
    pub(crate) fn new(site: &'a Site, course: &'a Course) -> Self {
        Self { site, course, problems: Vec::new() }
    }

    /// What was missing or malformed, in the order of the pages.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The text of `page` (relative to `book/src`) with everything put in; gaps are shown as gaps.
    pub(crate) fn expand(&mut self, page: &str, text: &str) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
        let mut fence: Option<Fence> = None;
        while let Some((number, line)) = lines.next() {
            if let Some(open) = &fence {
                if open.is_closed_by(line) {
                    fence = None;
                }
            } else if let Some(opened) = Fence::opened_by(line) {
                if let Some(form) = Form::named(opened.info) {
                    let body: Vec<&str> = lines
                        .by_ref()
                        .map(|(_, line)| line)
                        .take_while(|l| !opened.is_closed_by(l))
                        .collect();
                    expanded.push_str(&self.form(page, number, form, &body.join("\n")));
                    expanded.push('\n');
                    continue;
                }
                fence = Some(opened);
            }
            expanded.push_str(&self.line(page, number, line, fence.is_some()));
            expanded.push('\n');
        }
        expanded
    }

    fn line(&mut self, page: &str, number: usize, line: &str, verbatim: bool) -> String {
        let expanded = DIRECTIVE.replace_all(line, |found: &Captures<'_>| {
            if found.name("literal").is_some() {
                return found[0][1..].to_owned();
            }
            self.directive(&found["name"], found["rest"].trim()).unwrap_or_else(|what| {
                let gap = if verbatim { format!("[{what}]") } else { gap(&what) };
                self.report(page, number, what);
                gap
            })
        });
        expanded.into_owned()
    }

    fn directive(&self, name: &str, arguments: &str) -> Result<String, String> {
        let root = self.site.root();
        let words: Vec<&str> = arguments.split_whitespace().collect();
        match (name, &words[..]) {
            ("include", [path]) => listing::include(root, path),
            ("item", [path, kind, rest @ ..]) if !rest.is_empty() => {
                listing::item(root, path, &format!("{kind} {}", rest.join(" ")))
            }
            ("checks", [lab]) => Ok(table::of(self.course.lab(lab)?)),
            ("check", [lab, check]) => {
                let lab = self.course.lab(lab)?;
                let name = &lab.check(check)?.name;
                Ok(format!("[`{name}`]({}.md#check-{name})", lab.folder()))
            }
            ("coverage", []) => {
                let sources = coverage::load(root).map_err(|error| format!("{error:#}"))?;
                Ok(coverage::table::of(self.course, &sources))
            }
            ("matrix", []) => matrix::of(root, self.course).map_err(|error| format!("{error:#}")),
            ("bug", [lab, bug]) => Ok(format!("*{}*", self.course.lab(lab)?.bug(bug)?.name)),
            ("size", [lab]) => {
                listing::size(root, &self.course.lab(lab)?.folder()).map(|size| size.to_string())
            }
            ("figure", [name]) => figure::paste(self.site, name),
            ("transcript", [name]) => transcript::paste(&self.site.transcripts(), name),
            ("ladder", [lab, bug, check]) => {
                let lab = self.course.lab(lab)?;
                lab.bug(bug)?;
                lab.check(check)?;
                Ladder::new(&lab.name, bug, check).paste(&self.site.ladders())
            }
            (
                "include" | "item" | "checks" | "check" | "coverage" | "matrix" | "bug" | "size" | "figure"
                | "transcript" | "ladder",
                _,
            ) => Err(format!("`{{{{#{name}}}}}` has the wrong arguments: `{arguments}`")),
            _ => Err(format!("no directive is called `{name}`")),
        }
    }

    fn form(&mut self, page: &str, number: usize, form: Form, body: &str) -> String {
        let rendered = match form {
            Form::Quiz => quiz::quiz(&Path::new(page).with_extension("").to_string_lossy(), body, |name| {
                transcript::recorded(&self.site.transcripts(), name)
            }),
            Form::Predict => quiz::predictions(body),
        };
        rendered.unwrap_or_else(|fault| {
            let gap = gap(&fault.what);
            self.report(page, number + fault.line, fault.what);
            gap
        })
    }

    fn report(&mut self, page: &str, line: usize, what: String) {
        self.problems.push(Problem::new(format!("book/src/{page}"), line, what));
    }
}

fn gap(what: &str) -> String {
    format!("<mark class=\"gap\">{}</mark>", html::escape(what))
}

/// A block that the reader fills in.
#[derive(Clone, Copy)]
enum Form {
    Quiz,
    Predict,
}

impl Form {
    fn named(info: &str) -> Option<Self> {
        match info {
            "quiz" => Some(Self::Quiz),
            "predict" => Some(Self::Predict),
            _ => None,
        }
    }
}

/// An open fenced code block (CommonMark §4.5).
struct Fence<'a> {
    mark: char,
    length: usize,
    info: &'a str,
}

impl<'a> Fence<'a> {
    fn opened_by(line: &'a str) -> Option<Self> {
        let text = line.trim_start();
        let mark = text.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = text.trim_start_matches(mark);
        let length = text.len() - info.len();
        (length >= 3).then_some(Self { mark, length, info: info.trim() })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let text = line.trim();
        text.len() >= self.length && text.chars().all(|each| each == self.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;

    fn expand(text: &str) -> (String, Vec<Problem>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("book/src")).unwrap();
        std::fs::write(folder.path().join("book/book.toml"), "").unwrap();
        std::fs::write(folder.path().join("a.rs"), "fn one() {}\n").unwrap();
        let site = Site::find(folder.path()).unwrap();
        let course = sample::course();
        let mut expander = Expander::new(&site, &course);
        let expanded = expander.expand("p.md", text);
        (expanded, expander.into_problems())
    }

    #[test]
    fn a_listing_is_put_into_its_fence() {
        let (text, problems) = expand("```rust\n{{#item a.rs fn one}}\n```\n");
        assert_eq!(text, "```rust\nfn one() {}\n```\n");
        assert_eq!(problems, []);
    }

    #[test]
    fn an_escaped_directive_is_shown() {
        assert_eq!(expand("write `\\{{#checks x}}`").0, "write `{{#checks x}}`\n");
    }

    #[test]
    fn each_gap_is_reported_at_its_line() {
        let (_, problems) = expand(
            "\n{{#include gone.rs}}\n{{#item a.rs fn gone}}\n{{#checks gone}}\n{{#check tcp-echo gone}}\n\
             {{#transcript gone}}\n{{#fetch a}}\n{{#checks}}\n{{#bug tcp-echo gone}}\n\
             {{#ladder tcp-echo no-newline echoes-a-line}}\n{{#coverage}}\n{{#figure gone}}",
        );
        let found: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(found[0].starts_with("book/src/p.md:2: cannot include gone.rs: "), "{found:?}");
        assert_eq!(found[1], "book/src/p.md:3: a.rs has no item `fn gone`");
        assert_eq!(found[2], "book/src/p.md:4: no lab `gone`");
        assert_eq!(found[3], "book/src/p.md:5: lab tcp-echo has no public check `gone`");
        assert!(found[4].starts_with("book/src/p.md:6: transcript `gone` "), "{found:?}");
        assert_eq!(found[5], "book/src/p.md:7: no directive is called `fetch`");
        assert_eq!(found[6], "book/src/p.md:8: `{{#checks}}` has the wrong arguments: ``");
        assert_eq!(found[7], "book/src/p.md:9: lab tcp-echo has no bug `gone`");
        assert!(found[8].starts_with("book/src/p.md:10: ladder "), "{found:?}");
        assert!(found[9].starts_with("book/src/p.md:11: cannot read "), "{found:?}");
        assert!(found[10].starts_with("book/src/p.md:12: figure `gone` is not described: "), "{found:?}");
    }

    #[test]
    fn a_malformed_quiz_is_reported_at_the_line_that_is_wrong() {
        let (_, problems) = expand("text\n```quiz\n[[question]]\nask = 3\n```\n");
        assert_eq!((problems.len(), problems[0].line), (1, 4), "{problems:?}");
    }
}
