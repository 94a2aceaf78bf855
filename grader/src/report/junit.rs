//! JUnit XML: a suite a lab, a case a check. What GitLab, Jenkins and GitHub's actions read.
//!
//! GitLab shows `classname` as the suite, reads the element's content and not its `message`, and of two cases of one
//! name keeps the first.

use std::fmt::Write;

use checks::{Isolation, Verdict};

use crate::report::class::Class;
use crate::report::isolation;
use crate::report::model::{CheckReport, LabReport, ReportVerdict};
use crate::report::sheet::{Sheet, shown, shown_in_line, story};

/// One submission.
pub fn render(sheet: &Sheet) -> String {
    document("wirelab", &suites(sheet, ""))
}

/// A class: the suites of every student, named after the student.
pub fn render_class(class: &Class) -> String {
    let suites = |student| {
        let sheet = Sheet::of_student(student);
        suites(&sheet, &format!("{} / ", sheet.who))
    };
    document(&class.title, &class.students.iter().flat_map(suites).collect::<Vec<_>>())
}

struct Suite {
    name: String,
    isolation: Isolation,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    seconds: f64,
    /// The element inside, if it did not pass, and its `message`.
    trouble: Option<(&'static str, String)>,
    story: String,
}

fn suites(sheet: &Sheet, prefix: &str) -> Vec<Suite> {
    let lone = |element, message: &str| {
        let trouble = Some((element, message.to_owned()));
        let case = Case { name: "submission".to_owned(), seconds: 0.0, trouble, story: message.to_owned() };
        vec![Suite {
            name: format!("{prefix}submission"),
            isolation: Isolation::default(),
            cases: vec![case],
        }]
    };
    match sheet.verdict {
        ReportVerdict::Rejected => lone("error", sheet.message.unwrap_or("rejected")),
        _ if sheet.labs.is_empty() => lone("skipped", "nothing was graded"),
        _ => sheet.labs.iter().map(|lab| suite(lab, prefix)).collect(),
    }
}

fn suite(lab: &LabReport, prefix: &str) -> Suite {
    Suite {
        name: format!("{prefix}{:02}-{}", lab.number, lab.lab),
        isolation: lab.isolation.clone(),
        cases: lab.checks.iter().map(|check| case(lab, check)).collect(),
    }
}

fn case(lab: &LabReport, check: &CheckReport) -> Case {
    let element = match check.verdict {
        Verdict::Pass => None,
        Verdict::Skip => Some("skipped"),
        Verdict::Infra => Some("error"),
        _ if !lab.verdict.is_judged() => Some("error"),
        _ => Some("failure"),
    };
    let message = match (&check.skip, &check.fault) {
        (Some(reason), _) => reason.clone(),
        _ => format!("{} {}/{}", check.verdict.word(), check.earned, check.points),
    };
    let story = match &lab.message {
        Some(complaint) => complaint.clone(),
        None => story(check),
    };
    Case {
        name: check.check.to_owned(),
        seconds: check.seconds,
        trouble: element.map(|element| (element, message)),
        story,
    }
}

fn document(title: &str, suites: &[Suite]) -> String {
    let all: Vec<&Case> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites name=\"{}\"{}>", attribute(title), counts(&all));
    for suite in suites {
        let name = attribute(&suite.name);
        let cases: Vec<&Case> = suite.cases.iter().collect();
        let _ = writeln!(xml, "  <testsuite name=\"{name}\"{}>", counts(&cases));
        xml.push_str(&properties(&suite.isolation));
        for case in cases {
            let head = format!(
                "    <testcase classname=\"{name}\" name=\"{}\" time=\"{:.3}\"",
                attribute(&case.name),
                case.seconds
            );
            match &case.trouble {
                None => {
                    let _ = writeln!(xml, "{head}/>");
                }
                Some((element, message)) => {
                    let (message, story) = (attribute(message), inert(&case.story));
                    let _ = writeln!(
                        xml,
                        "{head}>\n      <{element} message=\"{message}\">{story}</{element}>\n    </testcase>"
                    );
                }
            }
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// What held the programs; nothing where none was run.
fn properties(isolation: &Isolation) -> String {
    if *isolation == Isolation::default() {
        return String::new();
    }
    let property = |name: &str, layers: String| {
        format!("      <property name=\"isolation.{name}\" value=\"{}\"/>\n", attribute(&layers))
    };
    let active = property("active", isolation::active(isolation));
    let missing = property("missing", isolation::missing(isolation));
    format!("    <properties>\n{active}{missing}    </properties>\n")
}

fn counts(cases: &[&Case]) -> String {
    let of = |element| {
        let is_it = |case: &&&Case| case.trouble.as_ref().is_some_and(|(found, _)| *found == element);
        cases.iter().filter(is_it).count()
    };
    format!(
        " tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\"",
        cases.len(),
        of("failure"),
        of("error"),
        of("skipped"),
        cases.iter().map(|case| case.seconds).sum::<f64>()
    )
}

/// For an element's content; for an attribute, in one line. `[[ATTACHMENT|path]]` would make GitLab and Jenkins offer a file.
fn inert(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in shown(text).replace("[[ATTACHMENT|", "[[ATTACHMENT\\|").chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn attribute(text: &str) -> String {
    inert(&shown_in_line(text))
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;
    use crate::report::samples;

    /// What the readers rely on, and nothing else.
    fn validate(xml: &str) {
        let document = Document::parse(xml).unwrap();
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "testsuites");
        let mut names = std::collections::BTreeSet::new();
        let number = |node: roxmltree::Node, name| node.attribute(name).unwrap().parse::<f64>().unwrap();
        for suite in root.children().filter(roxmltree::Node::is_element) {
            assert_eq!(suite.tag_name().name(), "testsuite");
            let (properties, cases): (Vec<_>, Vec<_>) = suite
                .children()
                .filter(roxmltree::Node::is_element)
                .partition(|node| node.has_tag_name("properties"));
            assert!(properties.len() <= 1, "{properties:?}");
            for property in
                properties.iter().flat_map(roxmltree::Node::children).filter(roxmltree::Node::is_element)
            {
                assert!(property.has_tag_name("property") && property.has_attribute("value"), "{property:?}");
            }
            assert_eq!(number(suite, "tests"), cases.len() as f64);
            for (element, count) in [("failure", "failures"), ("error", "errors"), ("skipped", "skipped")] {
                let found = suite.descendants().filter(|node| node.has_tag_name(element)).count();
                assert_eq!(number(suite, count), found as f64, "{count}");
            }
            for case in cases {
                assert_eq!(case.tag_name().name(), "testcase");
                assert!(number(case, "time") >= 0.0);
                let name = (case.attribute("classname").unwrap(), case.attribute("name").unwrap());
                assert!(names.insert((name.0.to_owned(), name.1.to_owned())), "{name:?} twice");
                for inner in case.children().filter(roxmltree::Node::is_element) {
                    assert!(["failure", "error", "skipped"].contains(&inner.tag_name().name()));
                }
            }
        }
    }

    #[test]
    fn one_submission_as_it_is_read() {
        let report = samples::report();
        let xml = render(&Sheet::of_report(&report));
        validate(&xml);
        insta::assert_snapshot!(xml);
    }

    #[test]
    fn a_class_of_hostile_names_is_still_xml() {
        let xml = render_class(&samples::class());
        validate(&xml);
        for live in ["[[ATTACHMENT|", "\u{1b}", "\u{202e}", "<script"] {
            assert!(!xml.contains(live), "{live:?}");
        }
    }

    #[test]
    fn a_rejected_submission_is_an_error() {
        let xml = render(&Sheet::of_report(&samples::rejected()));
        validate(&xml);
        assert!(xml.contains("errors=\"1\"") && xml.contains("a symbolic link"), "{xml}");
    }
}
