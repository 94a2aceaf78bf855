//! Accepting clients, and telling the operator how it goes.

use std::io;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::select;
use tokio::time::interval;

use crate::clients::Clients;
use crate::metrics::Metrics;
use crate::requests::Requests;
use crate::signals::Signals;
use crate::{Config, client};

/// What all clients share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clients: Clients,
    pub(crate) requests: Requests,
    pub(crate) metrics: Metrics,
}

impl State {
    /// The answer to `STATS`.
    pub(crate) fn stats(&self) -> String {
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

/// Serves clients, each in a task of its own, until a signal asks to stop.
pub(crate) async fn run(listener: TcpListener, config: Config, mut signals: Signals) -> io::Result<()> {
    let state = Arc::new(State {
        clients: Clients::default(),
        requests: Requests::new(config.queue_size),
        metrics: Metrics::new(),
    });
    labkit::ready("Line server", listener.local_addr()?)?;
    labkit::log!(
        info,
        "at most {} clients, idle for at most {:?}, {:?} for the last requests",
        config.max_clients,
        config.idle_timeout,
        config.grace
    );

    select! {
        () = accept(&listener, &state) => {}
        () = report(&state, &config) => {}
        () = signals.stop() => labkit::log!(info, "stopped; the last request was {:?}", state.requests.last()),
    }
    Ok(())
}

/// Accepts clients for ever.
async fn accept(listener: &TcpListener, state: &Arc<State>) {
    loop {
        let (stream, address) = listener.accept().await.expect("a listener that listens can accept");
        state.metrics.connected();
        tokio::spawn(client::serve(stream, address, Arc::clone(state)));
    }
}

/// Logs the metrics for ever, the first time after one interval.
async fn report(state: &State, config: &Config) {
    let mut clock = interval(config.metrics_interval);
    clock.tick().await;
    loop {
        clock.tick().await;
        labkit::log!(info, "{}", state.metrics.line());
    }
}
