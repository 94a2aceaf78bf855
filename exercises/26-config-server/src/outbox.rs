//! What waits to be sent to one client.
//!
//! Two write to a client: its own session, which answers it, and every other session that commits something the client watches.
//! So nobody writes to the socket directly. All put their texts into the client's *outbox*, in the order in which the
//! client is to read them, and a thread of the client's own takes them from there and may wait for the client as long as
//! it must. To put something in never waits for the client.
//!
//! (You may choose tasks and channels instead of threads; then this file is yours to change.)

use std::collections::VecDeque;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::frames::{FrameError, HEADER, write_frame};

/// How many bytes may wait for a client when an event is added: one that is further behind is cut off.
pub const MAX_BEHIND: usize = 1024 * 1024;

/// The session takes no further request while more bytes than this wait: who doesn't take replies gets no more of them.
pub const ENOUGH_WAITING: usize = 64 * 1024;

/// A client's connection, and the texts on their way to it.
#[derive(Debug)]
pub struct Outbox {
    stream: TcpStream,
    // Your part: the queue, and how a thread learns that it has changed
}

// Your part: what your queue is

impl Outbox {
    /// An empty one for that connection.
    pub fn new(stream: TcpStream) -> Outbox {
        todo!("begin with nothing")
    }

    /// The connection: to read from it, or to set its timeouts.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// The connection itself, when nobody else needs it any more.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Adds the reply to a request of the client's own. Never waits; nothing is added when the outbox is finished.
    pub fn reply(&self, text: impl Into<Arc<str>>) {
        todo!("add it")
    }

    /// Adds an event that the client watches for. Never waits: where more than [`MAX_BEHIND`] bytes would wait then, the client
    /// is [cut off](Self::cut_off), because to leave out an event would be a lie. Returns whether it was so.
    pub fn event(&self, text: Arc<str>) -> bool {
        todo!("add it, or cut the client off")
    }

    /// Says that nothing will be added any more: what is there is sent.
    pub fn finish(&self) {
        todo!("note it, and wake whoever waits")
    }

    /// Forgets all that waits, and ends the connection, so that whoever reads or writes there returns. Never waits.
    pub fn cut_off(&self) {
        todo!("empty the queue, and shut the connection down in both directions")
    }

    /// Waits until at most [`ENOUGH_WAITING`] bytes wait. False if the outbox is finished.
    pub fn wait_for_room(&self) -> bool {
        todo!("wait until the queue is short or finished")
    }

    /// Sends what is added, in its order, until the outbox is finished and empty: the work of the client's own thread.
    ///
    /// # Errors
    ///
    /// Those of [`write_frame`].
    pub fn send_all(&self) -> Result<(), FrameError> {
        todo!("take the next text, and send it while nobody is kept from the queue")
    }

    // Your part: helpers of your own
}
