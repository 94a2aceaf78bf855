//! The arrow keys turn pages: from the first through every page of the summary, and back.

use anyhow::{Result, ensure};

use crate::browser::Browser;
use crate::site::Site;

const HERE: &str = "location.pathname.slice(1)";

/// Walks there and back.
pub(crate) fn there_and_back(site: &Site, browser: &mut Browser) -> Result<()> {
    let pages = site.pages();
    ensure!(pages.len() > 50, "the summary has {} pages only", pages.len());
    browser.open(&site.url(&pages[0]))?;
    for page in &pages[1..] {
        turn(browser, "ArrowRight", page)?;
    }
    ensure!(
        !browser.evaluate::<bool>("!!document.querySelector('.nav-chapters.next')")?,
        "a page after the last"
    );
    for page in pages[..pages.len() - 1].iter().rev() {
        turn(browser, "ArrowLeft", page)?;
    }
    Ok(())
}

fn turn(browser: &mut Browser, key: &str, page: &str) -> Result<()> {
    let from: String = browser.evaluate(HERE)?;
    browser.loads(|browser| browser.press(key))?;
    let to: String = browser.evaluate(HERE)?;
    ensure!(to == page, "{key} on {from} leads to {to}, not to {page}");
    Ok(())
}
