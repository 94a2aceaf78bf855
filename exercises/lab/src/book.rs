//! `lab book`: the book in a browser. In a student's repository it is a folder of pages, served on loopback; in a checkout
//! of the whole course its own program builds and serves it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use checks::Lab;

use crate::place::Place;

/// How long a browser may take to send its request, and how long that may be.
const PATIENCE: Duration = Duration::from_secs(5);
const MAX_REQUEST: u64 = 16 << 10;

/// Serves the book until it is interrupted; names the lab's chapter, if one is asked for.
pub(crate) fn serve(place: &Place, lab: Option<&'static Lab>, port: u16) -> Result<ExitCode> {
    if place.root.join("book/builder").is_dir() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let port = port.to_string();
        let status = Command::new(cargo)
            .args(["run", "--quiet", "--package", "book", "--", "serve", "--port", &port])
            .current_dir(&place.root)
            .status()
            .context("Failed to start the book's own program")?;
        return Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("Failed to listen on 127.0.0.1:{port}; try --port 0"))?;
    let url = url(listener.local_addr()?, lab);
    let server = start(place, listener)?;
    println!("book listening on {url}\nCtrl+C ends it; the other commands want another terminal.");
    open(&url);
    // It serves until the process ends.
    let _ = server.join();
    Ok(ExitCode::SUCCESS)
}

/// Serves the pages on any free port, beside something else; returns the address of the lab's chapter.
pub(crate) fn beside(place: &Place, lab: &'static Lab) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("Failed to listen on 127.0.0.1")?;
    let url = url(listener.local_addr()?, Some(lab));
    start(place, listener)?;
    Ok(url)
}

/// Where a lab's chapter is to be read, without any server.
pub(crate) fn chapter(place: &Place, lab: &Lab) -> PathBuf {
    let page = place.root.join("book").join(lab.folder()).with_extension("html");
    if page.is_file() { page } else { place.root.join("book/src").join(lab.folder()).with_extension("md") }
}

/// Asks the desktop, or the editor that this terminal belongs to, to show a page; says nothing where there is neither.
pub(crate) fn open(url: &str) {
    let browser = std::env::var_os("BROWSER").unwrap_or_else(|| "xdg-open".into());
    let has_screen =
        ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].iter().any(|name| std::env::var_os(name).is_some());
    if has_screen {
        // Where it can't be opened, the address has been printed.
        let _ = Command::new(browser)
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
    }
}

fn url(address: SocketAddr, lab: Option<&Lab>) -> String {
    let page = lab.map_or_else(|| "index.html".to_owned(), |lab| format!("{}.html", lab.folder()));
    format!("http://{address}/{page}")
}

fn start(place: &Place, listener: TcpListener) -> Result<std::thread::JoinHandle<()>> {
    let pages = place.root.join("book");
    if !pages.join("index.html").is_file() {
        bail!("there is no book in {}", pages.display());
    }
    Ok(std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let pages = pages.clone();
            std::thread::spawn(move || {
                // A browser that goes away in the middle is no concern of ours.
                let _ = answer(stream, &pages);
            });
        }
    }))
}

/// One request, one answer, the end (HTTP/1.0 is enough for a page and its parts).
fn answer(mut stream: TcpStream, pages: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    let mut reader = BufReader::new(stream.try_clone()?.take(MAX_REQUEST));
    reader.read_line(&mut request)?;
    // The head is read to its end: closing with unread input would reset the connection.
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let target = request.split(' ').nth(1).unwrap_or("/");
    match file(pages, target).and_then(|path| Some((fs::read(&path).ok()?, path))) {
        Some((body, path)) => {
            let head = format!(
                "HTTP/1.0 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                kind(&path),
                body.len()
            );
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)
        }
        None => stream.write_all(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    }
}

/// The file that a request names, never one outside of the pages.
fn file(pages: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let is_below = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    is_below.then(|| pages.join(path)).filter(|path| path.is_file())
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
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
    fn only_pages_are_served() {
        let folder = tempfile::tempdir().unwrap();
        let pages = folder.path().join("book");
        fs::create_dir(&pages).unwrap();
        fs::write(pages.join("index.html"), "hello").unwrap();
        fs::write(folder.path().join("secret"), "no").unwrap();
        assert_eq!(file(&pages, "/"), Some(pages.join("index.html")));
        assert_eq!(file(&pages, "/index.html?x#y"), Some(pages.join("index.html")));
        for other in ["/../secret", "//../secret", "/none.html", "/."] {
            assert_eq!(file(&pages, other), None, "{other}");
        }
    }

    #[test]
    fn a_browser_gets_the_page() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("book")).unwrap();
        fs::write(folder.path().join("book/index.html"), "hello").unwrap();
        let place = Place { root: folder.path().to_owned() };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        start(&place, listener).unwrap();
        let ask = |target: &str| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        assert!(ask("/").starts_with("HTTP/1.0 200 OK\r\nContent-Type: text/html"), "{}", ask("/"));
        assert!(ask("/").ends_with("\r\n\r\nhello"));
        assert!(ask("/other").starts_with("HTTP/1.0 404"));
    }
}
