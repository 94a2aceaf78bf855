//! The closed loop: each connection sends its next request when the reply to the last one has come.

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use super::board::Board;
use super::connection::Connection;
use super::report::{Pace, Report};
use super::target::{Options, Target};

/// Measures the target: opens all connections at once, sends `requests` requests on each, one after another, and checks
/// every reply.
///
/// | it happens that | then |
/// |---|---|
/// | a right reply comes | it is noted on the [`Board`], with the time when its request was sent |
/// | a connection can't be made | all its requests have failed |
/// | anything else comes, or nothing in time | this request and those that would have followed have failed, and the connection is closed |
///
/// A request is timed from the moment when it is sent: the clock of the second request starts when the first has its
/// reply. To connect is no part of any request.
pub async fn run(target: Target, connections: u32, requests: u32, options: Options) -> Report {
    // begin solution: start a board and a task for each connection; when all tasks have ended, return the board's report
    let board = Board::start(&options);
    let target = Arc::new(target);
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        tasks.spawn(drive(Arc::clone(&target), number, requests, options.clone(), board.clone()));
    }
    tasks.join_all().await;
    board.report(connections, requests, Pace::Closed)
    // end solution
}

// begin solution item: one connection from its beginning to its end, as a function of its own
/// One connection from its beginning to its end.
async fn drive(target: Arc<Target>, number: u32, requests: u32, options: Options, board: Board) {
    let mut connection = match Connection::open(target, number, &options).await {
        Ok(connection) => connection,
        Err(why) => return board.failure(why, requests),
    };
    let mut sent = Instant::now();
    for answered in 0..requests {
        if let Err(why) = connection.exchange(sent).await {
            return board.failure(why, requests - answered);
        }
        // One look at the clock for both: the reply has come, and the next request goes out.
        let arrived = Instant::now();
        board.reply(sent, arrived);
        sent = arrived;
    }
}
// end solution item
