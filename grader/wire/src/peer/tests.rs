use super::*;
use crate::bytes;

fn actions(steps: &str) -> Vec<Action> {
    let script = Script::parse(&format!("connect\n{steps}")).unwrap();
    script.steps.into_iter().map(|step| step.action).collect()
}

fn error(step: &str) -> String {
    Script::parse(&format!("listen\n{step}")).unwrap_err().to_string()
}

fn regex(source: &str) -> Pattern {
    Pattern::Regex(regex::bytes::Regex::new(source).unwrap())
}

#[test]
fn reads_the_whole_language() {
    let script = Script::parse(
        r#"
# sixteen bytes, then a farewell in two parts
listen                      # or: connect

< 16 "Hi there, server"
> "Farewell"
> !", client"
"#,
    )
    .unwrap();
    assert_eq!(script.steps.len(), 3);
    let script =
        Script::parse("  \nlisten # first\n< 16 \"Hi there, server\"\nB> \"x\"\r\nfin\n# \"no\nB rst\n")
            .unwrap();
    assert_eq!(script.role, Role::Listen);
    let expected = [
        (3, 'A', Action::Expect(b"Hi there, server".to_vec())),
        (4, 'B', Action::Send { bytes: b"x".to_vec(), wait: true }),
        (5, 'A', Action::Fin),
        (7, 'B', Action::Rst),
    ];
    let expected = expected.map(|(line, connection, action)| Step { line, connection, action });
    assert_eq!(script.steps, expected);
}

#[test]
fn sends_with_and_without_waiting() {
    let send = |bytes: &[u8], wait| Action::Send { bytes: bytes.to_vec(), wait };
    assert_eq!(
        actions("> \"a\"\n>! \"b\"\n>!\"c\"\n> !\"d\"\n> hex 00ff \"e\" \"f\" hex 0A"),
        [
            send(b"a", true),
            send(b"b", false),
            send(b"c", false),
            send(b"d", false),
            send(b"\x00\xffef\n", true)
        ]
    );
}

#[test]
fn expects_bytes_lines_and_ends() {
    let half = Duration::from_millis(500);
    assert_eq!(
        actions(
            "< \"a\"\n< 2 hex 0001\n< hex ff\n< line /^ECHO: [a-z]+\\/$/\n< line \"x\"\n\
             < eof 0.5\n< eof 0.5 or rst\n< rst .5\nhold 0.5\nopen"
        ),
        [
            Action::Expect(b"a".to_vec()),
            Action::Expect(vec![0, 1]),
            Action::Expect(vec![0xff]),
            Action::ExpectLine(regex("^ECHO: [a-z]+/$")),
            Action::ExpectLine(Pattern::Literal(b"x".to_vec())),
            Action::ExpectEof { within: half, or_reset: false },
            Action::ExpectEof { within: half, or_reset: true },
            Action::ExpectReset { within: half },
            Action::Hold(half),
            Action::Open,
        ]
    );
}

#[test]
fn repeats_signals_and_asks_for_stats() {
    assert_eq!(
        actions(
            "> \"a\" hex 0a times 3\n< 4 \"b\\n\" times 2\nsignal INT\nB signal TERM\nstats\nstats /active=1 /"
        ),
        [
            Action::Send { bytes: b"a\na\na\n".to_vec(), wait: true },
            Action::Expect(b"b\nb\n".to_vec()),
            Action::Signal(Signal::Int),
            Action::Signal(Signal::Term),
            Action::Stats(None),
            Action::Stats(Some(regex("active=1 "))),
        ]
    );
}

