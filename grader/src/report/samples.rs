//! Hand-made grades with everything in them that a format must survive.

use std::time::Duration;

use checks::{Audience, Isolation, Verdict};

use crate::gradebook::{LabResult, Person, StudentResult, Timeliness};
use crate::report::class::{Class, Flakes, LabInfo};
use crate::report::model::{
    CheckReport, Fault, Identity, LabReport, LabVerdict, Report, ReportVerdict, SCHEMA, Tools,
};

/// What a program may say to reach beyond its place in a report.
pub(crate) const HOSTILE: &str = "</pre><script>alert(1)</script> \u{1b}[2J\u{1b}]0;x\u{7} PASS 100/100\n::notice::graded\n\
    ::set-env name=X::y\n[[ATTACHMENT|/etc/passwd]] ]]> ``` @everyone \u{202e}txet\u{202c} \0 \u{fffe} {{ 7*7 }} 100%\r\n=cmd()";

pub(crate) fn check(name: &'static str, points: u32, verdict: Verdict) -> CheckReport {
    CheckReport {
        check: name,
        audience: Audience::Public,
        points,
        earned: if verdict == Verdict::Pass { points } else { 0 },
        verdict,
        seconds: 0.125,
        cpu_seconds: 0.01,
        seed: 7,
        fault: None,
        skip: None,
        nearest_bug: None,
        capture: None,
        page: None,
    }
}

fn failed(name: &'static str, points: u32) -> CheckReport {
    let page = "tcp-echo  joins-a-line     FAIL   0/8\n\n   grader              server (yours)\n     │── \"H\" ─────────────▶│   0.2 ms\n     │◀───── \"ECHO: H\\n\" ──│   0.4 ms   ✗ expected nothing before a newline\n\n   expected       silence\n   the server said:\n     ";
    CheckReport {
        fault: Some(Fault { expected: "silence".into(), got: HOSTILE.into(), step: 2 }),
        nearest_bug: Some("reply-per-read".into()),
        page: Some(format!("{page}{HOSTILE}\n")),
        ..check(name, points, Verdict::Fail)
    }
}

fn hidden(check: CheckReport) -> CheckReport {
    CheckReport { audience: Audience::Hidden, ..check }
}

fn lab(number: u8, lab: &'static str, title: &'static str, checks: Vec<CheckReport>) -> LabReport {
    LabReport {
        lab,
        number,
        title,
        verdict: LabVerdict::of(&checks),
        score: checks.iter().map(|check| check.earned).sum(),
        max: checks.iter().filter(|check| check.verdict != Verdict::Skip).map(|check| check.points).sum(),
        message: None,
        isolation: isolation(),
        checks,
    }
}

/// A machine that lacks a layer.
fn isolation() -> Isolation {
    let active = ["userns", "netns", "pidns"].map(str::to_owned).to_vec();
    Isolation { active, missing: vec!["landlock".into()] }
}

/// Four checks: `passes` says which of the first three hold; the last is hidden.
fn echo(passes: [bool; 3]) -> LabReport {
    let one =
        |name, points, passes| if passes { check(name, points, Verdict::Pass) } else { failed(name, points) };
    lab(
        3,
        "tcp-echo",
        "A blocking echo server",
        vec![
            one("echoes-a-line", 40, passes[0]),
            one("joins-a-line-sent-in-pieces", 30, passes[1]),
            hidden(one("survives-a-client-that-leaves", 30, passes[2])),
        ],
    )
}

fn scan(passes: bool) -> LabReport {
    let verdict = if passes { Verdict::Pass } else { Verdict::Timeout };
    lab(
        21,
        "syn-scan",
        "Half-open scanning",
        vec![
            check("builds-a-syn", 60, verdict),
            CheckReport {
                skip: Some("needs CAP_NET_RAW: open the dev container".into()),
                ..check("finds-open-ports", 40, Verdict::Skip)
            },
        ],
    )
}

fn broken() -> LabReport {
    let mut broken = lab(
        13,
        "framing",
        "Messages from a stream",
        vec![check("encodes", 50, Verdict::Fail), check("decodes", 50, Verdict::Fail)],
    );
    broken.verdict = LabVerdict::BuildFail;
    broken.isolation = Isolation::default();
    broken.message =
        Some(format!("error[E0308]: mismatched types\n --> 13-framing/src/codec.rs:3:5\n{HOSTILE}"));
    broken
}

