//! Gradescope's `results.json`: a test a check. Everything is of the format `text`, so a student's words stay words.

use checks::{Audience, Verdict};
use serde::Serialize;

use crate::report::isolation;
use crate::report::model::{LabReport, ReportVerdict};
use crate::report::sheet::{Sheet, shown, shown_in_line, story};

/// The whole file. A hidden check's points are seen, its inputs aren't: a hidden *test* would hide the total.
#[derive(Debug, Serialize)]
struct Results {
    score: u32,
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: &'static str,
    stdout_visibility: &'static str,
    tests: Vec<Test>,
}

#[derive(Debug, Serialize)]
struct Test {
    name: String,
    number: String,
    score: u32,
    max_score: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    output: String,
    tags: Vec<String>,
}

/// As JSON with a final newline. A grade that is none (INFRA) is no `results.json`: Gradescope then reports the
/// failure of the autograder instead of a zero.
///
/// # Errors
/// What the grader's own trouble was.
pub fn render(sheet: &Sheet) -> Result<String, String> {
    if sheet.verdict == ReportVerdict::Infra {
        return Err(shown_in_line(sheet.message.unwrap_or("the grader had trouble of its own")));
    }
    let results = Results {
        score: sheet.score,
        output: output(sheet),
        output_format: "text",
        test_output_format: "text",
        test_name_format: "text",
        visibility: "visible",
        stdout_visibility: "hidden",
        tests: sheet.labs.iter().flat_map(|lab| tests(lab)).collect(),
    };
    let json = serde_json::to_string_pretty(&results).map_err(|error| error.to_string())?;
    Ok(json + "\n")
}

fn output(sheet: &Sheet) -> String {
    let mut lines = Vec::new();
    if sheet.verdict == ReportVerdict::Rejected {
        lines.push(format!("REJECTED  {}", shown(sheet.message.unwrap_or("no reason given"))));
    }
    for lab in &sheet.labs {
        lines.push(format!(
            "{:02} {}  {}  {}/{}",
            lab.number,
            lab.lab,
            lab.verdict.word(),
            lab.score,
            lab.max
        ));
        lines.extend(lab.message.as_deref().map(shown));
    }
    if !sheet.ignored_files.is_empty() {
        lines.push("Ignored, because they are not yours to write:".to_owned());
        lines.extend(sheet.ignored_files.iter().map(|file| format!("  {}", shown_in_line(file))));
    }
    lines.push(format!("Isolation: {}", isolation::line(&sheet.isolation)));
    lines.join("\n")
}

fn tests(lab: &LabReport) -> Vec<Test> {
    let numbered = lab.checks.iter().zip(1..);
    numbered
        .map(|(check, place)| Test {
            name: format!("{}: {}", lab.lab, check.check),
            number: format!("{}.{place}", lab.number),
            score: check.earned,
            // Skipped points count neither way.
            max_score: if check.verdict == Verdict::Skip { 0 } else { check.points },
            status: match check.verdict {
                Verdict::Pass => Some("passed"),
                Verdict::Skip | Verdict::Infra => None,
                _ => Some("failed"),
            },
            output: match check.verdict {
                Verdict::Pass => String::new(),
                Verdict::Skip => format!("SKIP  {}", story(check)),
                _ if lab.message.is_some() => lab.verdict.word().to_owned(),
                _ => story(check),
            },
            tags: match check.audience {
                Audience::Public => vec![lab.lab.to_owned()],
                Audience::Hidden => vec![lab.lab.to_owned(), "hidden check".to_owned()],
            },
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests_support {
    //! A strict reader of what Gradescope documents.

    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read to be checked")]
    pub(crate) struct Results {
        pub(crate) score: Option<f64>,
        execution_time: Option<f64>,
        pub(crate) output: Option<String>,
        pub(crate) output_format: Option<Format>,
        pub(crate) test_output_format: Option<Format>,
        pub(crate) test_name_format: Option<Format>,
        visibility: Option<Visibility>,
        stdout_visibility: Option<Visibility>,
        pub(crate) tests: Option<Vec<Test>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read to be checked")]
    pub(crate) struct Test {
        pub(crate) score: Option<f64>,
        pub(crate) max_score: Option<f64>,
        status: Option<Status>,
        pub(crate) name: Option<String>,
        number: Option<String>,
        output: Option<String>,
        tags: Option<Vec<String>>,
        visibility: Option<Visibility>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Format {
        Text,
        Html,
        #[serde(rename = "simple_format")]
        Simple,
        Md,
        Ansi,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Visibility {
        Hidden,
        AfterDueDate,
        AfterPublished,
        Visible,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Status {
        Passed,
        Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::tests_support::{Format, Results};
    use super::*;
    use crate::report::samples;

    fn read(sheet: &Sheet) -> Results {
        serde_json::from_str(&render(sheet).unwrap()).unwrap()
    }

    #[test]
    fn what_students_wrote_is_text_and_the_sum_is_the_score() {
        let report = samples::report();
        let results = read(&Sheet::of_report(&report));
        for format in [results.output_format, results.test_output_format, results.test_name_format] {
            assert_eq!(format, Some(Format::Text));
        }
        let tests = results.tests.unwrap();
        assert_eq!(tests.iter().map(|test| test.score.unwrap()).sum::<f64>(), f64::from(report.score));
        assert_eq!(tests.iter().map(|test| test.max_score.unwrap()).sum::<f64>(), f64::from(report.max));
        assert_eq!(results.score, Some(f64::from(report.score)));
        let json = render(&Sheet::of_report(&report)).unwrap();
        assert!(!json.contains("\\u001b") && !json.contains('\u{202e}'), "{json}");
        insta::assert_snapshot!(json);
    }

    #[test]
    fn a_rejected_submission_has_its_reason_and_no_points() {
        let results = read(&Sheet::of_report(&samples::rejected()));
        assert_eq!(results.score, Some(0.0));
        assert!(results.output.unwrap().starts_with("REJECTED  mallory/link: a symbolic link"));
    }

    #[test]
    fn trouble_of_the_grader_is_never_a_zero() {
        let mut report = samples::report();
        report.verdict = ReportVerdict::Infra;
        report.message = Some("no room".into());
        assert_eq!(render(&Sheet::of_report(&report)).unwrap_err(), "no room");
    }
}
