//! The whole book in a real browser: Debian's Chromium, headless, which the tests drive by the DevTools protocol.
//!
//! One site, one server and one browser serve all tests, which therefore run one after another. Where Chromium is
//! not installed they are skipped.

mod browser;
mod contrast;
mod keyboard;
mod pages;
mod print;
mod quiz;
mod search;
mod site;
mod troubles;
mod walk;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use browser::Browser;
use site::Site;

/// A test: the site, a browser to look at it with, and what is wrong as an error.
type Test = fn(&Site, &mut Browser) -> Result<()>;

const TESTS: [(&str, Test); 12] = [
    ("every_page_fits_a_narrow_screen_and_loads_without_complaint", pages::fit_and_load),
    ("every_text_has_contrast_enough_by_day_and_by_night", contrast::is_enough_on_every_page),
    ("every_picture_has_contrast_enough", contrast::is_enough_in_every_picture),
    ("search_results_have_contrast_enough", contrast::is_enough_in_search_results),
    ("a_quiz_is_answered_by_keyboard_alone", quiz::by_keyboard),
    ("a_quiz_remembers_its_answers_until_it_is_started_again", quiz::is_remembered),
    ("a_verdict_is_announced_to_screen_readers", quiz::is_announced),
    ("without_javascript_each_answer_is_folded_under_its_question", quiz::without_javascript),
    ("search_finds_names_and_words", search::finds_terms),
    ("search_leads_to_the_place_by_keyboard", search::leads_to_the_place),
    ("the_arrow_keys_walk_through_the_whole_book_and_back", walk::there_and_back),
    ("the_book_on_one_page_is_whole", print::is_whole),
];

/// What all tests share, made by the first that runs.
struct Stage {
    site: Site,
    browser: Browser,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let stage: Arc<Mutex<Option<Stage>>> = Arc::default();
    let trials = TESTS.map(|(name, test)| {
        let stage = Arc::clone(&stage);
        Trial::ignorable_test(name, move || {
            if !Browser::is_installed() {
                return Ok(Completion::ignored_with(format!("{} is not installed", browser::PROGRAM)));
            }
            // After a panic in another test, the stage is as good as it was.
            let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
            run(&mut stage, test).map_err(|error| Failed::from(format!("{error:#}")))?;
            Ok(Completion::Completed)
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.into());
    drop(stage); // ends the browser
    conclusion.exit_code()
}

fn run(stage: &mut Option<Stage>, test: Test) -> Result<()> {
    if stage.is_none() {
        *stage = Some(Stage { site: Site::build_and_serve()?, browser: Browser::start()? });
    }
    let Stage { site, browser } = stage.as_mut().context("it was made just now")?;
    browser.begin_anew(&site.url(""))?;
    test(site, browser)
}
