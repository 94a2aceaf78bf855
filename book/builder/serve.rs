//! Serves the site on loopback while it is being written: rebuilds it when a file changes, and reloads the
//! pages that are open. For one reader; one request a connection.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use crate::site::Site;

/// How often files are looked at for changes.
const LOOK_AGAIN: Duration = Duration::from_millis(400);

/// How long a browser may take to send its request.
const PATIENCE: Duration = Duration::from_secs(5);

/// The page asks for the version of the site, and loads itself again when it is another.
const VERSION: &str = "/__version";
const RELOAD: &str = "<script>(async () => { let seen; for (;;) { try { \
    const now = await (await fetch('/__version')).text(); \
    if (seen !== undefined && now !== seen) location.reload(); seen = now; } catch {} \
    await new Promise(done => setTimeout(done, 500)); } })();</script>";

/// Serves until it is interrupted.
pub(crate) fn serve(site: &Site, port: u16) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("cannot listen on 127.0.0.1:{port}; try --port 0"))?;
    report(site);
    println!("book listening on http://{}", listener.local_addr()?);
    let version = Arc::new(AtomicU64::new(0));
    let (output, served) = (site.output(), Arc::clone(&version));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (output, version) = (output.clone(), Arc::clone(&served));
            std::thread::spawn(move || {
                // A browser that goes away in the middle is no concern of ours.
                let _ = answer(stream, &output, version.load(Ordering::Relaxed));
            });
        }
    });
    let mut seen = modified(site)?;
    loop {
        std::thread::sleep(LOOK_AGAIN);
        let now = modified(site)?;
        if now != seen {
            seen = now;
            report(site);
            version.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Builds whatever can be built, and prints what can't.
fn report(site: &Site) {
    match site.build_with_gaps(&site.output()) {
        Ok(problems) => problems.iter().for_each(|problem| eprintln!("{problem}")),
        Err(error) => eprintln!("{error:#}"),
    }
}

/// When each file that goes into the site was last changed.
fn modified(site: &Site) -> Result<BTreeMap<PathBuf, SystemTime>> {
    let mut found = BTreeMap::new();
    let coverage = site.root().join(crate::coverage::FILE);
    if let Ok(modified) = std::fs::metadata(&coverage).and_then(|data| data.modified()) {
        found.insert(coverage, modified);
    }
    let parts =
        ["src", "theme", "figures", "transcripts", "ladders"].map(|part| site.root().join("book").join(part));
    let mut folders: Vec<PathBuf> = parts.into_iter().filter(|part| part.is_dir()).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(modified) = entry.metadata().and_then(|data| data.modified()) {
                found.insert(entry.path(), modified);
            }
        }
    }
    Ok(found)
}

fn answer(mut stream: TcpStream, site: &Path, version: u64) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let target = request.split(' ').nth(1).unwrap_or("/");
    let (status, kind, body) = response(target, site, version);
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}

/// Status, content type and body for a request's target.
fn response(target: &str, site: &Path, version: u64) -> (&'static str, &'static str, Vec<u8>) {
    if target == VERSION {
        return ("200 OK", "text/plain", version.to_string().into_bytes());
    }
    let path = target.split(['?', '#']).next().unwrap_or("/").trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let inside = Path::new(path).components().all(|component| matches!(component, Component::Normal(_)));
    match inside.then(|| std::fs::read(site.join(path))) {
        Some(Ok(mut body)) => {
            if path.ends_with(".html") {
                body.extend_from_slice(RELOAD.as_bytes());
            }
            ("200 OK", content_type(path), body)
        }
        _ => ("404 Not Found", "text/plain", format!("no page {path}\n").into_bytes()),
    }
}

fn content_type(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
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
    fn a_page_is_served_with_the_script_that_reloads_it() {
        let site = tempfile::tempdir().unwrap();
        std::fs::write(site.path().join("index.html"), "<p>").unwrap();
        let (status, kind, body) = response("/?x=1", site.path(), 3);
        assert_eq!((status, kind), ("200 OK", "text/html; charset=utf-8"));
        assert!(body.starts_with(b"<p><script>"));
        assert_eq!(response("/__version", site.path(), 3).2, b"3");
    }

    #[test]
    fn nothing_outside_the_site_is_served() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir(&site).unwrap();
        assert_eq!(response("/../secret", &site, 0).0, "404 Not Found");
        assert_eq!(
            response(&format!("/{}", folder.path().join("secret").display()), &site, 0).0,
            "404 Not Found"
        );
    }
}
