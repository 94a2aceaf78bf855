//! Answers: what is in them, and how they look on the wire.

use crate::status::Status;

/// The type of a page in UTF-8.
pub const HTML_UTF8: &str = "text/html; charset=utf-8";

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// How it begins.
    pub status: Status,
    /// What the body is: the value of `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// Whether only the head is sent, as to a `HEAD` request. It is the same head.
    pub head_only: bool,
}

impl Response {
    /// An answer with a page of HTML in UTF-8.
    #[must_use]
    pub fn page(status: Status, body: String) -> Response {
        Response { status, content_type: HTML_UTF8, body, head_only: false }
    }

    /// An answer that says what was wrong. Its page has the status in its headline and `why` below it:
    ///
    /// ```text
    /// <html>
    /// <body>
    ///     <h1>404 Not Found</h1>
    ///     <p>The page you requested does not exist.</p>
    /// </body>
    /// </html>
    /// ```
    ///
    /// Each line ends with `\n`, the last one too; `why` is escaped.
    #[must_use]
    pub fn error(status: Status, why: &str) -> Response {
        todo!("the page above with the status and the reason in it")
    }
}

/// The answer as it is sent: the four lines of the head, the empty line, and the body unless it is `head_only`.
#[must_use]
pub fn render(response: &Response) -> Vec<u8> {
    todo!("status line, Content-Type, Content-Length, Connection: close, the empty line, the body")
}

/// `text` as it has to stand in a page to be read as text: `&`, `<`, `>` and `"` become `&amp;`, `&lt;`, `&gt;` and
/// `&quot;`.
#[must_use]
pub fn escape_html(text: &str) -> String {
    todo!("replace the four characters")
}
