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
    // begin solution item: the queue, and how a thread learns that it has changed
    queue: Mutex<Queue>,
    changed: Condvar,
    // end solution item
}

// begin solution item: what your queue is
#[derive(Debug, Default)]
struct Queue {
    texts: VecDeque<Arc<str>>,
    /// The bytes of these texts, as frames.
    bytes: usize,
    /// Whether nothing is added any more.
    is_finished: bool,
}

fn size(text: &str) -> usize {
    HEADER + text.len()
}
// end solution item

impl Outbox {
    /// An empty one for that connection.
    pub fn new(stream: TcpStream) -> Outbox {
        // begin solution: begin with nothing
        Outbox { stream, queue: Mutex::default(), changed: Condvar::new() }
        // end solution
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
        // begin solution: add it
        self.add(&mut self.queue(), text.into());
        // end solution
    }

    /// Adds an event that the client watches for. Never waits: where more than [`MAX_BEHIND`] bytes would wait then, the client
    /// is [cut off](Self::cut_off), because to leave out an event would be a lie. Returns whether it was so.
    pub fn event(&self, text: Arc<str>) -> bool {
        // begin solution: add it, or cut the client off
        let mut queue = self.queue();
        if queue.is_finished {
            return false;
        }
        if queue.bytes + size(&text) > MAX_BEHIND {
            self.cut(&mut queue);
            return true;
        }
        self.add(&mut queue, text);
        false
        // end solution
    }

    /// Says that nothing will be added any more: what is there is sent.
    pub fn finish(&self) {
        // begin solution: note it, and wake whoever waits
        self.queue().is_finished = true;
        self.changed.notify_all();
        // end solution
    }

    /// Forgets all that waits, and ends the connection, so that whoever reads or writes there returns. Never waits.
    pub fn cut_off(&self) {
        // begin solution: empty the queue, and shut the connection down in both directions
        self.cut(&mut self.queue());
        // end solution
    }

    /// Waits until at most [`ENOUGH_WAITING`] bytes wait. False if the outbox is finished.
    pub fn wait_for_room(&self) -> bool {
        // begin solution: wait until the queue is short or finished
        let mut queue = self.queue();
        while queue.bytes > ENOUGH_WAITING && !queue.is_finished {
            queue = self.wait(queue);
        }
        !queue.is_finished
        // end solution
    }

    /// Sends what is added, in its order, until the outbox is finished and empty: the work of the client's own thread.
    ///
    /// # Errors
    ///
    /// Those of [`write_frame`].
    pub fn send_all(&self) -> Result<(), FrameError> {
        // begin solution: take the next text, and send it while nobody is kept from the queue
        while let Some(text) = self.next() {
            write_frame(&mut &self.stream, text.as_bytes())?;
        }
        Ok(())
        // end solution
    }

    // begin solution item: helpers of your own
    /// The next text; `None` when there will be none.
    fn next(&self) -> Option<Arc<str>> {
        let mut queue = self.queue();
        loop {
            if let Some(text) = queue.texts.pop_front() {
                queue.bytes -= size(&text);
                self.changed.notify_all();
                return Some(text);
            }
            if queue.is_finished {
                return None;
            }
            queue = self.wait(queue);
        }
    }

    fn add(&self, queue: &mut Queue, text: Arc<str>) {
        if !queue.is_finished {
            queue.bytes += size(&text);
            queue.texts.push_back(text);
            self.changed.notify_all();
        }
    }

    fn cut(&self, queue: &mut Queue) {
        *queue = Queue { is_finished: true, ..Queue::default() };
        self.changed.notify_all();
        // An error says that the connection has ended already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// The queue is whole between any two calls, so it is also when a thread has panicked with it.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner)
    }
    // end solution item
}
