//! `threaded-echo-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `crowd MAX THREADS TURNS` | `most=N left=N`: the most slots of MAX that so many threads ever held at the same time, when each asked for one and gave it back so many times; and how many `active` tells afterwards |

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use threaded_echo::slots::Slots;

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("crowd", [max, threads, turns]) => Ok(crowd(number(max)?, number(threads)?, number(turns)?)),
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn crowd(max: usize, threads: usize, turns: usize) -> String {
    let slots = Arc::new(Slots::new(max));
    let (held, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ask_again_and_again = || {
        for _ in 0..turns {
            let Some(slot) = slots.try_acquire() else { continue };
            most.fetch_max(held.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            held.fetch_sub(1, Ordering::SeqCst);
            drop(slot);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(ask_again_and_again);
        }
    });
    format!("most={} left={}", most.into_inner(), slots.active())
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}
