//! Every text differs enough from its background, in the light theme and in the dark one; also in pictures.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::browser::Browser;
use crate::site::Site;

/// The themes that readers get unless they choose another one.
const THEMES: [&str; 2] = ["light", "navy"];

/// Answers each question by its first choice, so that there are right ones and wrong ones to look at.
const ANSWER: &str = "document.querySelectorAll('.quiz .question').forEach((question) => {
    question.querySelector('input').click();
    question.querySelectorAll('input[type=text]').forEach((input) => { input.value = '?'; });
    question.querySelector('button').click();
})";

/// What is too faint, and where.
type Faults = BTreeMap<String, Vec<String>>;

/// Opens every page, with everything on it unfolded.
pub(crate) fn is_enough_on_every_page(site: &Site, browser: &mut Browser) -> Result<()> {
    let mut faults = Faults::new();
    for page in site.pages() {
        browser.open(&site.url(page))?;
        browser.evaluate::<Option<()>>(ANSWER)?;
        audit(page, browser, &mut faults)?;
    }
    verdict(&faults)
}

/// Looks at the results of a search, too.
pub(crate) fn is_enough_in_search_results(site: &Site, browser: &mut Browser) -> Result<()> {
    browser.open(&site.url("welcome.html?search=timeout"))?;
    browser.until("document.querySelector('#mdbook-searchresults li')")?;
    let mut faults = Faults::new();
    audit("welcome.html?search=timeout", browser, &mut faults)?;
    verdict(&faults)
}

/// Looks at the pictures that are files, and have a background of their own. Those drawn from data stand on the pages.
pub(crate) fn is_enough_in_every_picture(site: &Site, browser: &mut Browser) -> Result<()> {
    let mut faults = Faults::new();
    for picture in site.pictures()? {
        browser.open(&site.url(&picture))?;
        let (length, found) = too_faint(browser)?;
        ensure!(length > 20, "{picture} has {length} characters only");
        for (fault, text) in found {
            faults.entry(fault).or_default().push(format!("`{text}` on {picture}"));
        }
    }
    verdict(&faults)
}

fn audit(page: &str, browser: &mut Browser, faults: &mut Faults) -> Result<()> {
    for theme in THEMES {
        choose(browser, theme)?;
        let (length, found) = too_faint(browser)?;
        ensure!(length > 200, "{page} has {length} characters only");
        for (fault, text) in found {
            faults.entry(format!("{theme}: {fault}")).or_default().push(format!("`{text}` on {page}"));
        }
    }
    Ok(())
}

/// Chooses a theme by the menu's button.
pub(crate) fn choose(browser: &mut Browser, theme: &str) -> Result<()> {
    browser
        .evaluate::<Option<()>>(&format!("document.getElementById('mdbook-theme-{theme}').click()"))
        .map(drop)
}

/// How many characters the page has, and what of it is too faint now: the colours, and a text that has them.
pub(crate) fn too_faint(browser: &mut Browser) -> Result<(usize, Vec<(String, String)>)> {
    browser.evaluate(include_str!("contrast.js"))
}

fn verdict(faults: &Faults) -> Result<()> {
    let lines: Vec<String> = faults
        .iter()
        .map(|(fault, places)| format!("{fault}: {} ({} pages)", places[0], places.len()))
        .collect();
    ensure!(lines.is_empty(), "{} faults\n{}", lines.len(), lines.join("\n"));
    Ok(())
}
