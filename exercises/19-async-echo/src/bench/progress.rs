//! A bar for whoever waits at a terminal.

use std::future::Future;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::MissedTickBehavior;

use super::target::Options;

/// How often the bar is drawn: an instrument that draws all the time measures a terminal.
const TURN: Duration = Duration::from_millis(200);

/// Waits for a measurement, with a bar on standard error if that is a terminal. The bar is gone when it returns.
pub async fn watched<T>(requests: u64, options: &Options, measurement: impl Future<Output = T>) -> T {
    if !std::io::stderr().is_terminal() {
        return measurement.await;
    }
    let done = Arc::clone(&options.done);
    done.store(0, Ordering::Relaxed);
    let bar = ProgressBar::new(requests);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}, {eta} left") {
        bar.set_style(style);
    }
    let mut turns = tokio::time::interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
    tokio::pin!(measurement);
    loop {
        tokio::select! {
            result = &mut measurement => {
                bar.finish_and_clear();
                return result;
            }
            _ = turns.tick() => bar.set_position(done.load(Ordering::Relaxed)),
        }
    }
}
