//! The search finds names of the standard library and of the kernel, and words of other languages.

use anyhow::{Context, Result, ensure};

use crate::browser::Browser;
use crate::site::Site;

/// What a reader may look for: calls, options, states, a word with marks above, a part of a name, several words.
const TERMS: [&str; 13] = [
    "set_nonblocking",
    "SO_REUSEPORT",
    "TIME_WAIT",
    "thế",
    "the\u{302}\u{301}", // the same word, as some keyboards type it: letter and marks apart
    "TcpStream::connect_timeout",
    "read_exact",
    "EMFILE",
    "SYN-ACK",
    "nonblocking",
    "half-close",
    "tcpdump",
    "Address already in use",
];

/// Types each term, and opens what is found first.
pub(crate) fn finds_terms(site: &Site, browser: &mut Browser) -> Result<()> {
    let mut faults = Vec::new();
    for term in TERMS {
        look_for(site, browser, term)?;
        let found: Option<String> =
            browser.evaluate("document.querySelector('#mdbook-searchresults a')?.href ?? null")?;
        let Some(found) = found else {
            faults.push(format!("`{term}` is not found"));
            continue;
        };
        browser.open(&found)?;
        let missing: Vec<String> = browser.evaluate(&format!(
            "(() => {{ const text = document.querySelector('main').textContent.toLowerCase();
               return {term:?}.normalize('NFC').toLowerCase().split(/[ :-]+/).filter((word) => !text.includes(word)); }})()"
        ))?;
        if !missing.is_empty() {
            faults.push(format!("`{term}` leads to {found}, where {missing:?} isn't"));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// The slash opens the search; Enter opens what is found first, at its section, with the term marked.
pub(crate) fn leads_to_the_place(site: &Site, browser: &mut Browser) -> Result<()> {
    look_for(site, browser, "set_nonblocking")?;
    browser.loads(|browser| browser.press("Enter"))?;
    let (place, marked): (String, String) = browser
        .evaluate("[location.hash, document.querySelector('main mark')?.textContent ?? '']")
        .context("after Enter")?;
    ensure!(place.len() > 1, "it leads to the head of a page, not to a section");
    ensure!(marked == "set_nonblocking", "`{marked}` is marked");
    Ok(())
}

fn look_for(site: &Site, browser: &mut Browser, term: &str) -> Result<()> {
    browser.open(&site.url("welcome.html"))?;
    browser.press("/")?;
    browser.until("document.activeElement.id === 'mdbook-searchbar'")?;
    browser.type_text(term)?;
    let heard =
        format!("document.getElementById('mdbook-searchresults-header').textContent.includes({term:?})");
    browser.until(&heard).with_context(|| format!("`{term}` is typed"))
}
