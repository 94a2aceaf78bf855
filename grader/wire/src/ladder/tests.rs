use super::*;
use crate::bytes::{escape, quote};

const MS: Duration = Duration::from_millis(1);

fn echo() -> Ladder {
    Ladder {
        rows: vec![
            Row::right(Duration::ZERO, "connect"),
            Row::right(MS / 5, escape(b"H")).note("read by you at 0.3 ms"),
            Row::left(2 * MS / 5, escape(b"ECHO: H\n")).wrong("expected nothing before a newline"),
        ],
        ..Ladder::new("grader", "server (yours)")
    }
}

#[test]
fn draws_the_sample_of_the_design() {
    let expected = "   grader                                server (yours)
     │── connect ────────────────────────────▶│      0.0 ms
     │── \"H\" ────────────────────────────────▶│      0.2 ms   (read by you at 0.3 ms)
     │◀──────────────────────── \"ECHO: H\\n\" ──│      0.4 ms   ✗ expected nothing before a newline
";
    assert_eq!(echo().render(100), expected);
}

#[test]
fn a_narrow_one_wraps_its_notes() {
    insta::assert_snapshot!(echo().render(72));
}

#[test]
fn events_stand_between_the_lifelines_and_a_time_may_be_missing() {
    let ladder = Ladder {
        rows: vec![
            Row::event(12_345 * MS, "SIGINT sent"),
            Row { at: None, ..Row::event(MS, "") },
            Row { wrong: true, at: None, ..Row::event(MS, "exit status 101") },
        ],
        ..Ladder::new("grader", "you")
    };
    insta::assert_snapshot!(ladder.render(80));
}

#[test]
fn a_long_label_gets_the_room_it_needs_or_loses_its_middle() {
    let long: Vec<u8> = b"abcdefghij".repeat(20);
    let ladder = Ladder {
        rows: vec![
            Row::right(MS, "SYN,ACK 80→40000 seq=0 (0x10000000) ack=1"),
            Row::right(MS, escape(&long)),
            Row::left(MS, quote(&long, 100)),
            Row::left(MS, "words ".repeat(30)),
        ],
        ..Ladder::new("syn-scan (yours)", "10.77.0.2")
    };
    insta::assert_snapshot!(ladder.render(80));
}

#[test]
fn what_would_disturb_a_terminal_is_escaped() {
    let ladder = Ladder {
        rows: vec![Row::right(MS, "\x1b[31mred\r\n\u{202e}").note("\x07bell")],
        ..Ladder::new("a\nb", "c")
    };
    insta::assert_snapshot!(ladder.render(80));
}

#[test]
fn wide_characters_keep_the_lifelines_straight() {
    let ladder = Ladder {
        rows: vec![
            Row::right(MS, escape("日本語".as_bytes())),
            Row::left(MS, escape("Grüße 🦀".as_bytes())),
            Row::left(MS, escape("日本語".repeat(40).as_bytes())),
        ],
        ..Ladder::new("客户", "server")
    };
    let drawn = ladder.render(72);
    insta::assert_snapshot!(drawn);
    let columns: Vec<usize> = drawn.lines().skip(1).map(UnicodeWidthStr::width).collect();
    assert_eq!(columns, [columns[0]; 3]);
}

#[test]
fn a_very_long_story_loses_its_middle_but_not_its_fault() {
    let mut rows: Vec<Row> = (0..100u32).map(|n| Row::right(MS * n, format!("step {n}"))).collect();
    rows[50] = rows[50].clone().wrong("expected step fifty");
    let ladder = Ladder { rows, ..Ladder::new("grader", "server") };
    insta::assert_snapshot!(ladder.render(80));
}

#[test]
fn a_note_of_one_endless_word_is_broken() {
    let ladder = Ladder { rows: vec![Row::right(MS, "x").note("y".repeat(100))], ..Ladder::new("a", "b") };
    let drawn = ladder.render(80);
    assert!(drawn.lines().all(|line| line.width() <= 80), "{drawn}");
    assert_eq!(drawn.matches('y').count(), 100);
}

#[test]
fn a_story_looks_the_same_however_long_its_steps_take() {
    let drawn = |time: &str| {
        let label = escape(&[b'x'; 100]);
        let row = Row::right(MS, label).note(format!("read by you at {time} ms"));
        let ladder = Ladder { rows: vec![row], ..Ladder::new("grader", "server (yours)") };
        ladder.render(96).replace(time, "T")
    };
    assert_eq!(drawn("0.3"), drawn("12.0"));
    assert_eq!(drawn("0.3"), drawn("1234.5"));
}
