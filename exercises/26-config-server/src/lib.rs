//! Lab 26: a server for the configuration of a network, and its client.
//!
//! Several operators work on one configuration at the same time. Each prepares changes in a *candidate* of its own, which
//! nobody else sees, and commits them: all at once or none of them, on disk before the server says `OK`, and never over
//! somebody else's newer change. Programs that must follow the configuration watch it, and are told of every commit.
//!
//! # What goes over the wire
//!
//! Frames of lab 13, at most 1 MiB each, with text in UTF-8. A request is a frame, and so is each reply, in the order of
//! the requests.
//!
//! | request | what it does | reply |
//! |---|---|---|
//! | `HELLO name` | says who is there; must be the first | `OK version` |
//! | `GET path [path …]` | reads the running configuration with the own candidate over it, all of one moment | `VALUE value`, and each further value on a line of its own |
//! | `SET path value` | stages a change in the own candidate | `OK` |
//! | `DELETE path` | the same, for a path that has a value | `OK` |
//! | `DIFF` | compares the candidate with the running configuration | `DIFF n`, and `n` lines in the order of paths: `+path=value`, `-path`, `~path old -> new` |
//! | `COMMIT` | makes the candidate part of the running configuration | `OK version` |
//! | `ROLLBACK` | drops the candidate | `OK` |
//! | `WATCH path` | from now on tells of every change at this path and below it | `OK`, and later `EVENT version path value`, with `-` for a value that is gone |
//! | `QUIT` | ends the session | `BYE`, then the end of the stream |
//!
//! What can't be done is answered with `ERR`, a number and the reason, and the session goes on:
//!
//! | reply | when |
//! |---|---|
//! | `ERR 400 …` | the frame is no request: not text, an unknown verb, not a path, not a value, too much of something |
//! | `ERR 401 hello first` | anything before `HELLO` |
//! | `ERR 404 not found` | `GET` or `DELETE` of a path that has no value |
//! | `ERR 409 conflict path` | somebody else has changed this path since; the candidate stays as it is |
//! | `ERR 500 cannot save: …` | the store failed: nothing was committed, the candidate stays as it is |
//!
//! - A **path** is names with dots between them: `if.eth0.mtu`. A name is one or more of `a-z`, `0-9`, `_` and `-`; the whole
//!   path has at most 128 bytes. One path is *below* another if it is longer by whole names: `if.eth0` is below `if`, and
//!   `iface` is not.
//! - A **value** is one line (without `\n` and `\r`) of at most 4,096 bytes, and may be empty, but not `-`, which
//!   means *no value* in an event.
//! - The **version** begins at 0 and grows by one with each commit that changes something. A change to what is there already is
//!   none, and a commit without changes answers with the present version.
//! - The candidate's **base** is the version that was running when its first change was staged. It conflicts with the first of its
//!   paths, in their order, that somebody has changed after that.
//! - A watcher gets the events of a commit in the order of paths, and commits in the order of versions. The committer's
//!   own events come behind its `OK`.
//!
//! The server ends a session itself in these cases:
//!
//! | case | what the client sees |
//! |---|---|
//! | a frame of more than 1 MiB is announced | `ERR 400 …`, then the end |
//! | `--stall-timeout` seconds (30) for a frame that was begun, or without taking what was sent | the end |
//! | more than 1 MiB of events wait for a watcher that doesn't take them | the end |
//! | all `--max-sessions` (64) are taken when it connects | `ERR 503 all sessions are taken`, then the end |
//!
//! # The store
//!
//! With `--store FILE`, the running configuration is in that file before a `COMMIT` is answered with `OK`: a line
//! `# version N`, then `path=value` lines in the order of paths. The file is never half written: see [`store`].
//!
//! # Modules
//!
//! - [`path`]: the names of values
//! - [`request`]: what a frame asks for, and why it may be refused
//! - [`store`]: the running configuration, and its file
//! - [`outbox`]: what waits to be sent to one client
//! - [`watchers`]: who is told of what
//! - [`shared`]: what all sessions have in common
//! - [`session`]: what one client has said, and what it gets for it
//! - [`server`]: a session for each client
//! - [`client`]: requests from lines, replies to lines
//!
//! [`frames`], [`accept`] and [`slots`] are given: they are labs 13 and 18.

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod accept;
pub mod client;
pub mod frames;
pub mod outbox;
pub mod path;
pub mod request;
pub mod server;
pub mod session;
pub mod shared;
pub mod slots;
pub mod store;
pub mod watchers;

/// The server's port, unless `--port` says otherwise.
pub fn default_port() -> u16 {
    todo!("the port that the contract gives to the server")
}

/// How many sessions there may be at once, unless `--max-sessions` says otherwise.
pub fn default_max_sessions() -> usize {
    todo!("the number that the contract gives")
}
