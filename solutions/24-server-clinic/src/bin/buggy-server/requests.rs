//! What was asked, so that whoever looks into a complaint sees what came before it.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// One request.
#[derive(Debug, Clone)]
#[expect(dead_code, reason = "read by people, in the log")]
pub(crate) struct Request {
    from: SocketAddr,
    text: String,
}

/// The last requests, the oldest first.
#[derive(Debug)]
pub(crate) struct Requests {
    kept: Mutex<Vec<Request>>,
    size: usize,
}

impl Requests {
    /// Room for so many.
    pub(crate) fn new(size: usize) -> Requests {
        Requests { kept: Mutex::new(Vec::with_capacity(size)), size }
    }

    /// Keeps a request.
    pub(crate) fn keep(&self, from: SocketAddr, text: &str) {
        let request = Request { from, text: text.to_owned() };
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }

    /// The one that came last.
    pub(crate) fn last(&self) -> Option<Request> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
    }

    /// How many are kept.
    pub(crate) fn count(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many there is room for.
    pub(crate) fn size(&self) -> usize {
        self.size
    }
}
