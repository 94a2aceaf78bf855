//! Terminal sessions: a description of who types what where, and what really came out of it.
//!
//! `book/transcripts/<name>.toml` describes a session, `<name>.txt` beside it is its record, made by
//! `book refresh`. A page shows the record; a check that the two belong together needs no program.

mod cable;
pub(crate) mod normalise;
pub(crate) mod record;
mod sockets;
mod terminal;

use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use crate::html;

/// A session to be played in one network namespace of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// Shown above the session.
    pub(crate) title: String,
    /// Programs that must be installed.
    pub(crate) needs: Vec<String>,
    /// Packages of the workspace whose binaries the session runs.
    #[serde(default)]
    pub(crate) builds: Vec<String>,
    /// Whether there is a second machine, at the far end of `lab0`.
    #[serde(default)]
    pub(crate) cable: bool,
    /// Shell commands that prepare this machine; they are not shown. `lo` is up already.
    #[serde(default)]
    pub(crate) setup: Vec<String>,
    /// The same for the second machine.
    #[serde(default)]
    pub(crate) far_setup: Vec<String>,
    /// In order of time.
    pub(crate) step: Vec<Step>,
}

/// One thing that happens in one terminal: at most one action, then at most one event to wait for.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// The terminal's name.
    #[serde(rename = "in")]
    pub(crate) terminal: String,
    /// Action: a command is typed at the shell's prompt.
    pub(crate) run: Option<String>,
    /// Whether that shell is on the second machine.
    #[serde(default)]
    pub(crate) far: bool,
    /// Action: a line is typed to the running program.
    #[serde(rename = "type")]
    pub(crate) line: Option<String>,
    /// Action: `D` ends the program's input, `C` interrupts it.
    pub(crate) key: Option<char>,
    /// Event: the program printed a line that contains this.
    pub(crate) until: Option<String>,
    /// Event: the program printed this and waits in the middle of the line.
    pub(crate) prompt: Option<String>,
    /// Event: somebody listens on this TCP port.
    pub(crate) listening: Option<u16>,
    /// Event: nobody listens on this TCP port any more.
    pub(crate) free: Option<u16>,
    /// Event: a UDP socket is bound to this port.
    pub(crate) bound: Option<u16>,
    /// Event: a TCP connection to this port is established.
    pub(crate) established: Option<u16>,
    /// Event: a connection of this TCP port has received so many bytes that nobody has read.
    pub(crate) unread: Option<Unread>,
    /// Event: a connection of this TCP port has received bytes, and nobody reads them any more.
    pub(crate) stuck: Option<u16>,
    /// Event: so many connections wait to be accepted on this TCP port.
    pub(crate) queued: Option<Queued>,
    /// No event: the program is left to itself for now.
    #[serde(default)]
    pub(crate) stays: bool,
    /// Event: the program ended. It is the event of `run` and `key` unless another is named.
    #[serde(default)]
    pub(crate) exits: bool,
}

/// Bytes that wait in the kernel.
#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unread {
    pub(crate) port: u16,
    pub(crate) bytes: u32,
}

/// Connections that wait to be accepted.
#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub(crate) struct Queued {
    pub(crate) port: u16,
    pub(crate) connections: u32,
}

