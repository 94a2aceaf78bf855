//! Every page loads without a complaint, asks nobody else for anything, and fits a telephone.

use anyhow::{Result, ensure};

use crate::browser::Browser;
use crate::site::Site;

/// Pixels: the narrowest screen that people still read on.
const NARROW: u32 = 360;

/// How wide the page is, and what sticks out of it; what scrolls in a box of its own does not. (mdBook's `.content` scrolls
/// as well, but that moves the whole text.)
const WIDTH: &str = r"(() => {
    const content = document.querySelector('main').parentElement;
    const width = document.documentElement.clientWidth;
    const scrolls = (each) => each !== content && each !== document.body
        && (['auto', 'scroll'].includes(getComputedStyle(each).overflowX) || scrolls(each.parentElement));
    const outside = [...document.querySelectorAll('main *')]
        .filter((each) => each.getBoundingClientRect().right > width && !scrolls(each.parentElement))
        .map((each) => `<${each.localName} class=${JSON.stringify(each.className)}> ${each.textContent.trim().slice(0, 40)}`);
    const wider = Math.max(0, ...[document.documentElement, content].map((each) => each.scrollWidth - each.clientWidth));
    return [width + wider, outside.slice(0, 3)];
})()";

/// Opens them all on a narrow screen.
pub(crate) fn fit_and_load(site: &Site, browser: &mut Browser) -> Result<()> {
    browser.resize(NARROW)?;
    let mut faults = Vec::new();
    for page in site.pages().iter().map(String::as_str).chain(["index.html", "404.html"]) {
        browser.open(&site.url(page))?;
        let (width, outside): (u32, Vec<String>) = browser.evaluate(WIDTH)?;
        if width > NARROW || !outside.is_empty() {
            faults.push(format!("{page} is {width} px wide: {}", outside.join("; ")));
        }
        faults.extend(browser.take_troubles().into_iter().map(|trouble| format!("{page}: {trouble}")));
    }
    ensure!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    Ok(())
}
