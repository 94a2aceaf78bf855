//! A conversation of which there is no capture, because calls of programs are in it. Lengths are counted all the same.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use wire::bytes::escape;

use super::picture;
use super::story::{Message, Step, Story, Words};
use crate::figure::{Figure, at_key};

/// `kind = "conversation"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::figure) struct Description {
    #[serde(rename = "kind")]
    _kind: String,
    title: String,
    says: String,
    /// From left to right.
    lifelines: Vec<String>,
    step: Vec<Spoken>,
}

/// A message has `from`, `to`, and `bytes` or `says`; words have `at`, and `says` or `calls`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spoken {
    from: Option<String>,
    to: Option<String>,
    at: Option<String>,
    /// What is written and read.
    bytes: Option<String>,
    /// Any words; `{length}` is the number of the last message's bytes.
    says: Option<String>,
    /// What a program calls, and what comes of it; `{length}` as above.
    calls: Option<String>,
    /// Whether the message never arrives.
    #[serde(default)]
    lost: bool,
}

pub(in crate::figure) fn draw(described: Description) -> Result<Figure> {
    at_key("lifelines", super::are_enough(described.lifelines.len()))?;
    let lifelines = described.lifelines.iter().map(|name| (name.clone(), String::new())).collect();
    let mut story = Story { lifelines, steps: Vec::new() };
    let mut length = None;
    for (number, spoken) in (1..).zip(&described.step) {
        let step = described.step(spoken, &mut length).with_context(|| format!("step {number}"));
        story.steps.push(at_key("step", step)?);
    }
    let (svg, size) = picture::draw(&story);
    Ok(Figure {
        title: described.title,
        says: described.says,
        source: None,
        text: story.as_text(),
        svg,
        size,
    })
}

impl Description {
    /// The step; `length` is that of the last message.
    fn step(&self, spoken: &Spoken, length: &mut Option<usize>) -> Result<Step> {
        match spoken {
            Spoken { from: Some(from), to: Some(to), at: None, calls: None, .. } => {
                let label = match (&spoken.bytes, &spoken.says) {
                    (Some(bytes), None) => escape(bytes.as_bytes()),
                    (None, Some(says)) => says.clone(),
                    _ => bail!("a message has either `bytes` or `says`"),
                };
                *length = spoken.bytes.as_ref().map(String::len);
                let (from, to) = (self.lifeline(from)?, self.lifeline(to)?);
                ensure!(from != to, "a message goes to somebody else");
                let short = label.clone();
                Ok(Step::Message(Message {
                    at: None,
                    from,
                    to: vec![to],
                    label,
                    short,
                    is_lost: spoken.lost,
                }))
            }
            Spoken { from: None, to: None, at: Some(at), bytes: None, lost: false, .. } => {
                let (says, stands_out) = match (&spoken.says, &spoken.calls) {
                    (Some(says), None) => (says, false),
                    (None, Some(calls)) => (calls, true),
                    _ => bail!("words at a lifeline are either `says` or `calls`"),
                };
                let says = counted(says, *length)?;
                Ok(Step::Words(vec![Words { at: self.lifeline(at)?, says, stands_out }]))
            }
            _ => bail!("a step has either `from` and `to`, or `at`"),
        }
    }

    fn lifeline(&self, name: &str) -> Result<usize> {
        let at = self.lifelines.iter().position(|lifeline| lifeline == name);
        at.with_context(|| format!("no lifeline is called `{name}`"))
    }
}

fn counted(says: &str, length: Option<usize>) -> Result<String> {
    const LENGTH: &str = "{length}";
    if !says.contains(LENGTH) {
        return Ok(says.to_owned());
    }
    let length = length.context("there was no message with `bytes` whose {length} could be told")?;
    Ok(says.replace(LENGTH, &length.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::parse;

    const ECHO: &str = r#"
kind = "conversation"
title = "An echo"
says = "Hello comes back."
lifelines = ["client", "server"]

[[step]]
from = "client"
to = "server"
bytes = "Hello\n"

[[step]]
at = "server"
calls = "read: {length} bytes"
"#;

    #[test]
    fn lengths_are_counted() {
        let figure = parse(ECHO).and_then(draw).unwrap();
        let drawn = figure.svg.finish(figure.size, "echo", &figure.title, &figure.says);
        assert!(drawn.contains(">&quot;Hello\\n&quot;<") && drawn.contains(">read: 6 bytes<"), "{drawn}");
        assert!(figure.text.contains("<td>server</td><td></td><td>read: 6 bytes</td>"), "{}", figure.text);
        assert!(!figure.text.contains("time"), "{}", figure.text);
    }

    #[test]
    fn a_step_that_is_neither_message_nor_words_is_named() {
        let fault = |from: &str, to: &str| {
            assert!(ECHO.contains(from), "{from}");
            let told = parse(&ECHO.replacen(from, to, 1)).and_then(draw).map(|_| ()).unwrap_err();
            format!("{told:#}")
        };
        assert_eq!(
            fault("to = \"server\"\n", ""),
            "key `step`: step 1: a step has either `from` and `to`, or `at`"
        );
        assert_eq!(
            fault("at = \"server\"", "at = \"peer\""),
            "key `step`: step 2: no lifeline is called `peer`"
        );
        assert_eq!(
            fault("bytes = \"Hello\\n\"", ""),
            "key `step`: step 1: a message has either `bytes` or `says`"
        );
        let uncounted = fault("bytes = \"Hello\\n\"", "says = \"Hello\"");
        assert_eq!(
            uncounted,
            "key `step`: step 2: there was no message with `bytes` whose {length} could be told"
        );
    }
}
