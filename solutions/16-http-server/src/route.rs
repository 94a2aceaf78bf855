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
    // begin solution: the page about the request, or 404; to HEAD only the head
    let response = match request.path() {
        "/" | "/hello" | "/about" => Response::page(Status::Ok, info_page(request)),
        _ => Response::error(Status::NotFound, "The page you requested does not exist."),
    };
    Response { head_only: request.method == "HEAD", ..response }
    // end solution
}

// begin solution item: a page of its own
fn info_page(request: &Request) -> String {
    let method = escape_html(&request.method);
    let path = escape_html(request.path());
    let browser = escape_html(request.header("User-Agent").unwrap_or("unknown"));
    format!(
        "\
<html>
<body>
    <h1>Request Info</h1>
    <p><strong>Method:</strong> {method}</p>
    <p><strong>Path:</strong> {path}</p>
    <p><strong>Browser:</strong> {browser}</p>
</body>
</html>
"
    )
}
// end solution item
