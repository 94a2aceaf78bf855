//! Lab 15: an HTTP client by hand.
//!
//! `http-get URL` asks a web server for one page and prints it. HTTP is an agreement about bytes, like the frames of lab 13,
//! but one that people can read: lines of text first, and then whatever the page is made of.
//!
//! # What goes over the wire
//!
//! The client sends these bytes and no others; every line ends in CRLF, and an empty line is the end:
//!
//! ```text
//! GET /hello HTTP/1.1
//! Host: localhost:8080
//! Connection: close
//!
//! ```
//!
//! The server answers with a **head**, which is a status line, headers and an empty line, and with a **body**:
//!
//! ```text
//! HTTP/1.1 200 OK
//! Content-Type: text/plain
//! Content-Length: 3
//!
//! Hi
//! ```
//!
//! There are three ways to tell where the body ends, and the head says which ([`body_kind`]): after so many bytes, after
//! the last of several *chunks*, or where the stream ends.
//!
//! # What the program prints
//!
//! The body, byte by byte, and nothing else; with `-i` the head before it; with `--raw` all that came, up to the end of the
//! stream. `-v` shows the lines of both heads on standard error, with `> ` and `< ` in front. `-o` names a file for what
//! would go to standard output.
//!
//! | what happened | exit code |
//! |---|---|
//! | the response is complete, whatever its status says | 0 |
//! | `--fail`, and the status is 400 or more: then nothing is printed | 1 |
//! | the output can't be written | 1 |
//! | the URL is none | 2 |
//! | its host can't be looked up | 3 |
//! | nobody listens there | 4 |
//! | the time was over: `--timeout` is for everything together | 5 |
//! | the server broke the connection or the protocol, stopped too early, or sent too much | 6 |
//! | there is no way to it | 7 |
//!
//! Too much is a head of more than 8 KiB, or a body of more than `--max-body` bytes.
//!
//! # Where you write
//!
//! | file | what | when |
//! |---|---|---|
//! | [`url`] | what the user typed, taken apart | 1 |
//! | [`req`] | the request | 1 |
//! | [`timed`] | reads and writes that keep one deadline | 1 |
//! | [`error`] | the exit codes | 1 |
//! | [`get`] | one request, one response | 1, 3 |
//! | [`resp`] | the response's head | 2 |
//! | [`body`] | its body | 3, 4 |
//!
//! [`connect()`] is lab 07's, and given; so are the programs in `src/bin`.

pub mod body;
mod connect;
pub mod error;
pub mod get;
pub mod req;
pub mod resp;
pub mod timed;
pub mod url;

pub use body::{BodyKind, body_kind, read_body};
pub use connect::connect;
pub use error::HttpError;
pub use get::{Options, fetch};
pub use req::build_request;
pub use resp::{Head, parse_head};
pub use timed::Timed;
pub use url::{Target, parse_url};
