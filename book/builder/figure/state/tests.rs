use super::*;
use crate::figure::parse;

/// A door that is opened by a SYN.
const DOOR: &str = r#"
kind = "state"
title = "A door"
says = "Open or shut."

[[state]]
name = "shut"
at = [0, 0]

[[state]]
name = "open"
at = [0, 1]

[[transition]]
from = "shut"
to = "open"
receives = "SYN"
sends = "SYN,ACK"

[[transition]]
from = "open"
to = "shut"
sends = "FIN"
bend = 40
"#;

fn fault(from: &str, to: &str) -> String {
    assert!(DOOR.contains(from), "{from}");
    match parse(&DOOR.replacen(from, to, 1)).and_then(draw) {
        Ok(_) => panic!("nothing was wrong"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn arrows_name_the_segments_that_cause_them() {
    let figure = parse(DOOR).and_then(draw).unwrap();
    let drawn = figure.svg.finish(figure.size, "door", &figure.title, &figure.says);
    for label in [">gets SYN<", ">sends SYN,ACK<", ">sends FIN<", ">shut<"] {
        assert!(drawn.contains(label), "{label} in {drawn}");
    }
    assert!(figure.text.contains("<td>shut</td><td>gets SYN, sends SYN,ACK</td><td>open</td>"));
}

#[test]
fn a_segment_leads_from_state_to_state() {
    let door: Description = parse(DOOR).unwrap();
    let fin = Flags::FIN | Flags::ACK;
    assert_eq!(door.after("shut", Way::Receives, Flags::SYN), Some("open"));
    assert_eq!(door.after("shut", Way::Receives, Flags::SYN | Flags::ACK), None);
    assert_eq!(door.after("shut", Way::Sends, Flags::SYN | Flags::ACK), None);
    assert_eq!(door.after("open", Way::Sends, fin), Some("shut"));
    assert_eq!(door.after("open", Way::Receives, fin), None);
    assert_eq!(door.after("open", Way::Sends, Flags::NONE), None);
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    assert_eq!(fault("to = \"open\"", "to = \"ajar\""), "key `to`: no state is called `ajar`");
    assert_eq!(fault("name = \"open\"", "name = \"shut\""), "key `state`: there are two states `shut`");
    assert_eq!(fault("at = [0, 1]", "at = [0, 0]"), "key `at`: two states are at column 0, row 0");
    assert_eq!(
        fault("= \"SYN\"", "= \"SYM\""),
        "key `receives`: `SYM` is none of SYN / SYN,ACK / ACK / FIN / RST / RST,ACK"
    );
    let alone = "[[state]]\nname = \"locked\"\nat = [1, 1]\n[[transition]]";
    assert_eq!(fault("[[transition]]", alone), "key `transition`: none leads to or from `locked`");
}
