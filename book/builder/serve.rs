//! Serves the site on loopback while it is being written: rebuilds it when a file changes, and reloads the
//! pages that are open.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use pages::Answer;

use crate::site::Site;

/// How often files are looked at for changes.
const LOOK_AGAIN: Duration = Duration::from_millis(400);

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
    pages::serve(listener, move |target| answer(target, &output, served.load(Ordering::Relaxed)));
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

/// The page or part of one that a target names, or the site's version; a page looks for a new version of itself.
fn answer(target: &str, site: &Path, version: u64) -> Answer {
    if target == VERSION {
        return Answer::text(version.to_string());
    }
    let mut answer = Answer::of_file(site, target);
    if answer.is_page() {
        answer.body.extend_from_slice(RELOAD.as_bytes());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_served_with_the_script_that_reloads_it() {
        let site = tempfile::tempdir().unwrap();
        std::fs::write(site.path().join("index.html"), "<p>").unwrap();
        std::fs::write(site.path().join("book.css"), "p {}").unwrap();
        assert!(answer("/?x=1", site.path(), 3).body.starts_with(b"<p><script>"));
        assert_eq!(answer("/book.css", site.path(), 3).body, b"p {}");
        assert_eq!(answer("/__version", site.path(), 3).body, b"3");
    }
}
