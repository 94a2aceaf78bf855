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
        // begin solution: the page above with the status and the reason in it
        let why = escape_html(why);
        let body = format!("<html>\n<body>\n    <h1>{status}</h1>\n    <p>{why}</p>\n</body>\n</html>\n");
        Response::page(status, body)
        // end solution
    }
}

/// The answer as it is sent: the four lines of the head, the empty line, and the body unless it is `head_only`.
#[must_use]
pub fn render(response: &Response) -> Vec<u8> {
    // begin solution: status line, Content-Type, Content-Length, Connection: close, the empty line, the body
    let Response { status, content_type, body, head_only } = response;
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        // In bytes, whatever characters they make.
        body.len()
    );
    let body = if *head_only { "" } else { body };
    [head.as_bytes(), body.as_bytes()].concat()
    // end solution
}

/// `text` as it has to stand in a page to be read as text: `&`, `<`, `>` and `"` become `&amp;`, `&lt;`, `&gt;` and
/// `&quot;`.
#[must_use]
pub fn escape_html(text: &str) -> String {
    // begin solution: replace the four characters
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
    // end solution
}
