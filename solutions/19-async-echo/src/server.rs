//! Accepting, reporting and shutting down.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::Cfg;
use crate::conn;
use crate::metrics::Metrics;

/// How long the server doesn't accept after an error that only time can mend, as when all descriptors are taken.
const REST: Duration = Duration::from_millis(100);

/// Prints the ready line; then serves clients, each in a task of its own, and logs the metrics now and then, until `shutdown`
/// is done; then ends in order, as the crate's documentation says.
///
/// The number of tasks is bounded: by `cfg.max_clients`, and for those that are told to go by the limit of descriptors.
///
/// # Errors
///
/// When the ready line can't be printed. What goes wrong with a client ends that client's task only, and when accepting
/// fails the server rests for a moment and goes on.
pub async fn run(listener: TcpListener, cfg: Cfg, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    // begin solution: print the ready line; accept and report until the shutdown; then wait for the clients, and report
    let cfg = Arc::new(cfg);
    let metrics = Arc::new(Metrics::new());
    let (stop, _) = watch::channel(false);
    labkit::ready("Async echo server", listener.local_addr()?)?;

    // Three things side by side, in one task. The first two never end, so `select!` drops nothing half-way before the third does.
    select! {
        () = accept(&listener, &cfg, &metrics, &stop) => {}
        () = report(&metrics, cfg.metrics_interval) => {}
        () = shutdown => {}
    }

    // From here on, whoever connects is refused.
    drop(listener);
    stop.send_replace(true);
    // Each connection holds a receiver until it is closed. Those that take too long are dropped with the runtime.
    if timeout(cfg.grace, stop.closed()).await.is_err() {
        labkit::log!(warn, "the grace of {:?} is over, and clients are still connected", cfg.grace);
    }
    labkit::log!(info, "{}", metrics.line());
    Ok(())
    // end solution
}

// begin solution item: the steps of run, as functions of their own
/// Accepts clients for ever, and gives each that finds a seat a task.
async fn accept(listener: &TcpListener, cfg: &Arc<Cfg>, metrics: &Arc<Metrics>, stop: &watch::Sender<bool>) {
    loop {
        let stream = next_client(listener).await;
        let stop = stop.subscribe();
        match metrics.admit(cfg.max_clients) {
            Some(seat) => {
                let (cfg, metrics) = (Arc::clone(cfg), Arc::clone(metrics));
                tokio::spawn(async move {
                    conn::handle(stream, cfg, metrics, stop.clone()).await;
                    // In this order: who waits for the last receiver finds the seats empty.
                    drop(seat);
                    drop(stop);
                });
            }
            None => {
                tokio::spawn(async move {
                    conn::refuse(stream).await;
                    drop(stop);
                });
            }
        }
    }
}

/// Waits for the next client, whatever happens meanwhile.
async fn next_client(listener: &TcpListener) -> TcpStream {
    let mut is_resting = false;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // A client that gave up while it was waiting in the queue (accept(2), ERRORS).
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            // No descriptor, no memory: the client stays in the queue, and the next try fails like this one. Without a rest
            // that would be a loop which takes the whole processor, just when the server has none to spare.
            Err(error) => {
                if !is_resting {
                    labkit::log!(warn, "cannot accept for now: {error}");
                }
                is_resting = true;
                sleep(REST).await;
            }
        }
    }
}

/// Logs the metrics for ever, the first time after one interval.
async fn report(metrics: &Metrics, every: Duration) {
    let mut clock = interval(every);
    // What a busy moment has kept us from telling, nobody wants to be told several times after it.
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    // The first tick is at once.
    clock.tick().await;
    loop {
        clock.tick().await;
        labkit::log!(info, "{}", metrics.line());
    }
}
// end solution item
