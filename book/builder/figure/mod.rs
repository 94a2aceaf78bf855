//! Pictures made of data: `{{#figure NAME}}` draws what `book/figures/NAME.toml` describes.
//!
//! A figure's numbers come out of a capture, so that text and picture can't disagree. It is an inline SVG whose colours
//! follow the page's theme, in a box of its own that scrolls where the page is narrow, and below it the same as text.

mod capture;
mod header;
mod layer;
mod sequence;
mod state;
mod stream;
mod svg;
mod words;

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::html::escape;
use crate::site::{Site, read};
use svg::Svg;

/// Where the descriptions lie, relative to the course's root.
pub(crate) const FOLDER: &str = "book/figures";

/// A finished figure.
struct Figure {
    title: String,
    /// What one sees, for whoever doesn't.
    says: String,
    /// Where its data are from.
    source: Option<String>,
    svg: Svg,
    /// Width and height in pixels.
    size: (i32, i32),
    /// The same as text, in HTML.
    text: String,
}

/// What is drawn; each has its module, which says what else a description holds.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Conversation,
    Header,
    Sequence,
    State,
    Stream,
}

/// The key that every description has, and the others for now.
#[derive(Deserialize)]
struct Head {
    kind: Kind,
}

/// The figure of that name as one HTML block.
pub(crate) fn paste(site: &Site, name: &str) -> Result<String, String> {
    draw(site.root(), name).map(|figure| figure.html(name)).map_err(|error| format!("{error:#}"))
}

fn draw(root: &Path, name: &str) -> Result<Figure> {
    let path = file(name);
    let text = read(&root.join(&path)).with_context(|| format!("figure `{name}` is not described"))?;
    let Head { kind } = parse(&text).context(path.clone())?;
    let figure = match kind {
        Kind::Conversation => parse(&text).and_then(sequence::conversation::draw),
        Kind::Header => parse(&text).and_then(|described| header::draw(root, described)),
        Kind::Sequence => parse(&text).and_then(|described| sequence::draw(root, described)),
        Kind::State => parse(&text).and_then(state::draw),
        Kind::Stream => parse(&text).and_then(|described| stream::draw(root, described)),
    };
    figure.context(path)
}

/// The description's file, relative to the course's root.
fn file(name: &str) -> String {
    format!("{FOLDER}/{name}.toml")
}

/// A description; an error names the line that is wrong.
fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        let written = text.lines().nth(line - 1).unwrap_or_default().trim();
        anyhow!("line {line}, `{written}`: {}", error.message())
    })
}

/// Says which key of the description an error is about.
fn at_key<T>(key: &str, result: Result<T>) -> Result<T> {
    result.with_context(|| format!("key `{key}`"))
}

impl Figure {
    fn html(self, name: &str) -> String {
        let id = format!("figure-{name}");
        let svg = self.svg.finish(self.size, &id, &self.title, &self.says);
        let source =
            self.source.map(|source| format!(" <small>{}</small>", escape(&source))).unwrap_or_default();
        let (id, title) = (escape(&id), escape(&self.title));
        format!(
            "<figure class=\"drawn\" id=\"{id}\">\
             <div class=\"drawing\" role=\"region\" tabindex=\"0\" aria-label=\"{title}\">{svg}</div>\
             <figcaption>{title}{source}</figcaption>\
             <details><summary>The same as text</summary>{}</details></figure>\n",
            self.text
        )
    }
}

/// A table for readers who don't see the drawing.
fn table<const N: usize>(heads: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let cells = |tag: &str, cells: &[String]| -> String {
        cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect()
    };
    let rows: String = rows.into_iter().map(|row| format!("<tr>{}</tr>", cells("td", &row))).collect();
    let heads = cells("th", &heads.map(str::to_owned));
    format!(
        "<div class=\"table-wrapper\" tabindex=\"0\"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

#[cfg(test)]
mod tests;
