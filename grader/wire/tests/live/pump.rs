//! Joins the far end of a cell's wire to a world.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cell::FarEnd;
use wire::{Seen, World};

/// How soon the pump notices that the scene is over.
const LOOK_UP: Duration = Duration::from_millis(10);

/// Runs `scene` while the world answers, and returns what was seen.
pub(crate) fn with(world: World, far: &FarEnd, scene: impl FnOnce()) -> Vec<Seen> {
    let world = Mutex::new(world);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| pump(&world, far, &over));
        // A scene that panics must still end the pump.
        let end = EndsWithScope(&over);
        scene();
        drop(end);
    });
    world.into_inner().unwrap().seen().to_vec()
}

struct EndsWithScope<'a>(&'a AtomicBool);

impl Drop for EndsWithScope<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn pump(world: &Mutex<World>, far: &FarEnd, over: &AtomicBool) {
    let start = Instant::now();
    let mut frame = [0; 2048];
    while !over.load(Ordering::Relaxed) {
        let until_due = world.lock().unwrap().next_due().map(|due| due.saturating_sub(start.elapsed()));
        let received = far.recv(&mut frame, until_due.unwrap_or(LOOK_UP).min(LOOK_UP)).unwrap();
        let mut world = world.lock().unwrap();
        let now = start.elapsed();
        let mut answers = received.map(|len| world.receive(now, &frame[..len])).unwrap_or_default();
        answers.extend(world.due(now));
        for answer in answers {
            far.send(&answer).unwrap();
        }
    }
}
