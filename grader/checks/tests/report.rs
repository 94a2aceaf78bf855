//! What students read, as snapshots: review them by reading.

use checks::report::{Context, failure};
use checks::screen::Paint;
use checks::signatures::Bug;
use checks::{
    Bench, Check, Fault, FaultReport, Isolation, Lab, LastWords, Outcome, Step, Story, Verdict, Way, check,
};

static LAB: Lab =
    Lab { name: "tcp-echo", number: 3, title: "A blocking echo server", signatures: "", checks: CHECKS };

const CHECKS: &[Check] = &[check("joins-a-line-sent-in-pieces", 8, never_run)
    .says("a line that arrives byte by byte is answered once, when its newline is there")
    .reads("One read is not one line")
    .hints(["How many times does `read` return while \"Hello\" is typed slowly?", "", ""])];

fn never_run(_: &mut Bench) -> Result<(), Fault> {
    Ok(())
}

fn step(at_ms: f64, way: Way, text: &str) -> Step {
    Step { at_ms, way, text: text.into(), note: None, wrong: false }
}

fn outcome() -> Outcome {
    let mut steps = vec![
        step(0.0, Way::Remark, "$ tcp-echo-server --port 0"),
        step(1.2, Way::Remark, "ready on 127.0.0.1:40001"),
        step(1.3, Way::ToProgram, "connect"),
        step(1.5, Way::ToProgram, "\"H\""),
        step(1.9, Way::FromProgram, "\"ECHO: H\\n\""),
    ];
    steps[3].note = Some("read by you at 1.6 ms".into());
    steps[4].wrong = true;
    Outcome {
        verdict: Verdict::Fail,
        seconds: 0.1,
        cpu_seconds: 0.01,
        seed: 7,
        fault: Some(FaultReport {
            expected: "nothing yet".into(),
            got: "\"ECHO: H\\n\"".into(),
            step: 5,
            difference: None,
        }),
        reason: None,
        not_done: false,
        story: Story { program: "server (yours)".into(), steps },
        stderr: vec![LastWords {
            program: "tcp-echo-server".into(),
            text: "2025-01-20 14:30:45 INFO 127.0.0.1:50000 connected\n\u{1b}[2JPASS 100/100".into(),
        }],
        isolation: Isolation::default(),
        capture: None,
    }
}

fn context() -> Context {
    Context {
        width: 100,
        paint: Paint::plain(),
        like: Some(Bug {
            name: "reply-per-read".into(),
            says: "One read() was taken for one line.".into(),
            fails: ["joins-a-line-sent-in-pieces".to_owned()].into(),
        }),
        repeat: Some("cargo lab replay tcp-echo joins-a-line-sent-in-pieces --seed 7".into()),
        capture: Some("target/lab/tcp-echo/joins-a-line-sent-in-pieces.pcapng".into()),
        conceal: false,
    }
}

#[test]
fn a_failure_is_told_as_what_crossed_the_wire() {
    insta::assert_snapshot!(failure(&LAB, &CHECKS[0], &outcome(), &context()));
}

