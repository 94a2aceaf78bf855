//! The site as the builder makes it, served on loopback.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use regex::Regex;
use tempfile::TempDir;

/// The finished site.
pub(crate) struct Site {
    address: SocketAddr,
    pages: Vec<String>,
    _folder: TempDir,
}

impl Site {
    /// Builds the site into a temporary folder, and serves it until the process ends.
    pub(crate) fn build_and_serve() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let build =
            Command::new(env!("CARGO_BIN_EXE_book")).args(["build", "--to"]).arg(folder.path()).output()?;
        ensure!(build.status.success(), "the site isn't built: {}", String::from_utf8_lossy(&build.stderr));

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let root = folder.path().to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let root = root.clone();
                // A browser that goes away in the middle is no concern of ours.
                std::thread::spawn(move || answer(stream, &root).ok());
            }
        });
        Ok(Self { address, pages: pages_of_summary()?, _folder: folder })
    }

    /// The address of a page.
    pub(crate) fn url(&self, page: &str) -> String {
        format!("http://{}/{page}", self.address)
    }

    /// Every page of the summary, in its order.
    pub(crate) fn pages(&self) -> &[String] {
        &self.pages
    }
}

fn pages_of_summary() -> Result<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/SUMMARY.md");
    let summary = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let link = Regex::new(r"\]\((.+)\.md\)")?;
    Ok(link.captures_iter(&summary).map(|found| format!("{}.html", &found[1])).collect())
}

fn answer(mut stream: TcpStream, root: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let target = request.split(' ').nth(1).unwrap_or("/");
    let path = target.split('?').next().unwrap_or("/").trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let (status, body) = match fs::read(root.join(path)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let (length, kind) = (body.len(), kind_of(path));
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n");
    // The site stays as it is: the browser need not ask for scripts and fonts on every page.
    stream.write_all(format!("{head}Cache-Control: max-age=3600\r\nConnection: close\r\n\r\n").as_bytes())?;
    stream.write_all(&body)
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