#[test]
fn reads_every_escape() {
    assert_eq!(
        actions(r#"> "\r\n\t\"\\\x00\xfF # ä""#),
        [Action::Send { bytes: b"\r\n\t\"\\\x00\xff # \xc3\xa4".to_vec(), wait: true }]
    );
}

#[test]
fn a_pattern_judges_bytes() {
    assert!(regex("^ECHO: .*$").matches(b"ECHO: Hello"));
    assert!(!regex("^ECHO: .*$").matches(b"Hello"));
    assert!(regex(r"^(?-u:\xff)").matches(b"\xff\xfe"));
    assert!(!Pattern::Literal(b"ECHO".to_vec()).matches(b"ECHO: Hello"));
}

#[test]
fn errors_name_line_and_column() {
    let starts = "expected `<`, `>`, `>!`, `open`, `fin`, `rst`, `hold`, `signal` or `stats`, found";
    for (step, says) in [
        ("fine", format!("line 2, column 1: {starts} `fine`")),
        ("  \"x\"", format!("line 2, column 3: {starts} `\"x\"`")),
        ("> \"ä", "line 2, column 3: this string has no closing `\"`".to_owned()),
        (r#"> "ä\q""#, r#"line 2, column 5: `\q` is none of \r \n \t \" \\ \xNN"#.to_owned()),
        (r#"> "\x0g""#, r"line 2, column 4: `\x` wants two hex digits".to_owned()),
        (">", "line 2, column 2: expected \"a string\" or `hex 0d0a`".to_owned()),
        ("> Hello", "line 2, column 3: expected \"a string\" or `hex 0d0a`, found `Hello`".to_owned()),
        ("> hex 123", "line 2, column 7: `hex` wants an even number of hex digits, found `123`".to_owned()),
        ("> hex", "line 2, column 6: `hex` wants an even number of hex digits".to_owned()),
        ("< 5 \"Hi\"", "line 2, column 3: 5 bytes announced, but these are 2".to_owned()),
        ("< 5x \"Hi\"", "line 2, column 3: expected a number of bytes, found `5x`".to_owned()),
        (
            "< lines",
            "line 2, column 3: expected bytes, `line`, `eof` or `rst` after `<`, found `lines`".to_owned(),
        ),
        ("< line /(/", "line 2, column 8: /(/ is no regular expression: unclosed group".to_owned()),
        ("< line /a", "line 2, column 8: this regular expression has no closing `/`".to_owned()),
        ("< line 5", "line 2, column 8: `line` wants a /regular expression/ or a \"string\"".to_owned()),
        ("< eof soon", "line 2, column 7: expected a time in seconds such as 0.5, found `soon`".to_owned()),
        ("hold -1", "line 2, column 6: expected a time in seconds such as 0.5, found `-1`".to_owned()),
        ("hold", "line 2, column 5: expected a time in seconds such as 0.5, found nothing".to_owned()),
        (
            "< eof 1 or fin",
            "line 2, column 12: after the seconds of `eof` only `or rst` may follow".to_owned(),
        ),
        ("signal HUP", "line 2, column 8: `signal` wants INT or TERM".to_owned()),
        ("stats 5", "line 2, column 7: `stats` wants a /regular expression/ or a \"string\"".to_owned()),
        ("> \"x\" times", "line 2, column 12: `times` wants a number".to_owned()),
        ("> \"x\" times 99999999", "line 2, column 13: more than 16 MiB in one step".to_owned()),
        ("> times 2", "line 2, column 3: expected \"a string\" or `hex 0d0a`, found `times`".to_owned()),
        ("fin now", "line 2, column 5: expected the end of the line, found `now`".to_owned()),
        ("B", "line 2, column 2: connection B does nothing here".to_owned()),
        ("\nlisten", "line 3, column 1: `listen` stands once, at the beginning of the script".to_owned()),
    ] {
        assert_eq!(error(step), says, "for {step:?}");
    }
}

#[test]
fn a_script_says_first_which_side_it_plays() {
    for (script, line) in [("", 1), ("\n# nothing\n", 2), ("\n> \"x\"", 2), ("serve", 1)] {
        assert_eq!(
            Script::parse(script).unwrap_err().to_string(),
            format!("line {line}, column 1: a script begins with `listen` or `connect`"),
            "for {script:?}"
        );
    }
}

#[test]
fn what_escape_writes_reads_back_as_the_same_bytes() {
    let all: Vec<u8> = (0..=255).chain("äöü \u{202e}🦀".bytes()).collect();
    let send = actions(&format!("> {}", bytes::escape(&all)));
    assert_eq!(send, [Action::Send { bytes: all, wait: true }]);
}

#[test]
fn the_example_of_the_documentation_is_a_script() {
    let documentation = include_str!("mod.rs").split("```").nth(1).unwrap();
    let example: Vec<&str> =
        documentation.lines().skip(1).map(|line| line.trim_start_matches("//!")).collect();
    assert_eq!(Script::parse(&example.join("\n")).unwrap().steps.len(), 11);
}

#[test]
fn a_frame_has_its_length_in_front() {
    let hi = b"\x00\x00\x00\x02hi".to_vec();
    let expected = [
        Action::Send { bytes: hi.clone(), wait: true },
        Action::Send { bytes: vec![0; 4], wait: false },
        Action::Expect(hi.clone()),
        Action::Expect(hi),
    ];
    assert_eq!(actions("> frame \"h\" hex 69\n> !frame \"\"\n< frame \"hi\"\n< 6 frame \"hi\""), expected);
    assert!(error("> frame").contains("a string"), "{}", error("> frame"));
}
