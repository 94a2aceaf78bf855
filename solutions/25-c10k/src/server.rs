//! Accepting, whatever happens.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::Cfg;
use crate::conn;
use crate::drain::Drain;

/// How long the server doesn't accept after an error that only time can mend, as when all descriptors are taken.
const REST: Duration = Duration::from_millis(100);

/// Prints the ready line; then serves clients, each in a task of its own, until `shutdown` is done; then drains, as the crate's
/// documentation says.
///
/// # Errors
///
/// When the ready line can't be printed. What goes wrong with a client ends that client's task only, and when accepting
/// fails the server rests for a moment and goes on.
pub async fn serve(listener: TcpListener, cfg: Cfg, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    // begin solution: print the ready line; accept until the shutdown; then refuse newcomers, and drain
    let cfg = Arc::new(cfg);
    let drain = Drain::new();
    labkit::ready("C10K server", listener.local_addr()?)?;

    // `accept` never ends, so `select!` drops it when the shutdown comes: between two clients, as it waits nowhere else.
    select! {
        () = accept(&listener, &cfg, &drain) => {}
        () = shutdown => {}
    }

    // From here on, whoever connects is refused.
    drop(listener);
    let left = drain.finish(cfg.grace).await;
    if left > 0 {
        // They are dropped with the runtime.
        labkit::log!(warn, "the grace of {:?} is over, and {left} clients are still connected", cfg.grace);
    }
    Ok(())
    // end solution
}

// begin solution item: the steps of serve, as functions of their own
/// Accepts clients for ever, and gives each that finds a seat a task.
async fn accept(listener: &TcpListener, cfg: &Arc<Cfg>, drain: &Drain) {
    let seats = Arc::new(Semaphore::new(cfg.max_clients));
    loop {
        let stream = next_client(listener).await;
        let guard = drain.guard();
        // A permit is given back when it is dropped, on whatever way the task ends.
        match Arc::clone(&seats).try_acquire_owned() {
            Ok(seat) => {
                let cfg = Arc::clone(cfg);
                tokio::spawn(async move {
                    conn::handle(stream, &cfg, guard).await;
                    drop(seat);
                });
            }
            Err(_) => {
                tokio::spawn(async move {
                    conn::refuse(stream).await;
                    drop(guard);
                });
            }
        }
    }
}

/// Waits for the next client, whatever happens meanwhile.
///
/// Nothing is asked about the client here. It may be gone already: to accept a connection that was reset succeeds on Linux,
/// and `peer_addr()` of it fails.
async fn next_client(listener: &TcpListener) -> TcpStream {
    let mut is_resting = false;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // Other systems than Linux tell of such a client (accept(2), ERRORS).
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
// end solution item
