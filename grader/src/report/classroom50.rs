//! Classroom 50's `classroom50/result/v1`: integer points, no other keys than its own. Its runner tells in variables
//! whose work this is.

use checks::Verdict;
use serde::Serialize;

use crate::report::model::ReportVerdict;
use crate::report::sheet::{Sheet, shown_in_line};
use crate::usage::Usage;

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Test {
    test_name: String,
    passed: bool,
    score: u32,
    max_score: u32,
}

/// Keys in the order of the format's description.
#[derive(Debug, Serialize)]
struct Outcome {
    schema: &'static str,
    classroom: String,
    assignment: String,
    assignment_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    submission: String,
    commit: String,
    release: String,
    review: String,
    datetime: String,
    score: u32,
    #[serde(rename = "max-score")]
    max_score: u32,
    tests: Vec<Test>,
}

/// As JSON with a final newline. `variable` looks up what the runner says; `now` is `YYYY-MM-DDTHH:MM:SSZ`.
///
/// # Errors
/// A variable of the runner is missing; or there is no grade but trouble of the grader.
pub fn render(
    sheet: &Sheet,
    variable: impl Fn(&str) -> Option<String>,
    now: String,
) -> anyhow::Result<String> {
    if sheet.verdict == ReportVerdict::Infra {
        anyhow::bail!("{}", shown_in_line(sheet.message.unwrap_or("the grader had trouble of its own")));
    }
    let said = |name: &str| variable(name).filter(|value| !value.is_empty());
    let missing: Vec<&str> = ["CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL"]
        .into_iter()
        .filter(|name| said(name).is_none())
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        let message = format!("{missing}: not set; Classroom 50's runner says there whose work this is");
        return Err(Usage::new(message).into());
    }
    let get = |name| said(name).unwrap_or_default();
    let checks = sheet.labs.iter().flat_map(|lab| lab.checks.iter().map(move |check| (lab, check)));
    let result = Outcome {
        schema: "classroom50/result/v1",
        classroom: get("CLASSROOM"),
        assignment: get("ASSIGNMENT"),
        assignment_type: "individual",
        owner: said("USERNAME"),
        submission: get("SUBMISSION_TAG"),
        commit: get("COMMIT_URL"),
        release: get("RELEASE_URL"),
        review: said("REVIEW_URL").unwrap_or_else(|| get("COMMIT_URL")),
        datetime: now,
        score: sheet.score,
        max_score: sheet.max,
        tests: checks
            // A skipped check neither passed nor failed, and the format knows no third.
            .filter(|(_, check)| check.verdict != Verdict::Skip)
            .map(|(lab, check)| Test {
                test_name: format!("{}: {}", lab.lab, check.check),
                passed: check.verdict == Verdict::Pass,
                score: check.earned,
                max_score: check.points,
            })
            .collect(),
    };
    Ok(serde_json::to_string_pretty(&result)? + "\n")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::report::samples;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read to be checked")]
    struct Strict {
        schema: String,
        classroom: String,
        assignment: String,
        assignment_type: String,
        owner: Option<String>,
        submission: String,
        commit: String,
        release: String,
        review: String,
        datetime: String,
        score: u64,
        #[serde(rename = "max-score")]
        max_score: u64,
        tests: Vec<StrictTest>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[expect(dead_code, reason = "read to be checked")]
    struct StrictTest {
        test_name: String,
        passed: bool,
        score: u64,
        max_score: u64,
    }

    fn runner(name: &str) -> Option<String> {
        let said = match name {
            "CLASSROOM" => "net-2026",
            "ASSIGNMENT" => "tcp-echo",
            "SUBMISSION_TAG" => "submit/1",
            "COMMIT_URL" => "https://github.com/o/r/commit/abc",
            "RELEASE_URL" => "https://github.com/o/r/releases/tag/submit%2F1",
            "USERNAME" => "alice",
            _ => return None,
        };
        Some(said.to_owned())
    }

    #[test]
    fn the_result_has_the_keys_of_the_format_and_sums_up() {
        let report = samples::report();
        let json = render(&Sheet::of_report(&report), runner, "2026-11-20T10:00:00Z".into()).unwrap();
        let read: Strict = serde_json::from_str(&json).unwrap();
        assert_eq!(read.tests.iter().map(|test| test.score).sum::<u64>(), read.score);
        assert_eq!(read.tests.iter().map(|test| test.max_score).sum::<u64>(), read.max_score);
        assert!(read.tests.iter().all(|test| test.passed == (test.score == test.max_score)));
        assert_eq!(read.review, read.commit);
        insta::assert_snapshot!(json);
    }

    #[test]
    fn without_the_runners_word_there_is_no_result() {
        let report = samples::report();
        let error = render(&Sheet::of_report(&report), |_| None, String::new()).unwrap_err();
        assert!(error.is::<Usage>() && error.to_string().starts_with("CLASSROOM, ASSIGNMENT, "), "{error}");
    }

    #[test]
    fn trouble_of_the_grader_is_never_a_zero() {
        let mut report = samples::report();
        report.verdict = ReportVerdict::Infra;
        render(&Sheet::of_report(&report), runner, String::new()).unwrap_err();
    }
}
