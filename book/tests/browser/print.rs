//! The whole book on one page, for printing: every chapter, every picture, every quiz, and links that stay within.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::browser::Browser;
use crate::contrast;
use crate::site::Site;

/// The page opens the print dialog by itself; here it only says so.
const NO_DIALOG: &str = "window.print = () => { window.printed = true; }";

/// Opens it, and looks at what print needs.
pub(crate) fn is_whole(site: &Site, browser: &mut Browser) -> Result<()> {
    let script = json!({ "source": NO_DIALOG });
    let script = browser.call("Page.addScriptToEvaluateOnNewDocument", &script)?;
    browser.open(&site.url("print.html"))?;
    browser.until("window.printed")?;
    browser.call("Page.removeScriptToEvaluateOnNewDocument", &script)?;

    let titles: usize = browser.evaluate("document.querySelectorAll('main h1').length")?;
    ensure!(titles == site.pages().len(), "{titles} titles for {} pages", site.pages().len());
    let left: usize = browser.evaluate(
        "document.querySelectorAll('main :is(mark.gap, .language-quiz, .language-predict)').length",
    )?;
    ensure!(left == 0, "{left} blocks or directives are left as they were written");
    let quizzes: usize =
        browser.evaluate("document.querySelectorAll('form.quiz .question button').length")?;
    ensure!(quizzes >= 26 * 5, "{quizzes} questions with a button");
    let broken: Vec<String> = browser.evaluate(
        "[...document.querySelectorAll('main img')].filter((each) => each.complete && each.naturalWidth === 0).map((each) => each.src)",
    )?;
    ensure!(broken.is_empty(), "pictures are missing: {broken:?}");
    let dead: Vec<String> = browser.evaluate(
        "[...document.querySelectorAll('main a[href^=\"#\"]')].map((each) => each.getAttribute('href'))
            .filter((href) => !document.getElementById(decodeURIComponent(href.slice(1))))",
    )?;
    ensure!(dead.is_empty(), "links to nothing: {dead:?}");
    let troubles = browser.take_troubles();
    ensure!(troubles.is_empty(), "{}", troubles.join("\n"));
    is_legible_on_paper(browser)
}

/// What is folded on the screen can't be unfolded on paper; and paper is white, even if the screen was dark.
fn is_legible_on_paper(browser: &mut Browser) -> Result<()> {
    contrast::choose(browser, "navy")?;
    browser.call("Emulation.setEmulatedMedia", &json!({ "media": "print" }))?;
    let hidden: Vec<String> = browser.evaluate(
        "[...document.querySelectorAll('main details')]
            .filter((each) => !each.lastElementChild.checkVisibility({ contentVisibilityAuto: true }))
            .map((each) => each.textContent.trim().slice(0, 60))",
    )?;
    let paper: String = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor")?;
    let (_, faint) = contrast::too_faint(browser)?;
    browser.call("Emulation.setEmulatedMedia", &json!({ "media": "" }))?;
    ensure!(hidden.is_empty(), "{} answers are folded on paper, such as {:?}", hidden.len(), hidden.first());
    ensure!(paper == "rgb(255, 255, 255)", "the paper is {paper}");
    ensure!(faint.is_empty(), "too faint on paper: {faint:?}");
    Ok(())
}
