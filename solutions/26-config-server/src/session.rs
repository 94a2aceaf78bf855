//! What one client has said so far, and what it gets for its next request.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::frames::MAX_FRAME;
use crate::outbox::Outbox;
use crate::path::Path;
use crate::request::{Refusal, Request, parse};
use crate::shared::Shared;
use crate::store::{Changes, Running};

/// How many paths a candidate may change: enough for an operator, and no way to fill the memory.
pub const MAX_CHANGES: usize = 10_000;

/// One client's side of things. Its candidate is nowhere else, so when the session ends, however it ends, nothing of it
/// is left.
#[derive(Debug)]
pub struct Session {
    /// Where the replies go.
    outbox: Arc<Outbox>,
    // begin solution item: what you remember of the client
    has_said_hello: bool,
    candidate: Changes,
    /// The version that was running when the first change of the candidate was staged.
    base: u64,
    // end solution item
}

impl Session {
    /// A new session, before its `HELLO`.
    pub fn new(outbox: Arc<Outbox>) -> Session {
        // begin solution: nothing was said yet
        Session { outbox, has_said_hello: false, candidate: Changes::new(), base: 0 }
        // end solution
    }

    /// Does what the frame asks for, and puts exactly one reply into the outbox, before any event that comes of the request.
    /// `Break` says that the client wants to leave.
    pub fn handle(&mut self, payload: &[u8], store: &Shared) -> ControlFlow<()> {
        // begin solution: parse it, do it, and answer ERR if either is refused
        let request = parse(payload);
        let quits = matches!(request, Ok(Request::Quit)) && self.has_said_hello;
        if let Err(refusal) = self.answer(request, store) {
            self.outbox.reply(format!("ERR {refusal}"));
        }
        if quits { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        // end solution
    }

    // begin solution item: helpers of your own
    /// Does what is asked and answers it, unless it is to be refused.
    fn answer(&mut self, request: Result<Request, Refusal>, store: &Shared) -> Result<(), Refusal> {
        if !self.has_said_hello && !matches!(request, Ok(Request::Hello(_))) {
            return Err(Refusal::HelloFirst);
        }
        match request? {
            Request::Hello(_) if self.has_said_hello => return Err(Refusal::Bad("you said hello already")),
            Request::Hello(_) => {
                self.has_said_hello = true;
                self.outbox.reply(format!("OK {}", store.running().version));
            }
            Request::Get(paths) => self.outbox.reply(self.values(&paths, &store.running())?),
            Request::Set(path, value) => self.stage(path, Some(value), &store.running())?,
            Request::Delete(path) => {
                let running = store.running();
                self.value(&path, &running).ok_or(Refusal::NotFound)?;
                self.stage(path, None, &running)?;
            }
            Request::Diff => self.outbox.reply(self.diff(&store.running())?),
            Request::Commit => {
                store.commit(self.base, &self.candidate, &self.outbox)?;
                self.candidate.clear();
            }
            Request::Rollback => {
                self.candidate.clear();
                self.outbox.reply("OK");
            }
            Request::Watch(path) => store.watch(path, &self.outbox)?,
            Request::Quit => self.outbox.reply("BYE"),
        }
        Ok(())
    }

    /// What this session sees at a path: its own change, or else what is running.
    fn value<'a>(&'a self, path: &Path, running: &'a Running) -> Option<&'a str> {
        match self.candidate.get(path) {
            Some(change) => change.as_deref(),
            None => running.map.get(path).map(String::as_str),
        }
    }

    fn values(&self, paths: &[Path], running: &Running) -> Result<String, Refusal> {
        let mut text = String::from("VALUE");
        for (number, path) in paths.iter().enumerate() {
            text.push(if number == 0 { ' ' } else { '\n' });
            text.push_str(self.value(path, running).ok_or(Refusal::NotFound)?);
            fits(&text)?;
        }
        Ok(text)
    }

    fn stage(&mut self, path: Path, change: Option<String>, running: &Running) -> Result<(), Refusal> {
        if self.candidate.is_empty() {
            self.base = running.version;
        }
        if self.candidate.len() >= MAX_CHANGES && !self.candidate.contains_key(&path) {
            return Err(Refusal::Bad("too many changes for one commit"));
        }
        self.candidate.insert(path, change);
        self.outbox.reply("OK");
        Ok(())
    }

    fn diff(&self, running: &Running) -> Result<String, Refusal> {
        let changes = running.differing(&self.candidate);
        let mut text = format!("DIFF {}", changes.len());
        for (path, value) in &changes {
            text.push_str(&match (running.map.get(path), value) {
                (None, Some(new)) => format!("\n+{path}={new}"),
                (Some(old), Some(new)) => format!("\n~{path} {old} -> {new}"),
                (_, None) => format!("\n-{path}"),
            });
            fits(&text)?;
        }
        Ok(text)
    }
    // end solution item
}

// begin solution item: helpers of your own
/// A request can ask for much more than one frame holds.
fn fits(text: &str) -> Result<(), Refusal> {
    if text.len() > MAX_FRAME { Err(Refusal::Bad("the answer is too long for a frame")) } else { Ok(()) }
}
// end solution item
