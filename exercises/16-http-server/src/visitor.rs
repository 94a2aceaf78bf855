//! The visitor's server: the same page for everybody, but for a number.

use std::io::{self, Write};
use std::net::TcpListener;

use labkit::say;

use crate::Limits;
use crate::announce;
use crate::conn::{accept, answer, read_until};
use crate::request::first_line;
use crate::response::Response;
use crate::status::Status;

/// The page for the `n`-th visitor, with `200 OK` and the type `text/html`. Every line of it ends with `\n`:
///
/// ```text
/// <html>
/// <head>
///     <title>Socket Server</title>
/// </head>
/// <body>
///     <h1>Hello from a Socket!</h1>
///     <p>This is raw HTTP over TCP.</p>
///     <p>No Flask, no http.server - just sockets!</p>
///     <p>You are visitor #1</p>
/// </body>
/// </html>
/// ```
#[must_use]
pub fn page(n: u64) -> Response {
    todo!("the page above, with the visitor's number in it")
}

/// Counts one visitor after another, and shows each the page with their number.
///
/// Announces itself on `out`, and prints each request there before it is answered. A visitor is a whole head, whatever
/// stands in it. One who doesn't get so far is not counted, gets no answer, and is logged.
///
/// # Errors
///
/// When the listener can't accept any more, or `out` can't be written.
pub fn serve(listener: &TcpListener, limits: &Limits, out: &mut impl Write) -> io::Result<()> {
    todo!("announce; then accept, read a head, count, print, answer, client after client")
}
