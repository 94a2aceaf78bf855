//! The site as the builder makes it, served on loopback.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use pages::Answer;
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
        // The site stays as it is: the browser need not ask for scripts and fonts on every page.
        pages::serve(listener, move |target| Answer {
            cache: "max-age=3600",
            ..Answer::of_file(&root, target)
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

    /// Every picture that is a file, in alphabetical order.
    pub(crate) fn pictures(&self) -> Result<Vec<String>> {
        let mut pictures = Vec::new();
        for entry in fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/img"))? {
            pictures.push(format!("img/{}", entry?.file_name().to_string_lossy()));
        }
        pictures.sort();
        Ok(pictures)
    }
}

fn pages_of_summary() -> Result<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/SUMMARY.md");
    let summary = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let link = Regex::new(r"\]\((.+)\.md\)")?;
    Ok(link.captures_iter(&summary).map(|found| format!("{}.html", &found[1])).collect())
}
