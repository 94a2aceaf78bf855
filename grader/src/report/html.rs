//! Pages for a browser: one of the class, one of each student. Each is one file that needs no script and no network,
//! and its policy forbids both.

mod class_page;
mod student_page;

use std::path::PathBuf;

use anyhow::{Context, Result};
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::gradebook::{LabResult, Timeliness};
use crate::report::class::Class;
use crate::report::csv::Standing;
use crate::report::folder::Names;
use crate::when;
use class_page::ClassPage;
use student_page::StudentPage;

const STYLE: &str = include_str!("html/style.css");
const TEMPLATES: [(&str, &str); 3] = [
    ("layout.html", include_str!("html/layout.html")),
    ("class.html", include_str!("html/class.html")),
    ("student.html", include_str!("html/student.html")),
];

/// The pages by their paths: `students/<id>.html`, then `index.html`, which links to them.
///
/// # Errors
/// None that a class could cause.
pub fn render(class: &Class) -> Result<Vec<(PathBuf, String)>> {
    let mut pages = Environment::new();
    // A misspelt name is a mistake, and not an empty place.
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, template) in TEMPLATES {
        pages.add_template(name, template).with_context(|| format!("the template {name}"))?;
    }
    let (mut names, mut files, mut links) = (Names::default(), Vec::new(), Vec::new());
    for student in &class.students {
        let path = format!("students/{}", names.of(&student.person.id, ".html"));
        files.push((
            PathBuf::from(&path),
            pages.get_template("student.html")?.render(Serde(StudentPage::of(student, class)))?,
        ));
        links.push(path);
    }
    files.push((
        "index.html".into(),
        pages.get_template("class.html")?.render(Serde(ClassPage::of(class, links)))?,
    ));
    Ok(files)
}

/// What a student has in a lab or in all.
#[derive(Serialize)]
struct Cell {
    text: String,
    verdict: &'static str,
    tone: &'static str,
    late: Option<String>,
}

impl Cell {
    fn of(standing: Standing) -> Cell {
        let text = match standing.score {
            Some(score) => format!("{score}/{}", standing.max),
            None => standing.verdict.to_owned(),
        };
        Cell { text, verdict: standing.verdict, tone: tone(standing.verdict), late: None }
    }
}

/// `late by 3 h 0 min`, where it was.
fn late(lab: &LabResult) -> Option<String> {
    match lab.timeliness {
        Timeliness::Grace(after) | Timeliness::Late(after) => {
            Some(format!("{} by {}", lab.timeliness.word(), when::roughly(after)))
        }
        Timeliness::OnTime | Timeliness::Unmarked => None,
    }
}

/// How a verdict is coloured; its word stands beside it.
fn tone(verdict: &str) -> &'static str {
    match verdict {
        "PASS" => "good",
        "SKIP" | "INFRA" | "GRADED" | "MISSING" => "rest",
        _ => "fail",
    }
}

#[cfg(test)]
mod tests {
    use roxmltree::{Document, Node};

    use super::*;
    use crate::report::samples;

    fn pages() -> Vec<(PathBuf, String)> {
        render(&samples::class()).unwrap()
    }

    /// Our pages are XML but for the doctype, `<meta>` and one attribute.
    fn xml(page: &str) -> String {
        let line = |line: &str| match line.starts_with("<meta ") {
            true => line.replace('>', "/>"),
            false => line.replace("<details open>", "<details>"),
        };
        page.lines().skip(1).map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn pages_are_well_formed_and_hold_only_our_elements() {
        let pages = pages();
        for (path, page) in &pages {
            let xml = xml(page);
            let document =
                Document::parse(&xml).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            for node in document.descendants().filter(Node::is_element) {
                let name = node.tag_name().name();
                assert!(!["script", "img", "iframe", "link", "object", "form"].contains(&name), "{name}");
                assert!(node.attributes().all(|attribute| !attribute.name().starts_with("on")), "{name}");
                if let Some(link) = node.attribute("href").filter(|link| !link.starts_with('#')) {
                    assert!(pages.iter().any(|(path, _)| path.as_os_str() == link), "{link}");
                }
            }
            for live in ["\u{1b}", "\u{202e}", "\0", "http:", "https:", "url("] {
                assert!(!page.contains(live), "{live:?} in {}", path.display());
            }
        }
    }

    #[test]
    fn the_class_has_every_student_and_the_check_its_numbers() {
        let pages = pages();
        let (path, index) = pages.last().unwrap();
        assert_eq!(path.as_os_str(), "index.html");
        assert_eq!(pages.len(), 8);
        assert!(index.contains("Networks &amp; &lt;Systems&gt;"));
        for told in ["3/5", "5.0 %", "reply-per-read", "late by 1 d 3 h", "REJECTED", "MISSING"] {
            assert!(index.contains(told), "{told}");
        }
    }

    #[test]
    fn a_students_page_tells_the_failures() {
        let pages = pages();
        let page = &pages.iter().find(|(path, _)| path.ends_with("dave.html")).unwrap().1;
        for told in [
            "expected nothing before a newline",
            "BUILD_FAIL",
            "needs CAP_NET_RAW",
            "2026-11-20 22:59 UTC",
            "&lt;script&gt;",
        ] {
            assert!(page.contains(told), "{told}");
        }
    }
}
