//! Small pieces of HTML inside Markdown.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html::push_html};

/// `text` with the characters that HTML gives a meaning to escaped.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Text for a `<pre>`. Line ends are written as references, because an empty line would end the HTML block
/// that the `<pre>` stands in (CommonMark §4.6).
pub(crate) fn preformatted(text: &str) -> String {
    escape(text.trim_end_matches('\n')).replace('\n', "&#10;")
}

/// Markdown as HTML that may stand in an HTML block.
pub(crate) fn block(markdown: &str) -> String {
    let mut html = String::new();
    push_html(&mut html, Parser::new_ext(markdown, options()));
    one_block(&html)
}

/// Markdown of one paragraph as HTML without the `<p>`.
pub(crate) fn inline(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, options())
        .filter(|event| !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)));
    let mut html = String::new();
    push_html(&mut html, events);
    one_block(html.trim())
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_SMART_PUNCTUATION
}

/// Empty lines occur only inside `<pre>`, where a reference means the same.
fn one_block(html: &str) -> String {
    let mut html = html.trim_end().to_owned();
    while html.contains("\n\n") {
        html = html.replace("\n\n", "\n&#10;");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preformatted_text_has_no_line_that_could_end_an_html_block() {
        assert_eq!(preformatted("a <b>\n\n\"c\"\n"), "a &lt;b&gt;&#10;&#10;&quot;c&quot;");
    }

    #[test]
    fn code_with_an_empty_line_stays_in_its_block() {
        let html = block("```\na\n\nb\n```");
        assert!(!html.contains("\n\n"), "{html}");
        assert!(html.contains("a\n&#10;b"), "{html}");
    }

    #[test]
    fn inline_markdown_is_not_wrapped_in_a_paragraph() {
        assert_eq!(inline("one `read()`"), "one <code>read()</code>");
    }
}
