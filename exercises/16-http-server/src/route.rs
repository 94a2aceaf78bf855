//! Which page a request gets.

use crate::request::Request;
use crate::response::{Response, escape_html};
use crate::status::Status;

/// Answers a request that was understood.
///
/// The paths `/`, `/hello` and `/about` get `200 OK`, whatever the method is, and a page about the request itself.
/// `Browser` is the value of `User-Agent`, or `unknown`; all three values are escaped, and every line ends with `\n`:
///
/// ```text
/// <html>
/// <body>
///     <h1>Request Info</h1>
///     <p><strong>Method:</strong> GET</p>
///     <p><strong>Path:</strong> /hello</p>
///     <p><strong>Browser:</strong> Mozilla/5.0</p>
/// </body>
/// </html>
/// ```
///
/// Every other path gets `404 Not Found`, by [`Response::error`] with `The page you requested does not exist.`
///
/// `HEAD` gets what `GET` would get, without the body.
#[must_use]
pub fn handle(request: &Request) -> Response {
    todo!("the page about the request, or 404; to HEAD only the head")
}

// Your part: a page of its own
