//! `wirelab/class/v1`: the class for programs. Labs and checks have the keys of `wirelab/report/v1`; keys may be
//! added, never renamed.

use jiff::Timestamp;
use serde::Serialize;

use crate::gradebook::{LabResult, StudentResult, Timeliness};
use crate::report::class::{CheckStatistics, Class};
use crate::report::csv::Standing;
use crate::report::model::LabReport;

const SCHEMA: &str = "wirelab/class/v1";

#[derive(Serialize)]
struct ClassJson<'a> {
    schema: &'static str,
    title: &'a str,
    labs: Vec<LabJson<'a>>,
    students: Vec<StudentJson<'a>>,
    statistics: Vec<StatisticsJson>,
}

#[derive(Serialize)]
struct LabJson<'a> {
    lab: &'a str,
    number: u8,
    title: &'a str,
    max: u32,
}

#[derive(Serialize)]
struct StudentJson<'a> {
    student: &'a str,
    name: Option<&'a str>,
    email: Option<&'a str>,
    path: Option<&'a str>,
    sha256: &'a str,
    verdict: &'static str,
    message: Option<&'a str>,
    /// `null` = no grade.
    score: Option<u32>,
    max: u32,
    ignored_files: &'a [String],
    labs: Vec<ResultJson<'a>>,
}

#[derive(Serialize)]
struct ResultJson<'a> {
    #[serde(flatten)]
    report: &'a LabReport,
    submitted_at: Option<String>,
    timeliness: Option<&'static str>,
    late_seconds: Option<u64>,
}

#[derive(Serialize)]
struct StatisticsJson {
    lab: &'static str,
    check: &'static str,
    judged: u32,
    passed: u32,
    pass_rate: Option<f64>,
    discrimination: Option<f64>,
    flake_rate: Option<f64>,
}

/// With a final newline.
///
/// # Errors
/// None that a class could cause.
pub fn render(class: &Class) -> serde_json::Result<String> {
    let json = ClassJson {
        schema: SCHEMA,
        title: &class.title,
        labs: class
            .labs
            .iter()
            .map(|lab| LabJson { lab: &lab.name, number: lab.number, title: &lab.title, max: lab.max })
            .collect(),
        students: class.students.iter().map(|student| of_student(student, class)).collect(),
        statistics: class.statistics().iter().map(of_check).collect(),
    };
    Ok(serde_json::to_string_pretty(&json)? + "\n")
}

fn of_student<'a>(student: &'a StudentResult, class: &Class) -> StudentJson<'a> {
    let standing = Standing::in_all(student, class);
    StudentJson {
        student: &student.person.id,
        name: student.person.name.as_deref(),
        email: student.person.email.as_deref(),
        path: student.path.as_deref(),
        sha256: &student.sha256,
        verdict: standing.verdict,
        message: student.rejected.as_deref(),
        score: standing.score,
        max: standing.max,
        ignored_files: &student.ignored,
        labs: student.labs.iter().map(of_lab).collect(),
    }
}

fn of_lab(lab: &LabResult) -> ResultJson<'_> {
    let submitted_at = lab.submitted_at.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let late = match lab.timeliness {
        Timeliness::Grace(after) | Timeliness::Late(after) => Some(after.as_secs()),
        Timeliness::OnTime => Some(0),
        Timeliness::Unmarked => None,
    };
    ResultJson {
        report: &lab.report,
        submitted_at: submitted_at.map(|time| time.to_string()),
        timeliness: Some(lab.timeliness.word()).filter(|word| !word.is_empty()),
        late_seconds: late,
    }
}

fn of_check(check: &CheckStatistics) -> StatisticsJson {
    let rounded = |rate: f64| (rate * 1000.0).round() / 1000.0;
    StatisticsJson {
        lab: check.lab,
        check: check.check,
        judged: check.judged,
        passed: check.passed,
        pass_rate: check.pass_rate().map(rounded),
        discrimination: check.discrimination.map(rounded),
        flake_rate: check.flake_rate.map(rounded),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::samples;

    #[test]
    fn a_class_has_students_with_their_labs_and_statistics() {
        let json: Value = serde_json::from_str(&render(&samples::class()).unwrap()).unwrap();
        assert_eq!(json["schema"], "wirelab/class/v1");
        assert_eq!(json["students"].as_array().unwrap().len(), 7);
        let of = |id: &str| json["students"].as_array().unwrap().iter().find(|s| s["student"] == id).unwrap();
        assert_eq!(
            (of("mallory")["verdict"].as_str(), of("mallory")["score"].as_u64()),
            (Some("REJECTED"), None)
        );
        assert_eq!((of("zoe")["score"].as_u64(), of("zoe")["max"].as_u64()), (Some(0), Some(300)));
        // A lab that is not there and was not missed is not graded yet.
        assert_eq!((of("carol")["verdict"].as_str(), of("carol")["score"].as_u64()), (Some("INFRA"), None));
        let late = &of("dave")["labs"][0];
        assert_eq!(
            (late["timeliness"].as_str(), late["late_seconds"].as_u64()),
            (Some("late"), Some(100_000))
        );
        assert_eq!(late["submitted_at"], "2026-11-20T22:59:00Z");
        assert_eq!(late["checks"][0]["check"], "echoes-a-line");
        let echoes = &json["statistics"][0];
        assert_eq!(
            (echoes["check"].as_str(), echoes["judged"].as_u64(), echoes["passed"].as_u64()),
            (Some("echoes-a-line"), Some(5), Some(3))
        );
        assert_eq!(echoes["flake_rate"], 0.05);
    }
}