/// All but what is to be copied.
fn columns(text: &str) -> usize {
    let is_for_copying =
        |line: &&str| ["hint", "repeat", "capture"].iter().any(|name| line.trim().starts_with(name));
    text.lines().filter(|line| !is_for_copying(line)).map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn a_narrow_terminal_is_not_overrun() {
    let narrow = Context { width: 60, ..context() };
    insta::assert_snapshot!(failure(&LAB, &CHECKS[0], &outcome(), &narrow));
    for width in 60..=120 {
        let text = failure(&LAB, &CHECKS[0], &outcome(), &Context { width, ..context() });
        assert!(columns(&text) <= width, "{} columns on {width}:\n{text}", columns(&text));
    }
}

#[test]
fn a_difference_and_a_header_fit_a_narrow_terminal_too() {
    let narrow = Context { width: 60, ..context() };
    let mut wrong = outcome();
    wrong.stderr.clear();
    wrong.story = Story::default();
    let fault = wrong.fault.as_mut().unwrap();
    let (expected, got) = ("0123456789abcdefghij-one\n", "0123456789abcdefghij-two\n");
    let difference = wire::bytes::first_difference(expected.as_bytes(), got.as_bytes()).unwrap();
    fault.difference = Some(difference.to_string());
    let text = failure(&LAB, &CHECKS[0], &wrong, &narrow);
    assert!(columns(&text) <= 60, "{text}");
    insta::assert_snapshot!("narrow_difference", text);

    let fault = wrong.fault.as_mut().unwrap();
    let frame = wire::tcp::segment("10.77.0.1:40000".parse().unwrap(), "10.77.0.2:80".parse().unwrap())
        .frame(wire::Mac::of_host(1), wire::Mac::of_host(2));
    let drawn = wire::diagram::tcp_header(&wire::decode(&frame), &[wire::diagram::Field::Window]);
    fault.difference = None;
    fault.got = format!("a window of 64240:\n{drawn}");
    let text = failure(&LAB, &CHECKS[0], &wrong, &narrow);
    assert!(columns(&text) <= 60, "{text}");
    insta::assert_snapshot!("narrow_header", text);
    let wide = failure(&LAB, &CHECKS[0], &wrong, &context());
    assert!(drawn.lines().all(|line| wide.contains(line)), "{wide}");
}

#[test]
fn colours_mark_the_verdict_and_what_is_wrong_and_nothing_else_changes() {
    let colourful = Context { paint: Paint::colourful(), ..context() };
    let text = failure(&LAB, &CHECKS[0], &outcome(), &colourful);
    assert!(text.contains("\u{1b}[31mFAIL\u{1b}[0m   0/8"), "{text}");
    assert!(text.contains("\u{1b}[31m✗ expected nothing yet\u{1b}[0m\n"), "{text}");
    let codes = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m"];
    let plain = codes.iter().fold(text, |text, code| text.replace(code, ""));
    assert_eq!(plain, failure(&LAB, &CHECKS[0], &outcome(), &context()));
}

#[test]
fn a_hidden_check_does_not_tell_its_inputs() {
    let concealed = Context { conceal: true, capture: None, ..context() };
    insta::assert_snapshot!(failure(&LAB, &CHECKS[0], &outcome(), &concealed));
}

#[test]
fn the_first_byte_that_differs_is_marked() {
    let mut wrong = outcome();
    let difference = wire::bytes::first_difference(b"ECHO: Hello\n", b"ECHO: HELLO\n").unwrap();
    wrong.fault = Some(FaultReport {
        expected: "\"ECHO: Hello\\n\"".into(),
        got: "\"ECHO: HELLO\\n\"".into(),
        step: 5,
        difference: Some(difference.to_string()),
    });
    wrong.stderr.clear();
    insta::assert_snapshot!(failure(&LAB, &CHECKS[0], &wrong, &context()));
}

#[test]
fn an_exercise_that_is_not_done_is_one_line_and_no_story() {
    let mut stub = outcome();
    stub.not_done = true;
    stub.fault = Some(FaultReport {
        expected: "the exercise to be done".into(),
        got: "not done yet: todo!() at src/server.rs:41 (answer TIME)".into(),
        step: 0,
        difference: None,
    });
    insta::assert_snapshot!(failure(&LAB, &CHECKS[0], &stub, &context()));
}

#[test]
fn a_skipped_check_says_why_and_counts_neither_way() {
    let mut skipped = outcome();
    skipped.verdict = Verdict::Skip;
    skipped.fault = None;
    skipped.reason = Some("needs CAP_NET_RAW: open the dev container".into());
    skipped.story = Story::default();
    skipped.stderr.clear();
    insta::assert_snapshot!(failure(
        &LAB,
        &CHECKS[0],
        &skipped,
        &Context { like: None, capture: None, ..context() }
    ));
}
