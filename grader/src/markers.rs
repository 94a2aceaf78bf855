//! The markers in a solution, and what a student reads in their place.
//!
//! | in the solution | in the stub |
//! |---|---|
//! | `// begin solution: answer TIME` … `// end solution`, in a function's body | `todo!("answer TIME")` |
//! | `// begin solution item: a field for the peer` … `// end solution item`, around items or fields | a comment |
//! | `# begin solution: the proxy's timeouts` … `# end solution`, in TOML | a comment |
//! | `<!-- begin solution: what you saw -->` … `<!-- end solution -->`, in Markdown | a comment |
//! | `#| timeout = ""`, within such a part of a TOML file | `timeout = ""`, below the comment: a form to fill |

/// What a text that the student has to fill says until it is filled; `todo!` panics with the same words, so a
/// check recognises both as "not done yet".
pub const UNDONE: &str = "not yet implemented";

/// What follows it on a line of a TOML solution is the student's, and no part of the solution.
const HANDED_OUT: &str = "#| ";

/// rustfmt.toml's `max_width`: a stub must be formatted as `cargo fmt` would.
const MAX_WIDTH: usize = 110;

/// A marker that stands wrong, at a line counted from 1.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct MarkerError {
    file: String,
    line: usize,
    what: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Body,
    Item,
    Toml,
    Markdown,
}

impl Form {
    /// The comment that stands for what the student writes; a body becomes code instead.
    fn comment(self, phrase: &str) -> String {
        match self {
            Form::Body | Form::Item => format!("// Your part: {phrase}"),
            Form::Toml => format!("# {UNDONE}: {phrase}"),
            Form::Markdown => format!("<!-- {UNDONE}: {phrase} -->"),
        }
    }
}

enum Marker<'a> {
    Begin(Form, &'a str),
    End,
}

/// What the line is, if it is a marker: the whole line is a comment that begins with the marker's words.
fn marker(line: &str) -> Option<Marker<'_>> {
    let line = line.trim();
    let (form, text) = if let Some(text) = line.strip_prefix("//") {
        (Form::Body, text)
    } else if let Some(text) = line.strip_prefix("<!--") {
        (Form::Markdown, text.strip_suffix("-->")?)
    } else {
        (Form::Toml, line.strip_prefix('#')?)
    };
    let text = text.trim();
    if let Some(phrase) = text.strip_prefix("begin solution:") {
        Some(Marker::Begin(form, phrase.trim()))
    } else if let Some(phrase) = text.strip_prefix("begin solution item:") {
        Some(Marker::Begin(if form == Form::Body { Form::Item } else { form }, phrase.trim()))
    } else if text.starts_with("begin solution") {
        Some(Marker::Begin(form, ""))
    } else {
        matches!(text, "end solution" | "end solution item").then_some(Marker::End)
    }
}

/// Whether a student has something to write in this file.
pub fn holds_marker(text: &str) -> bool {
    text.lines().any(|line| matches!(marker(line), Some(Marker::Begin(..))))
}

