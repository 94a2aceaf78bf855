//! The search index, made again so that it finds what readers of this book look for.
//!
//! mdBook separates words at spaces and hyphens only: `set_nonblocking` in `stream.set_nonblocking(true)?` is not
//! found. And its script takes letters such as `ế` off the end of a query, because they are not ASCII. So here words are
//! letters, digits and `_`, for the index and for the query alike, and of `SO_REUSEPORT` the parts are found, too.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use elasticlunr::lang::English;
use elasticlunr::{Index, Language, Pipeline};
use serde_json::Value;

use crate::site::read;

/// The fields of a section, in the order in which they are added.
const FIELDS: [&str; 3] = ["title", "body", "breadcrumbs"];

/// What surrounds the index in its file: a JavaScript string in single quotes.
const BEFORE: &str = "window.search = Object.assign(window.search, JSON.parse('";
const AFTER: &str = "'));";

/// Words longer than this are none that anybody types: mdBook's own limit, in bytes.
const LONGEST: usize = 80;

/// Makes of a query what [`words`] makes of a text. It runs before any search, because it comes with the index.
const QUERY: &str = r"elasticlunr.tokenizer = (query) =>
    String(query).normalize('NFC').toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
";

/// Replaces the index of the site in `output`.
pub(crate) fn improve(output: &Path) -> Result<()> {
    let path = file(output)?;
    let script = improved(&read(&path)?).with_context(|| format!("in {}", path.display()))?;
    fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))
}

/// The index's file, whose name holds a hash of what mdBook wrote.
fn file(output: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(output).with_context(|| format!("cannot list {}", output.display()))?;
    let mut found = entries.flatten().map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("searchindex") && name.ends_with(".js")
    });
    found.next().with_context(|| format!("no search index in {}", output.display()))
}

fn improved(script: &str) -> Result<String> {
    let quoted = script.trim().strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(AFTER));
    let quoted = quoted.context("this is not an index as mdBook writes it")?;
    let mut search: Value = serde_json::from_str(&quoted.replace(r"\'", "'").replace(r"\\", r"\"))?;

    let mut index = Index::with_language(Box::new(EnglishAndNames), FIELDS);
    for (name, section) in search["index"]["documentStore"]["docs"].as_object().context("no sections")? {
        add(&mut index, name, section);
    }
    search["index"] = serde_json::to_value(&index)?;
    let quoted = search.to_string().replace('\\', r"\\").replace('\'', r"\'");
    Ok(format!("{QUERY}{BEFORE}{quoted}{AFTER}"))
}

fn add(index: &mut Index, name: &str, section: &Value) {
    index.add_doc(name, FIELDS.map(|field| section[field].as_str().unwrap_or_default()));
}

/// English, with words as this book has them.
struct EnglishAndNames;

impl Language for EnglishAndNames {
    fn name(&self) -> String {
        English::new().name()
    }

    fn code(&self) -> String {
        English::new().code()
    }

    fn tokenize(&self, text: &str) -> Vec<String> {
        words(text)
    }

    /// Without the function that takes off what is not ASCII: there is nothing left to take off.
    fn make_pipeline(&self) -> Pipeline {
        let mut pipeline = English::new().make_pipeline();
        pipeline.queue.retain(|function| function.name() != "trimmer");
        pipeline
    }
}

/// The words of a text in small letters; after a name with `_` in it come its parts.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split(|character: char| !is_of_a_word(character)).filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        let parts = word.split('_').filter(|part| !part.is_empty() && *part != word).map(str::to_owned);
        let parts: Vec<String> = parts.collect();
        if word.len() <= LONGEST {
            words.push(word);
        }
        words.extend(parts.into_iter().filter(|part| part.len() <= LONGEST));
    }
    words
}

/// Whether it belongs to a word: a letter, a digit, `_`, or a mark above a letter that is a character of its own.
fn is_of_a_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || ('\u{300}'..='\u{36f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_is_found_by_its_name_and_by_its_parts() {
        assert_eq!(
            words("stream.set_nonblocking(true)?;"),
            ["stream", "set_nonblocking", "set", "nonblocking", "true"]
        );
        assert_eq!(words("TcpStream::connect"), ["tcpstream", "connect"]);
        assert_eq!(words("_"), ["_"]);
    }

    #[test]
    fn letters_of_other_languages_are_letters() {
        assert_eq!(words("'thế\u{a0}giới' naïve"), ["thế", "giới", "naïve"]);
        assert_eq!(words("the\u{302}\u{301}"), ["the\u{302}\u{301}"]);
    }

    #[test]
    fn what_nobody_types_is_no_word() {
        assert!(words(&"0".repeat(LONGEST + 1)).is_empty());
    }

    #[test]
    fn an_index_is_made_again_with_every_section() {
        let section = json!({ "id": "0", "title": "It's", "body": r"a.b_c(\n)", "breadcrumbs": "x" });
        let search =
            json!({ "index": { "documentStore": { "docs": { "0": section } } }, "doc_urls": ["a.html"] });
        let quoted = search.to_string().replace('\\', r"\\").replace('\'', r"\'");
        let script = improved(&format!("{BEFORE}{quoted}{AFTER}")).unwrap();
        assert!(script.starts_with("elasticlunr.tokenizer"));
        assert!(script.contains(r"It\'s") && script.contains(r#""doc_urls":["a.html"]"#), "{script}");
        assert!(script.contains(r#""pipeline":["stopWordFilter","stemmer"]"#), "{script}");
    }

    #[test]
    fn another_format_is_refused() {
        assert!(improved("window.search = {};").unwrap_err().to_string().contains("not an index"));
    }
}
