//! `lab watch`: checks again whenever a file of the lab is saved. Shows the first check that fails whole, and the others as a
//! line; one key each for a hint, the next failure or lab, another run, the chapter and the end.
//!
//! ```text
//! guard (a process)           waits; puts the terminal back, whatever ended the other
//!   └─ watch (a process)      draws, reads keys, looks at files
//!        └─ work (a thread)   builds and runs the checks
//! ```

mod screen;
mod terminal;
mod work;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use checks::Lab;

use crate::memory::Memory;
use crate::place::Place;
use crate::{book, check, course, hint, sources};
use checks::screen::Paint;
use screen::Screen;
use terminal::Terminal;
use work::Work;

/// How often files are looked at, and news of the work taken: rarely enough that an idle watch costs nothing, and often enough
/// that nobody waits.
const AT_REST: Duration = Duration::from_millis(250);
const AT_WORK: Duration = Duration::from_millis(40);

/// Watches a lab; in a process of its own, so that the terminal is put back whatever ends it.
pub(crate) fn run(place: &Place, lab: Option<&str>) -> Result<ExitCode> {
    let Some(lab) = course::lab_or_current(place, lab)? else {
        bail!("every lab is done; which one? cargo lab watch LAB")
    };
    if terminal::is_guarded() { Watch::new(place, lab)?.run() } else { terminal::guard() }
}

/// The picture of a lab before anything is built.
fn screen(place: &Place, lab: &'static Lab) -> Screen {
    let is_known = Memory::load(place).of(lab).is_some_and(|record| !record.checks.is_empty());
    Screen::new(lab, Paint::of_stdout(), !is_known)
}

struct Watch<'a> {
    place: &'a Place,
    lab: &'static Lab,
    times: BTreeMap<PathBuf, SystemTime>,
    work: Work,
    screen: Screen,
    /// The address of the book, once it was asked for.
    book: Option<String>,
}

impl<'a> Watch<'a> {
    fn new(place: &'a Place, lab: &'static Lab) -> Result<Watch<'a>> {
        let screen = screen(place, lab);
        let work = Work::start(place, lab, screen.is_colourful());
        Ok(Watch { place, lab, times: sources::times(place, lab), work, screen, book: None })
    }

    fn run(mut self) -> Result<ExitCode> {
        let terminal = Terminal::take()?;
        self.screen.draw();
        while !terminal.is_orphaned() {
            let patience = if self.work.is_over() { AT_REST } else { AT_WORK };
            let key = terminal.key(patience)?;
            let mut news = self.work.news(&mut self.screen);
            match key {
                None => {}
                Some(b'q') => break,
                Some(key) => news |= self.obey(key)?,
            }
            let times = sources::times(self.place, self.lab);
            if times != self.times {
                self.times = times;
                self.again();
                news = true;
            }
            if news || terminal.is_resized() {
                self.screen.draw();
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What a key asks for; whether there is something new to see.
    fn obey(&mut self, key: u8) -> Result<bool> {
        match key {
            b'h' => {
                let Some(check) = self.screen.shown_check() else { return Ok(false) };
                let level = hint::one_more(self.place, self.lab, check)?;
                self.screen.show_hint(level);
            }
            b'n' if self.screen.is_all_passed() => match check::following(self.place, self.lab) {
                Some(lab) => self.turn_to(lab),
                None => self.screen.say("every lab of this edition is done"),
            },
            b'n' => self.screen.next_failure(),
            b'r' => self.again(),
            b'c' => self.open_chapter(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn turn_to(&mut self, lab: &'static Lab) {
        self.lab = lab;
        self.times = sources::times(self.place, lab);
        self.screen = screen(self.place, lab);
        self.again();
    }

    fn again(&mut self) {
        self.screen.begin();
        self.work = Work::start(self.place, self.lab, self.screen.is_colourful());
    }

    fn open_chapter(&mut self) {
        if self.book.is_none() {
            // Without pages to serve, the chapter is a file.
            self.book = book::beside(self.place, self.lab).ok();
        }
        let at = match &self.book {
            Some(url) => url
                .rsplit_once('/')
                .map_or_else(String::new, |(site, _)| format!("{site}/{}.html", self.lab.folder())),
            None => book::chapter(self.place, self.lab).display().to_string(),
        };
        book::open(&at);
        self.screen.say(&format!("the chapter: {at}"));
    }
}