/// The stub that a student gets for a solution's file. A text without markers stays as it is.
///
/// # Errors
/// A marker that is not closed, closes nothing, stands inside another, or says nothing.
pub fn stub(file: &str, text: &str) -> Result<String, MarkerError> {
    let at = |line: usize, what| MarkerError { file: file.to_owned(), line: line + 1, what };
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len());
    let mut open: Option<(usize, Form, &str)> = None;
    let mut handed_out = String::new();
    for (number, line) in lines.iter().enumerate() {
        match (marker(line), open) {
            (Some(Marker::Begin(..)), Some(_)) => return Err(at(number, "a solution inside a solution")),
            (Some(Marker::Begin(_, "")), None) => {
                return Err(at(number, "say what the student should do: `begin solution: <phrase>`"));
            }
            (Some(Marker::Begin(form, phrase)), None) => open = Some((number, form, phrase)),
            (Some(Marker::End), None) => return Err(at(number, "`end solution` without a `begin solution`")),
            (Some(Marker::End), Some((begin, form, phrase))) => {
                let indent = &lines[begin][..lines[begin].len() - lines[begin].trim_start().len()];
                let is_tail = lines[number + 1..]
                    .iter()
                    .find(|line| !line.trim().is_empty())
                    .is_some_and(|line| line.trim_start().starts_with('}'));
                out.push_str(&match form {
                    Form::Body => todo(indent, phrase, is_tail),
                    _ => format!("{indent}{}\n{handed_out}", form.comment(phrase)),
                });
                handed_out.clear();
                open = None;
            }
            (None, Some((_, Form::Toml, _))) => {
                if let Some(form) = line.strip_prefix(HANDED_OUT) {
                    handed_out.push_str(form);
                    handed_out.push('\n');
                }
            }
            (None, Some(_)) => {}
            (None, None) => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    match open {
        Some((begin, ..)) => Err(at(begin, "`begin solution` without an `end solution`")),
        None => Ok(out),
    }
}

/// `todo!("…")`, laid out as rustfmt would: a statement unless it ends its block.
fn todo(indent: &str, phrase: &str, is_tail: bool) -> String {
    let text: String = phrase.chars().map(escape_in_format_string).collect();
    let end = if is_tail { "" } else { ";" };
    let line = format!("{indent}todo!(\"{text}\"){end}\n");
    if line.trim_end().chars().count() <= MAX_WIDTH {
        line
    } else {
        format!("{indent}todo!(\n{indent}    \"{text}\"\n{indent}){end}\n")
    }
}

fn escape_in_format_string(c: char) -> String {
    match c {
        '"' | '\\' => format!("\\{c}"),
        '{' | '}' => format!("{c}{c}"),
        _ => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_becomes_todo() {
        let solution = "\
pub fn double(x: u32) -> u32 {
    // begin solution: twice x
    x * 2
    // end solution
}
";
        assert_eq!(
            stub("a.rs", solution).unwrap(),
            "pub fn double(x: u32) -> u32 {\n    todo!(\"twice x\")\n}\n"
        );
    }

    #[test]
    fn a_body_before_given_code_becomes_a_statement() {
        let solution =
            "fn f() {\n    // begin solution: part one\n    a();\n    // end solution\n    given();\n}\n";
        assert_eq!(stub("a.rs", solution).unwrap(), "fn f() {\n    todo!(\"part one\");\n    given();\n}\n");
    }

    #[test]
    fn a_phrase_is_text_and_not_a_format() {
        let solution = "fn f() {\n    // begin solution: print \"{x}\" with \\n\n    // end solution\n}\n";
        assert_eq!(
            stub("a.rs", solution).unwrap(),
            "fn f() {\n    todo!(\"print \\\"{{x}}\\\" with \\\\n\")\n}\n"
        );
    }

    #[test]
    fn a_long_phrase_is_laid_out_as_rustfmt_does() {
        let phrase = "x".repeat(98);
        let solution =
            |phrase: &str| format!("fn f() {{\n    // begin solution: {phrase}\n    // end solution\n}}\n");
        let stub_of = |phrase: &str| stub("a.rs", &solution(phrase)).unwrap();
        assert_eq!(stub_of(&phrase[..97]), format!("fn f() {{\n    todo!(\"{}\")\n}}\n", &phrase[..97]));
        assert_eq!(stub_of(&phrase), format!("fn f() {{\n    todo!(\n        \"{phrase}\"\n    )\n}}\n"));
    }

    #[test]
    fn items_and_texts_become_comments() {
        let item = "// begin solution item: a helper\nfn h() {}\n// end solution item\nfn given() {}\n";
        assert_eq!(stub("a.rs", item).unwrap(), "// Your part: a helper\nfn given() {}\n");
        let toml = "[x]\n# begin solution: the timeout\nt = 5\n# end solution\n";
        assert_eq!(stub("a.toml", toml).unwrap(), "[x]\n# not yet implemented: the timeout\n");
        let page = "<!-- begin solution: what you saw -->\nA FIN.\n<!-- end solution -->\n";
        assert_eq!(stub("a.md", page).unwrap(), "<!-- not yet implemented: what you saw -->\n");
    }

    #[test]
    fn a_form_to_fill_is_handed_out() {
        let toml =
            "[x]\n# begin solution: the timeout\nt = 5\n#| t = 0\n#| why = \"\"\n# end solution\n[y]\n";
        let form = "[x]\n# not yet implemented: the timeout\nt = 0\nwhy = \"\"\n[y]\n";
        assert_eq!(stub("a.toml", toml).unwrap(), form);
        let two = format!("{toml}# begin solution: no form\nz = 1\n# end solution\n");
        assert_eq!(stub("a.toml", &two).unwrap(), format!("{form}# not yet implemented: no form\n"));
    }

    #[test]
    fn a_file_without_markers_stays() {
        let text = "// a solution begins with thought\nfn f() {}\n";
        assert!(!holds_marker(text));
        assert_eq!(stub("a.rs", text).unwrap(), text);
    }

    #[test]
    fn a_marker_that_stands_wrong_is_named_with_its_line() {
        let error = |text| stub("src/a.rs", text).unwrap_err().to_string();
        assert_eq!(
            error("\n// begin solution: x\nfn f() {}\n"),
            "src/a.rs:2: `begin solution` without an `end solution`"
        );
        assert_eq!(error("// end solution\n"), "src/a.rs:1: `end solution` without a `begin solution`");
        assert_eq!(
            error("// begin solution: x\n// begin solution: y\n// end solution\n"),
            "src/a.rs:2: a solution inside a solution"
        );
        for silent in ["// begin solution\n// end solution\n", "// begin solution:\n// end solution\n"] {
            assert_eq!(
                error(silent),
                "src/a.rs:1: say what the student should do: `begin solution: <phrase>`"
            );
        }
    }
}
