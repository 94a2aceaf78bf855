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
    todo!(
        "start a board and a task for each connection; when all tasks have ended, return the board's report"
    )
}

// Your part: one connection from its beginning to its end, as a function of its own
