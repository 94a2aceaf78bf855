//! Building and checking beside the drawing: one thread, which is told to stop when the next save makes its work stale.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};

use checks::{Check, Job, Lab, Outcome};

use super::screen::Screen;
use crate::place::Place;
use crate::{build, judge, sources};

/// One run of a lab's checks.
pub(super) struct Work {
    stop: Arc<AtomicBool>,
    news: Receiver<News>,
    over: bool,
}

/// What the thread tells.
pub(super) enum News {
    /// It does not compile, or cargo can't be started.
    Broken(String),
    /// It is built; these checks begin.
    Built(Vec<Job>),
    /// A check has ended.
    Ended(usize, Box<Outcome>),
    /// What could not be done beside.
    Trouble(String),
}

impl Work {
    /// Begins to build the lab, and then runs its checks.
    pub(super) fn start(place: &Place, lab: &'static Lab, colour: bool) -> Work {
        let (tell, news) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (place, stopped) = (place.clone(), Arc::clone(&stop));
        std::thread::spawn(move || {
            if let Err(error) = work(&place, lab, colour, &stopped, &tell) {
                // The screen may be gone.
                let _ = tell.send(News::Broken(format!("{error:#}")));
            }
        });
        Work { stop, news, over: false }
    }

    /// Whether nothing more is to come.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Hands what has come to the screen; whether there was anything.
    pub(super) fn news(&mut self, screen: &mut Screen) -> bool {
        let mut any = false;
        while !self.over {
            match self.news.try_recv() {
                Ok(news) => screen.take(news),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.over = true;
                    screen.end();
                }
            }
            any = true;
        }
        any
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

fn work(
    place: &Place,
    lab: &'static Lab,
    colour: bool,
    stop: &AtomicBool,
    tell: &Sender<News>,
) -> anyhow::Result<()> {
    let digest = sources::digest_hex(place, lab);
    let programs = match build::quietly(place, &["--package", lab.name, "--bins"], colour)? {
        Ok(programs) => programs,
        Err(words) => {
            let _ = tell.send(News::Broken(words));
            return Ok(());
        }
    };
    let checks: Vec<&'static Check> = lab.checks.iter().collect();
    let jobs = judge::jobs(place, lab, &checks, &programs);
    let _ = tell.send(News::Built(jobs.clone()));
    let mut outcomes = Vec::new();
    judge::run(&jobs, stop, |at, outcome| {
        outcomes.push((checks[at], outcome.clone()));
        let _ = tell.send(News::Ended(at, Box::new(outcome)));
    });
    // Half a run says nothing about the sources as they are now.
    if !stop.load(Ordering::SeqCst)
        && let Err(error) = judge::note(place, lab, &digest, &outcomes)
    {
        let _ = tell.send(News::Trouble(format!("{error:#}")));
    }
    Ok(())
}
