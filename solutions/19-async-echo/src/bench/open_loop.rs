//! The open loop: requests go out on a timetable, whatever the server does.
//!
//! A closed loop asks the next question when the last one is answered. While the server stalls, it asks nothing, so the
//! stall is one slow sample among thousands of fast ones: the instrument and its object have agreed not to look. That is
//! *coordinated omission* (Gil Tene's name for it). Users do not wait for each other. They come when they come, and each
//! one who comes during the stall waits.
//!
//! So here each request has a time at which it is *due*, and its latency counts from then. If its connection still
//! waits for an earlier reply, it goes out late, and the waiting is part of its time. This is what `wrk2` does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::board::Board;
use super::connection::Connection;
use super::report::{Pace, Report};
use super::target::{Options, Target};

/// As [`run`](super::run), at `rate` requests a second in all. They are due at equal distances, and the connections take
/// turns.
pub async fn run_at_rate(
    target: Target,
    connections: u32,
    requests: u32,
    rate: f64,
    options: Options,
) -> Report {
    let target = Arc::new(target);
    let board = Board::start(&options);
    let mut opening = JoinSet::new();
    for number in 0..connections {
        let (target, options) = (Arc::clone(&target), options.clone());
        opening.spawn(async move { (number, Connection::open(target, number, &options).await) });
    }
    let opened = opening.join_all().await;

    let timetable = Timetable { start: Instant::now(), connections, rate };
    let tickets: Vec<_> = (0..connections).map(|_| Arc::new(Semaphore::new(0))).collect();
    let mut driving = JoinSet::new();
    for (number, connection) in opened {
        let ticket = &tickets[number as usize];
        match connection {
            Ok(connection) => {
                driving.spawn(drive(
                    connection,
                    number,
                    requests,
                    timetable,
                    Arc::clone(ticket),
                    board.clone(),
                ));
            }
            Err(why) => {
                ticket.close();
                board.failure(why, requests);
            }
        }
    }
    let total = u64::from(connections) * u64::from(requests);
    let clock = std::thread::spawn(move || hand_out(timetable, total, &tickets));
    driving.join_all().await;
    // It is not waited for: if connections have failed, its timetable goes on, until it sees that all its tickets are void.
    drop(clock);
    board.report(connections, requests, Pace::Open { rate })
}

/// When each request is due.
#[derive(Debug, Clone, Copy)]
struct Timetable {
    start: Instant,
    connections: u32,
    rate: f64,
}

impl Timetable {
    fn due(self, request: u64) -> Instant {
        self.start + Duration::from_secs_f64(request as f64 / self.rate)
    }

    /// The place in the timetable of a connection's request, counted from 0.
    fn place(self, connection: u32, request: u32) -> u64 {
        u64::from(request) * u64::from(self.connections) + u64::from(connection)
    }
}

/// Hands each connection a ticket when its next request is due.
///
/// This is a thread because tokio's timers count in milliseconds, and would add up to one to every latency. A thread's
/// sleep is late by some sixty microseconds.
fn hand_out(timetable: Timetable, total: u64, tickets: &[Arc<Semaphore>]) {
    for (place, ticket) in (0..total).zip(tickets.iter().cycle()) {
        std::thread::sleep(timetable.due(place).saturating_duration_since(Instant::now()));
        if !ticket.is_closed() {
            ticket.add_permits(1);
        } else if tickets.iter().all(|ticket| ticket.is_closed()) {
            return;
        }
    }
}

/// One connection. It closes its semaphore when it needs no more tickets.
async fn drive(
    mut connection: Connection,
    number: u32,
    requests: u32,
    timetable: Timetable,
    ticket: Arc<Semaphore>,
    board: Board,
) {
    for answered in 0..requests {
        // Nobody else closes it.
        let Ok(permit) = ticket.acquire().await else { return };
        permit.forget();
        let sent = Instant::now();
        if let Err(why) = connection.exchange(sent).await {
            board.failure(why, requests - answered);
            break;
        }
        board.reply_to_due(timetable.due(timetable.place(number, answered)), sent, Instant::now());
    }
    ticket.close();
}
