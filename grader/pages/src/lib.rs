//! Serves a folder of pages to the browser on this machine: one request a connection, each on a thread of its own.
//!
//! It is how the book is read while it is written, by students, and by the browser that tests it. For strangers it has
//! too few limits: lab 16 shows what a server for them needs.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a browser may take to send its request, and how many bytes that may have.
const PATIENCE: Duration = Duration::from_secs(5);
const MAX_REQUEST: u64 = 16 << 10;

/// What a browser gets for a request.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// Code and reason, as in `200 OK`.
    pub status: &'static str,
    /// The value of `Content-Type`.
    pub kind: &'static str,
    /// The value of `Cache-Control`.
    pub cache: &'static str,
    /// What is shown.
    pub body: Vec<u8>,
}

impl Answer {
    /// A few words, not to be kept.
    pub fn text(body: String) -> Answer {
        Answer {
            status: "200 OK",
            kind: "text/plain; charset=utf-8",
            cache: "no-store",
            body: body.into_bytes(),
        }
    }

    /// The file that a request's target names in the folder, not to be kept; 404 if it has none. Nothing outside the folder
    /// is ever read.
    pub fn of_file(folder: &Path, target: &str) -> Answer {
        let path = target.split(['?', '#']).next().unwrap_or("/").trim_start_matches('/');
        let path = Path::new(if path.is_empty() { "index.html" } else { path });
        let is_inside = path.components().all(|component| matches!(component, Component::Normal(_)));
        match is_inside.then(|| fs::read(folder.join(path))) {
            Some(Ok(body)) => Answer { status: "200 OK", kind: content_type(path), cache: "no-store", body },
            _ => Answer { status: "404 Not Found", ..Answer::text(format!("no page {}\n", path.display())) },
        }
    }

    /// Whether it is a page that a reader sees, and no part of one.
    pub fn is_page(&self) -> bool {
        self.kind.starts_with("text/html")
    }
}

/// Answers every request until the process ends; `answer` is given the request's target.
pub fn serve(
    listener: TcpListener,
    answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
) -> JoinHandle<()> {
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // A browser that goes away in the middle is no concern of ours.
            thread::spawn(move || converse(stream, &*answer).ok());
        }
    })
}

fn converse(mut stream: TcpStream, answer: &impl Fn(&str) -> Answer) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(MAX_REQUEST));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    // The head is read to its end: closing with unread input would reset the connection.
    let mut header = String::new();
    while reader.read_line(&mut header)? > "\r\n".len() {
        header.clear();
    }
    let Answer { status, kind, cache, body } = answer(request.split(' ').nth(1).unwrap_or("/"));
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: {cache}\r\n\
         Connection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}

/// What the book's files are.
fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        fs::write(&secret, "s").unwrap();
        let pages = folder.path().join("pages");
        fs::create_dir(&pages).unwrap();
        fs::write(pages.join("index.html"), "hello").unwrap();
        for target in ["/", "/index.html?x#y", "", "//index.html"] {
            assert_eq!(Answer::of_file(&pages, target).body, b"hello", "{target}");
        }
        for target in ["/../secret", "//../secret", &format!("/{}", secret.display()), "/none.html", "/."] {
            assert_eq!(Answer::of_file(&pages, target).status, "404 Not Found", "{target}");
        }
    }

    #[test]
    fn a_browser_gets_the_page_and_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("index.html"), "hello").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let root = folder.path().to_owned();
        serve(listener, move |target| Answer::of_file(&root, target));
        let ask = |target: &str| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        assert_eq!(
            ask("/"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\
             Cache-Control: no-store\r\nConnection: close\r\n\r\nhello"
        );
        assert!(ask("/other").starts_with("HTTP/1.1 404 Not Found\r\n"));
    }
}