impl Script {
    pub(crate) fn load(folder: &Path, name: &str) -> Result<Self, String> {
        let path = folder.join(format!("{name}.toml"));
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("transcript `{name}` is not described: {}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("in {}: {}", path.display(), error.message()))
    }

    /// The lines of a record that the description alone determines: terminals, commands, what was typed.
    fn typed(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for step in &self.step {
            lines.extend(step.run.iter().map(|command| format!("$ {command}")));
            lines.extend(step.line.iter().map(|line| format!("> {line}").trim_end().to_owned()));
            lines.extend(step.key.iter().map(|key| format!("^ {key}")));
        }
        lines
    }
}

/// The record of `name` as a figure, one box each time the terminal changes.
pub(crate) fn paste(folder: &Path, name: &str) -> Result<String, String> {
    let script = Script::load(folder, name)?;
    let record = recorded(folder, name)?;
    if record.lines().filter(|line| line.starts_with(['$', '>', '^'])).ne(script.typed()) {
        return Err(format!("transcript `{name}` was recorded from another description: refresh it"));
    }
    Ok(figure(&script.title, &record))
}

/// The stored record of `name`.
pub(crate) fn recorded(folder: &Path, name: &str) -> Result<String, String> {
    std::fs::read_to_string(folder.join(format!("{name}.txt")))
        .map_err(|_| format!("transcript `{name}` was never recorded: `cargo run -p book -- refresh {name}`"))
}

/// The first column of a record's line says what the rest is:
/// `@` a terminal, `$` a command, `>` a typed line, `^` a key, `|` output, `:` output without a line end.
fn figure(title: &str, record: &str) -> String {
    let mut figure =
        format!("<figure class=\"transcript\"><figcaption>{}</figcaption>\n", html::inline(title));
    let mut open = false;
    let mut box_is_empty = true;
    for line in record.lines() {
        let (mark, text) = line.split_at(line.len().min(1));
        let text = text.strip_prefix(' ').unwrap_or(text);
        if mark == "@" {
            let close = if open { "</pre></div>\n" } else { "" };
            let name = html::escape(text);
            let _ = write!(figure, "{close}<div class=\"terminal\"><span>{name}</span><pre tabindex=\"0\">");
            (open, box_is_empty) = (true, true);
            continue;
        }
        if !std::mem::replace(&mut box_is_empty, false) {
            figure.push_str(if figure.ends_with("<!--cont-->") { "" } else { "&#10;" });
        }
        let text = html::escape(text);
        let _ = match mark {
            "$" => write!(figure, "<span class=\"prompt\">$ </span><kbd>{text}</kbd>"),
            ">" if text.is_empty() => write!(figure, "<kbd class=\"key\">Enter</kbd>"),
            ">" => write!(figure, "<kbd>{text}</kbd>"),
            "^" => write!(figure, "<kbd class=\"key\">Ctrl+{text}</kbd>"),
            ":" => write!(figure, "<samp>{text}</samp><!--cont-->"),
            _ => write!(figure, "<samp>{text}</samp>"),
        };
    }
    figure.push_str(if open { "</pre></div></figure>\n" } else { "</figure>\n" });
    figure.replace("<!--cont-->", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "title = 'Two shells'\nneeds = []\n[[step]]\nin = 'one'\nrun = 'cat'\n\
                          prompt = '? '\n[[step]]\nin = 'one'\ntype = 'a<b'\n";

    fn folder(record: Option<&str>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.toml"), SCRIPT).unwrap();
        if let Some(record) = record {
            std::fs::write(folder.path().join("t.txt"), record).unwrap();
        }
        folder
    }

    #[test]
    fn what_was_typed_stands_out_from_what_was_printed() {
        let html = paste(folder(Some("@ one\n$ cat\n: ? \n> a<b\n| a<b\n|\n| c\n")).path(), "t").unwrap();
        assert!(
            html.contains(
                "<pre tabindex=\"0\"><span class=\"prompt\">$ </span><kbd>cat</kbd>&#10;<samp>? </samp>\
                 <kbd>a&lt;b</kbd>&#10;<samp>a&lt;b</samp>&#10;<samp></samp>&#10;<samp>c</samp></pre>"
            ),
            "{html}"
        );
    }

    #[test]
    fn an_empty_line_is_shown_as_the_key_that_sends_it() {
        let html = figure("t", "@ one\n$ read line\n>\n");
        assert!(html.contains("<kbd>read line</kbd>&#10;<kbd class=\"key\">Enter</kbd>"), "{html}");
    }

    #[test]
    fn a_session_that_was_never_recorded_is_refused() {
        assert!(paste(folder(None).path(), "t").unwrap_err().contains("never recorded"));
        assert!(paste(folder(None).path(), "u").unwrap_err().contains("not described"));
    }

    #[test]
    fn a_record_of_another_description_is_refused() {
        let fault = paste(folder(Some("@ one\n$ cat\n> a\n")).path(), "t").unwrap_err();
        assert!(fault.contains("another description"), "{fault}");
    }
}
