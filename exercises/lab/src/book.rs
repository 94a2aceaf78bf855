//! `lab book`: the book in a browser. In a student's repository it is a folder of pages, served on loopback; in a checkout
//! of the whole course its own program builds and serves it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use checks::Lab;
use pages::Answer;

use crate::place::Place;

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
    Ok(pages::serve(listener, move |target| Answer::of_file(&pages, target)))
}
