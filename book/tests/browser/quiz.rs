//! Quizzes: answered by keyboard, scored, remembered, announced; and of use without JavaScript.

use anyhow::{Result, ensure};

use crate::browser::Browser;
use crate::site::Site;

/// A chapter whose quiz has questions of both kinds. Its heading is where Tab goes on from.
const CHAPTER: &str = "03-tcp-echo.html#quiz";

/// The questions: how many choices each has (0: a short text), and which answer is right.
type Question = (u32, String);

fn questions(browser: &mut Browser) -> Result<Vec<Question>> {
    browser.evaluate(
        "[...document.querySelectorAll('form.quiz .question')].map((each) =>
            [each.querySelectorAll('input[type=radio]').length, each.dataset.answer.split('\\n')[0]])",
    )
}

/// Goes on with Tab until the focus is on something that matches.
fn tab_to(browser: &mut Browser, selector: &str) -> Result<()> {
    for _ in 0..60 {
        browser.press("Tab")?;
        if browser.evaluate(&format!("document.activeElement.matches({selector:?})"))? {
            return Ok(());
        }
    }
    anyhow::bail!("Tab doesn't reach {selector}")
}

/// Answers every question right, except the first.
fn answer_all_but_the_first(browser: &mut Browser) -> Result<usize> {
    let questions = questions(browser)?;
    for (at, (choices, answer)) in questions.iter().enumerate() {
        tab_to(browser, &format!("form.quiz .question:nth-of-type({}) input", at + 1))?;
        if *choices == 0 {
            browser.type_text(if at == 0 { "no idea" } else { answer })?;
            browser.press("Enter")?;
            continue;
        }
        let right: u32 = answer.parse()?;
        let wanted = if at == 0 { right % choices + 1 } else { right };
        browser.press(" ")?;
        for _ in 1..wanted {
            browser.press("ArrowDown")?;
        }
        tab_to(browser, "form.quiz button")?;
        browser.press("Enter")?;
    }
    Ok(questions.len())
}

fn score(browser: &mut Browser) -> Result<String> {
    browser.evaluate("document.querySelector('form.quiz .score').textContent")
}

/// Tab, space, arrows and Enter are enough.
pub(crate) fn by_keyboard(site: &Site, browser: &mut Browser) -> Result<()> {
    browser.open(&site.url(CHAPTER))?;
    let count = answer_all_but_the_first(browser)?;
    let score = score(browser)?;
    ensure!(score == format!("{} of {count} right", count - 1), "the score says `{score}`");
    let page: String = browser.evaluate("location.pathname.slice(1) + location.hash")?;
    ensure!(page == CHAPTER, "the keys have turned to {page}");
    let open: usize = browser.evaluate("document.querySelectorAll('form.quiz details[open]').length")?;
    ensure!(open == count, "{open} explanations are unfolded, not {count}");
    Ok(())
}

/// Answers and score are there again when the page is opened again; *Start again* forgets them.
pub(crate) fn is_remembered(site: &Site, browser: &mut Browser) -> Result<()> {
    browser.open(&site.url(CHAPTER))?;
    answer_all_but_the_first(browser)?;
    let before = score(browser)?;
    browser.open(&site.url("index.html"))?;
    browser.open(&site.url(CHAPTER))?;
    let after = score(browser)?;
    ensure!(
        !before.is_empty() && before == after,
        "`{before}` before it was opened again, and then `{after}`"
    );

    tab_to(browser, "form.quiz > button")?;
    browser.press("Enter")?;
    browser.reload()?;
    let left: usize = browser
        .evaluate("document.querySelectorAll('form.quiz :is(.is-right, .is-wrong, input:checked)').length")?;
    ensure!(left == 0, "{left} answers are left after a new start");
    Ok(())
}

/// A screen reader is told the verdict by a live region that is there before the verdict, and knows the questions as
/// groups with a name.
pub(crate) fn is_announced(site: &Site, browser: &mut Browser) -> Result<()> {
    browser.open(&site.url(CHAPTER))?;
    let regions = "[...document.querySelectorAll('form.quiz .verdict')].map((each) => each.textContent)";
    let before: Vec<String> = browser.evaluate(regions)?;
    answer_all_but_the_first(browser)?;
    let after: Vec<String> = browser.evaluate(regions)?;
    ensure!(before.iter().all(String::is_empty), "{before:?} before any answer");
    ensure!(after[0].starts_with("Not quite"), "{after:?}");
    ensure!(after[1..].iter().all(|each| each == "Right."), "{after:?}");

    let tree = browser.call("Accessibility.getFullAXTree", &serde_json::json!({}))?;
    let of_role = |role: &str| -> Vec<&str> {
        let nodes = tree["nodes"].as_array().into_iter().flatten();
        let nodes = nodes.filter(|node| node["role"]["value"] == role && node["ignored"] == false);
        nodes.map(|node| node["name"]["value"].as_str().unwrap_or_default()).collect()
    };
    let groups = of_role("group");
    let named = groups.iter().filter(|name| !name.is_empty()).count();
    ensure!(named >= after.len(), "{} questions, and groups with these names: {groups:?}", after.len());
    ensure!(of_role("status").len() >= after.len(), "the verdicts are no live regions");
    let fields = [of_role("radio"), of_role("textbox")].concat();
    ensure!(fields.iter().all(|name| !name.is_empty()), "a field has no name: {fields:?}");
    Ok(())
}

/// Without JavaScript, an answer is folded under each question, and nothing is there that would do nothing.
pub(crate) fn without_javascript(site: &Site, browser: &mut Browser) -> Result<()> {
    browser.run_scripts(false)?;
    browser.open(&site.url(CHAPTER))?;
    let folded: Vec<String> = browser.evaluate(
        "[...document.querySelectorAll('form.quiz .question > fieldset > details:not([open])')]
            .map((each) => each.textContent.replace(/^Answer/, '').trim())",
    )?;
    let questions = questions(browser)?;
    ensure!(folded.len() == questions.len(), "{} answers for {} questions", folded.len(), questions.len());
    ensure!(folded.iter().all(|answer| !answer.is_empty()), "an answer is empty");
    let buttons: usize = browser.evaluate("document.querySelectorAll('form.quiz button').length")?;
    ensure!(buttons == 0, "{buttons} buttons that need a script");
    tab_to(browser, "form.quiz summary")?;
    browser.press("Enter")?;
    browser.evaluate::<bool>("!!document.querySelector('form.quiz details[open]')").and_then(|open| {
        ensure!(open, "Enter doesn't unfold the answer");
        Ok(())
    })
}