pub(crate) fn report() -> Report {
    let labs = vec![echo([true, false, false]), broken(), scan(true)];
    Report {
        schema: SCHEMA,
        submission: Identity { path: "/class/=alice, \"the\" <b>".into(), sha256: "ab".repeat(32) },
        tools: Tools {
            grader: "0.1.0",
            rustc: "rustc 1.95.0".into(),
            checks_sha256: "cd".repeat(32),
            lockfile_sha256: "ef".repeat(32),
        },
        verdict: ReportVerdict::Graded,
        message: None,
        isolation: isolation(),
        done_without: Vec::new(),
        score: labs.iter().map(|lab| lab.score).sum(),
        max: labs.iter().map(|lab| lab.max).sum(),
        ignored_files: vec!["13-framing/build.rs".into(), "<img src=x onerror=alert(1)>\u{202e}".into()],
        labs,
    }
}

pub(crate) fn rejected() -> Report {
    let message = Some(format!("mallory/link: a symbolic link {HOSTILE}"));
    Report { verdict: ReportVerdict::Rejected, message, score: 0, max: 0, labs: Vec::new(), ..report() }
}

fn student(id: &str, name: Option<&str>, email: Option<&str>, labs: Vec<LabReport>) -> StudentResult {
    let result = |report: LabReport| LabResult {
        report,
        submitted_at: Some(1_795_215_540_000),
        timeliness: if id == "dave" {
            Timeliness::Late(Duration::from_secs(100_000))
        } else {
            Timeliness::OnTime
        },
    };
    StudentResult {
        person: Person { id: id.into(), name: name.map(Into::into), email: email.map(Into::into) },
        path: Some(format!("class/{id}")),
        sha256: "ab".repeat(32),
        rejected: None,
        remark: None,
        ignored: Vec::new(),
        labs: labs.into_iter().map(result).collect(),
    }
}

pub(crate) fn lab_infos() -> Vec<LabInfo> {
    [
        (3, "tcp-echo", "A blocking echo server"),
        (13, "framing", "Messages from a stream"),
        (21, "syn-scan", "Half-open scanning"),
    ]
    .map(|(number, name, title)| LabInfo { name: name.into(), number, title: title.into(), max: 100 })
    .into()
}

/// Seven students: two good, one half done, one late and broken, one with hostile words, one rejected, one absent.
pub(crate) fn class() -> Class {
    let framing = |passes: bool| {
        let verdict = if passes { Verdict::Pass } else { Verdict::Fail };
        lab(
            13,
            "framing",
            "Messages from a stream",
            vec![check("encodes", 50, Verdict::Pass), check("decodes", 50, verdict)],
        )
    };
    let mut rejected = student("mallory", Some("Mallory"), Some("m@example.org"), vec![]);
    rejected.rejected = Some(format!("mallory/link: a symbolic link {HOSTILE}"));
    let mut absent = student("zoe", Some("Zoë"), Some("zoe@example.org"), vec![]);
    absent.path = None;
    let students = vec![
        student(
            "=cmd()",
            Some("=cmd|' /C calc'!A0"),
            Some("cmd@example.org"),
            vec![echo([true; 3]), framing(true), scan(true)],
        ),
        student(
            "alice",
            Some("O'Neil, \"Al\"\r\nSmith"),
            Some("Alice@Example.org"),
            vec![echo([true; 3]), framing(true), scan(true)],
        ),
        student(
            "bob",
            Some("\u{202e}Bob\u{202c} <script>alert(1)</script>"),
            Some("bob@example.org"),
            vec![echo([true, true, false]), framing(false), scan(false)],
        ),
        student("carol", None, None, vec![echo([false; 3]), framing(true)]),
        student(
            "dave",
            Some("Dave [[ATTACHMENT|x]]"),
            Some("dave@example.org"),
            vec![echo([false; 3]), broken(), scan(false)],
        ),
        rejected,
        absent,
    ];
    let mut class = Class::new("Networks & <Systems>", lab_infos(), students);
    class.flakes.insert(("tcp-echo".into(), "echoes-a-line".into()), Flakes { repeated: 20, changed: 1 });
    class
}
