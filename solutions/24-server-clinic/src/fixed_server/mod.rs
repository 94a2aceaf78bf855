//! The server without the faults.
//!
//! Begin with a copy of the patient's modules, one for one: the files beside this one have their names. Mend one fault at a
//! time, with its reproduction at hand. How you divide the rest is up to you; [`run`] is all that is agreed on.

// begin solution item: your modules
mod client;
mod clients;
mod metrics;
mod requests;
mod signals;
// end solution item

use std::io;

use tokio::net::TcpListener;

use crate::Cfg;

// begin solution item: what your code uses
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::select;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use clients::{Clients, Seat};
use metrics::Metrics;
use requests::Requests;
use signals::Signals;

/// How long the server doesn't accept after an error that only time can mend, as when all descriptors are taken.
const REST: Duration = Duration::from_millis(100);

/// What all clients share.
#[derive(Debug)]
struct State {
    cfg: Cfg,
    clients: Clients,
    requests: Requests,
    metrics: Metrics,
}

impl State {
    /// The answer to `STATS`.
    fn stats(&self) -> String {
        format!(
            "STATS active={} total={} requests={} queue={}/{}\n",
            self.clients.count(),
            self.metrics.total(),
            self.metrics.requests(),
            self.requests.count(),
            self.requests.size(),
        )
    }
}
// end solution item

/// Prints the ready line; then serves clients, and logs the metrics now and then, until SIGINT or SIGTERM; then ends in
/// order, as the crate's documentation says.
///
/// # Errors
///
/// When signals can't be caught, or the ready line can't be printed. What goes wrong with a client ends that client's
/// conversation only, and when accepting fails the server rests for a moment and goes on.
pub async fn run(listener: TcpListener, cfg: Cfg) -> io::Result<()> {
    // begin solution: start from buggy-server: copy its modules, and mend them one fault at a time
    // First of all: who sends a signal as soon as the ready line is there must not find us unprepared.
    let signals = Signals::listen()?;
    let state = Arc::new(State {
        clients: Clients::new(cfg.max_clients),
        requests: Requests::new(cfg.queue_size),
        metrics: Metrics::new(),
        cfg,
    });
    let (stop, _) = watch::channel(false);
    labkit::ready("Line server", listener.local_addr()?)?;

    select! {
        () = accept(&listener, &state, &stop) => {}
        () = report(&state) => {}
        () = signals.first() => {}
    }

    // From here on, whoever connects is refused.
    drop(listener);
    stop.send_replace(true);
    // Each conversation holds a receiver until it is over. Those that take too long are dropped with the runtime.
    if timeout(state.cfg.grace, stop.closed()).await.is_err() {
        labkit::log!(warn, "the grace of {:?} is over, and clients are still connected", state.cfg.grace);
    }
    labkit::log!(info, "{}", state.metrics.line(state.clients.count()));
    Ok(())
    // end solution
}

// begin solution item: the steps of run, as functions of their own
/// Accepts clients for ever. Who finds a seat is served, everybody else is told so; either in a task of its own.
async fn accept(listener: &TcpListener, state: &Arc<State>, stop: &watch::Sender<bool>) {
    loop {
        let stream = next_client(listener).await;
        state.metrics.accepted();
        let stop = stop.subscribe();
        match Clients::admit(state) {
            Some(seat) => {
                tokio::spawn(serve(stream, seat, Arc::clone(state), stop));
            }
            None => {
                state.metrics.rejected();
                tokio::spawn(async move {
                    client::refuse(stream).await;
                    drop(stop);
                });
            }
        }
    }
}

/// A seated client's task.
async fn serve(stream: TcpStream, seat: Seat, state: Arc<State>, mut stop: watch::Receiver<bool>) {
    client::serve(stream, &state, &mut stop).await;
    // In this order: who waits for the last receiver finds the seats empty.
    drop(seat);
    drop(stop);
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
            // that would be a loop which takes the whole processor.
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
async fn report(state: &State) {
    let mut clock = interval(state.cfg.metrics_interval);
    // What a busy moment has kept us from telling, nobody wants to be told several times after it.
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    clock.tick().await;
    loop {
        clock.tick().await;
        labkit::log!(info, "{}", state.metrics.line(state.clients.count()));
    }
}
// end solution item
