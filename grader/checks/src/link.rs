//! The far end of `lab0` with its scripted hosts: joins `cell`'s wire and `wire`'s world.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cell::{Cell, FarEnd};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use wire::{Decoded, Direction, Seen, World};

use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;

/// Scripted hosts that play until the link is dropped.
#[derive(Debug)]
pub struct Link {
    shared: Arc<Shared>,
    start: Instant,
    pump: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    world: Mutex<World>,
    changed: Condvar,
    stop: AtomicBool,
    /// Written to when the pump has to look at the world, or to stop.
    bell: EventFd,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world, and has the pump look at it.
    fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world());
        self.ring();
    }

    fn ring(&self) {
        // It fails only when it was rung 2^64 times and not heard once.
        let _ = self.bell.write(1);
    }
}

impl Link {
    pub(crate) fn start(cell: &Arc<Cell>, world: World, start: Instant) -> Result<Link, Fault> {
        if let Err(reason) = cell.wire() {
            return Err(Fault::skip(reason));
        }
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            changed: Condvar::new(),
            stop: AtomicBool::new(false),
            bell: EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)
                .map_err(|error| Fault::infra(format!("eventfd: {error}")))?,
        });
        let (cell, theirs) = (Arc::clone(cell), Arc::clone(&shared));
        let pump = std::thread::spawn(move || pump(&cell, &theirs, start));
        Ok(Link { shared, start, pump: Some(pump) })
    }

    /// The time on the link's clock, which is the story's.
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Every frame so far, in both directions.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.world().seen().to_vec()
    }

    /// The frames that left `lab0`, decoded, with their times: the program's own, and those of its kernel.
    pub fn from_program(&self) -> Vec<(Duration, Decoded)> {
        let world = self.shared.world();
        let from_program = world.seen().iter().filter(|seen| seen.direction == Direction::FromStudent);
        from_program.map(|seen| (seen.at, wire::decode(&seen.frame))).collect()
    }

    /// Puts a frame on the link now.
    pub fn inject(&self, frame: Vec<u8>) {
        let now = self.now();
        self.shared.change(|world| world.inject_at(now, frame));
    }

    /// Puts frames on the link from now on, with that gap between them.
    pub fn replay(&self, gap: Duration, frames: impl IntoIterator<Item = Vec<u8>>) {
        let now = self.now();
        self.shared.change(|world| world.replay_at(now, gap, frames));
    }

    /// Waits until all frames that were injected have left.
    pub fn wait_until_sent(&self) -> Result<(), Fault> {
        self.wait_until("the injected frames to leave", |world| world.next_due().is_none().then_some(()))
            .map_err(|fault| Fault::infra(fault.to_string()))
    }

    /// Waits until the question about all seen frames has an answer.
    pub fn wait_for<T>(&self, what: &str, question: impl Fn(&[Seen]) -> Option<T>) -> Result<T, Fault> {
        self.wait_until(what, |world| question(world.seen()))
    }

    fn wait_until<T>(&self, what: &str, question: impl Fn(&World) -> Option<T>) -> Result<T, Fault> {
        let deadline = Deadline::after(PATIENCE);
        let mut world = self.shared.world();
        loop {
            if let Some(answer) = question(&world) {
                return Ok(answer);
            }
            if deadline.expired() {
                return Err(
                    Fault::expected(what).but_waited(format!("nothing such in {:?}", deadline.limit()))
                );
            }
            let waited = self.shared.changed.wait_timeout(world, deadline.turn());
            world = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.ring();
        if let Some(pump) = self.pump.take() {
            // A pump that panicked has told so on stderr; its link is gone either way.
            let _ = pump.join();
        }
    }
}

/// Carries frames between the far end and the world until the link is dropped.
fn pump(cell: &Cell, shared: &Shared, start: Instant) {
    let Ok(far_end) = cell.wire() else { return };
    let mut buffer = vec![0; 65_536];
    while !shared.stop.load(Ordering::SeqCst) {
        let next = shared.world().next_due().map(|due| due.saturating_sub(start.elapsed()));
        wait_for_event(far_end, &shared.bell, next);
        let arrived = far_end.recv(&mut buffer, Duration::ZERO);
        let mut world = shared.world();
        let mut answers = match arrived {
            Ok(Some(length)) => world.receive(start.elapsed(), &buffer[..length]),
            Ok(None) => Vec::new(),
            Err(_) => return,
        };
        answers.extend(world.due(start.elapsed()));
        drop(world);
        for frame in answers {
            // A frame that the kernel does not take is lost, as on any link.
            let _ = far_end.send(&frame);
        }
        shared.changed.notify_all();
    }
}

/// Waits for a frame or the bell, at most for `limit`.
fn wait_for_event(far_end: &FarEnd, bell: &EventFd, limit: Option<Duration>) {
    // Rounded up to whole milliseconds, so that the last one is not spun away.
    let limit = limit.map(|limit| PollTimeout::try_from(limit + Duration::from_micros(999)));
    let limit = limit.and_then(Result::ok).unwrap_or(PollTimeout::NONE);
    let mut events = [far_end.as_fd(), bell.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
    // An interrupted wait only means that the pump looks early.
    let _ = poll(&mut events, limit);
    let _ = bell.read();
}
