//! Listings taken from the real files: a whole file, the lines of an anchor, or one item of Rust code.

use std::path::Path;

/// The text of `path`, or of the anchor after its colon (`path:anchor`), without markers.
///
/// An anchor's lines stand between `ANCHOR: name` and `ANCHOR_END: name`, in any comment syntax.
pub(crate) fn include(root: &Path, wanted: &str) -> Result<String, String> {
    let (path, anchor) = match wanted.split_once(':') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (wanted, None),
    };
    let text = read(root, path)?;
    let lines = match anchor {
        None => text.lines().collect(),
        Some(anchor) => anchored(&text, anchor).ok_or_else(|| format!("{path} has no anchor `{anchor}`"))?,
    };
    Ok(tidy(&lines))
}

/// One item of the Rust file `path` with its documentation: `fn serve`, `struct Stats`, `impl Decoder`.
pub(crate) fn item(root: &Path, path: &str, wanted: &str) -> Result<String, String> {
    let text = read(root, path)?;
    let lines: Vec<&str> = text.lines().collect();
    let heads: Vec<usize> = (0..lines.len()).filter(|&at| declares(lines[at], wanted)).collect();
    match heads[..] {
        [] => Err(format!("{path} has no item `{wanted}`")),
        [head] => Ok(tidy(&lines[start_of(&lines, head)..=end_of(&lines, head)])),
        _ => Err(format!("{path} has {} items `{wanted}`", heads.len())),
    }
}

/// The lines of code between the markers of a solution: what a student has to write, without blank lines and comments.
pub(crate) fn size(root: &Path, folder: &str) -> Result<usize, String> {
    let mut size = 0;
    let mut folders = vec![root.join("solutions").join(folder).join("src")];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
                size += lines_to_write(&text);
            }
        }
    }
    Ok(size)
}

fn lines_to_write(text: &str) -> usize {
    let mut inside = false;
    let mut count = 0;
    for line in text.lines().map(str::trim) {
        if line.starts_with("// begin solution") {
            inside = true;
        } else if line.starts_with("// end solution") {
            inside = false;
        } else if inside && !line.is_empty() && !line.starts_with("//") {
            count += 1;
        }
    }
    count
}

fn read(root: &Path, path: &str) -> Result<String, String> {
    std::fs::read_to_string(root.join(path)).map_err(|error| format!("cannot include {path}: {error}"))
}

fn anchored<'a>(text: &'a str, anchor: &str) -> Option<Vec<&'a str>> {
    let named = |line: &str, marker: &str| {
        line.split_once(marker).is_some_and(|(_, name)| name.split_whitespace().next() == Some(anchor))
    };
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| named(line, "ANCHOR:"))?;
    let end = start + lines[start..].iter().position(|line| named(line, "ANCHOR_END:"))?;
    Some(lines[start + 1..end].to_vec())
}

/// Whether a line opens the item, whatever its visibility: `pub(crate) const fn name(…` opens `fn name`.
fn declares(line: &str, wanted: &str) -> bool {
    let mut rest = line.trim_start();
    while !rest.starts_with(wanted) {
        let Some((word, after)) = rest.split_once(' ') else { return false };
        let modifier = word.starts_with("pub") || ["async", "const", "unsafe", "static"].contains(&word);
        if !modifier {
            return false;
        }
        rest = after;
    }
    let after = &rest[wanted.len()..];
    if wanted.starts_with("impl") {
        return after.trim_start().starts_with('{');
    }
    !after.starts_with(|next: char| next.is_alphanumeric() || next == '_')
}

/// Documentation and attributes, also those of several lines, belong to the item below them.
fn start_of(lines: &[&str], head: usize) -> usize {
    let mut start = head;
    let mut inside_attribute = false;
    for at in (0..head).rev() {
        let line = lines[at].trim();
        inside_attribute = (inside_attribute || line == ")]") && !line.starts_with("#[");
        if !inside_attribute && !line.starts_with("///") && !line.starts_with("#[") {
            break;
        }
        start = at;
    }
    start
}

