//! What a report may hold, whatever a program said: nothing that a terminal, a browser or a CI service obeys.

use serde_json::Value;

/// One report in the format of that name, as `grade` wrote it.
pub(crate) fn check(format: &str, report: &[u8]) -> Result<(), String> {
    let text = str::from_utf8(report).map_err(|error| error.to_string())?;
    no_control_character(text)?;
    let log = if format == "github" { outside_of_stopped_commands(text)? } else { text.to_owned() };
    let commands: Vec<&str> =
        log.lines().map(str::trim_start).filter(|line| line.starts_with("::")).collect();
    let is_ours = |line: &str| {
        format == "github"
            && ["::error title=", "::warning title=", "::notice title="]
                .iter()
                .any(|ours| line.starts_with(ours))
    };
    ensure(commands.iter().all(|line| is_ours(line)), || format!("a workflow command: {commands:?}"))?;
    match format {
        "json" | "gradescope" | "classroom50" => check_json(format, text),
        "junit" => {
            roxmltree::Document::parse(text).map_err(|error| error.to_string())?;
            ensure(!text.contains("[[ATTACHMENT|"), || "an attachment".to_owned())
        }
        "markdown" => check_markdown(text),
        "human" | "github" => Ok(()),
        other => Err(format!("nobody has said what the format {other} may hold")),
    }
}

/// The page that GitHub shows of a step, or a comment.
pub(crate) fn check_markdown(text: &str) -> Result<(), String> {
    no_control_character(text)?;
    let (mut prose, mut fence) = (String::new(), None::<usize>);
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            None => prose.extend([line, "\n"]),
            Some(open) if ticks >= open && line.trim_matches('`').is_empty() => fence = None,
            Some(_) => {}
        }
    }
    ensure(fence.is_none(), || "a fence is open".to_owned())?;
    ensure(!prose.contains("<script") && !prose.contains("=cmd("), || {
        format!("markup in the prose:\n{prose}")
    })
}

fn check_json(format: &str, text: &str) -> Result<(), String> {
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    strings(&json).into_iter().try_for_each(no_control_character)?;
    if format == "gradescope" {
        for key in ["output_format", "test_output_format", "test_name_format"] {
            ensure(json[key] == "text", || format!("{key} is {}", json[key]))?;
        }
    }
    Ok(())
}

/// Every string in a value.
fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(strings).collect(),
        Value::Object(values) => values.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// What GitHub's runner reads for commands: all but what stands between `::stop-commands::TOKEN` and `::TOKEN::`.
fn outside_of_stopped_commands(log: &str) -> Result<String, String> {
    let (before, stopped) = log.split_once("::stop-commands::").ok_or("commands are never stopped")?;
    let (token, stopped) = stopped.split_once('\n').ok_or("no token")?;
    ensure(token.len() >= 32, || format!("the token {token:?} can be guessed"))?;
    let end = format!("\n::{token}::\n");
    let (_, after) = stopped.split_once(&end).ok_or("commands are never obeyed again")?;
    Ok(format!("{before}{after}"))
}

fn no_control_character(text: &str) -> Result<(), String> {
    let is_obeyed = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
    ensure(!text.contains(is_obeyed), || format!("a control character in {text:?}"))
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