/// An item formatted by rustfmt ends at the first line as far left as its head that closes it.
fn end_of(lines: &[&str], head: usize) -> usize {
    let indent = indent_of(lines[head]);
    let closes = |at: usize| {
        let line = lines[at].trim_end();
        if at == head {
            return line.ends_with(';') || line.ends_with('}');
        }
        indent_of(line) == indent && (line.trim_start().starts_with('}') || line.ends_with(';'))
    };
    (head..lines.len()).find(|&at| !lines[at].is_empty() && closes(at)).unwrap_or(lines.len() - 1)
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The lines without the markers of `grader release` and of anchors, moved left as far as they all go.
fn tidy(lines: &[&str]) -> String {
    let markers = ["begin solution", "end solution", "ANCHOR:", "ANCHOR_END:"];
    let is_marker = |line: &str| {
        let text = line.trim_start().trim_start_matches(['/', '#', '<', '!', '-']).trim_start();
        markers.iter().any(|marker| text.starts_with(marker))
    };
    let kept: Vec<&str> = lines.iter().copied().filter(|line| !is_marker(line)).collect();
    let indent =
        kept.iter().filter(|line| !line.trim().is_empty()).map(|line| indent_of(line)).min().unwrap_or(0);
    let moved: Vec<&str> = kept.iter().map(|line| line.get(indent..).unwrap_or("").trim_end()).collect();
    moved.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "\
/// Counts.
#[derive(Debug)]
pub struct Stats {
    pub lines: u64,
}

pub(crate) const LIMIT: usize = 65_536;

impl Stats {
    /// One more.
    #[expect(
        clippy::one,
        reason = \"two\"
    )]
    pub fn add(
        &mut self,
        n: u64,
    ) -> u64 {
        // begin solution: count
        self.lines += n;

        self.lines
        // end solution
    }
    pub fn add_all(&mut self) {}
}
// ANCHOR: tail
fn tail() {}
// ANCHOR_END: tail
";

    fn course() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a.rs"), CODE).expect("the sample is written");
        folder
    }

    #[test]
    fn an_item_comes_with_its_documentation_and_attributes() {
        let text = item(course().path(), "a.rs", "struct Stats").unwrap();
        assert_eq!(text, "/// Counts.\n#[derive(Debug)]\npub struct Stats {\n    pub lines: u64,\n}");
    }

    #[test]
    fn a_method_is_moved_left_and_loses_its_markers() {
        let text = item(course().path(), "a.rs", "fn add").unwrap();
        let expected = "/// One more.\n#[expect(\n    clippy::one,\n    reason = \"two\"\n)]\npub fn add(\n    &mut self,\n    n: u64,\n) -> u64 {\n    \
                        self.lines += n;\n\n    self.lines\n}";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_constant_ends_on_its_line() {
        let text = item(course().path(), "a.rs", "const LIMIT").unwrap();
        assert_eq!(text, "pub(crate) const LIMIT: usize = 65_536;");
    }

    #[test]
    fn an_implementation_is_found_by_its_header() {
        assert!(item(course().path(), "a.rs", "impl Stats").unwrap().ends_with('}'));
    }

    #[test]
    fn the_size_of_a_solution_is_its_code_between_markers() {
        assert_eq!(lines_to_write(CODE), 2);
    }

    #[test]
    fn an_anchor_gives_the_lines_between_its_marks() {
        assert_eq!(include(course().path(), "a.rs:tail").unwrap(), "fn tail() {}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let folder = course();
        let fault = |wanted| include(folder.path(), wanted).unwrap_err();
        assert_eq!(fault("a.rs:head"), "a.rs has no anchor `head`");
        assert!(fault("b.rs").starts_with("cannot include b.rs: "));
        assert_eq!(item(folder.path(), "a.rs", "fn gone").unwrap_err(), "a.rs has no item `fn gone`");
    }
}
