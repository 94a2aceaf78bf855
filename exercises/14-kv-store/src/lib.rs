//! Lab 14: a store of keys and values that speaks a protocol of its own.
//!
//! Labs 03 and 13 found out where a message ends. Here the messages mean something: a client gives an order, the server
//! carries it out and answers, and what one client has stored another one can read.
//!
//! # What goes over the wire
//!
//! Text in UTF-8, in lines that end with `\n`; one `\r` before it belongs to the line's end. A command is a line:
//!
//! | command | what it does | reply |
//! |---|---|---|
//! | `SET key value` | stores the value under the key, in place of another one | `OK` |
//! | `GET key` | | the value, or `ERROR` if there is none |
//! | `DELETE key` | forgets the key and its value | `OK`, or `ERROR` if there is none |
//! | anything else | nothing | `ERROR` |
//!
//! - One space stands between the parts.
//! - The word in front may be in small letters, too.
//! - A key is one character or more, and none of them is white space.
//! - A value is everything behind the space that follows the key: it may be empty, and keeps all its spaces.
//!
//! A client may send as many commands as it likes, without waiting for the replies, which come in order. After `ERROR`
//! the conversation goes on. What a client leaves without a newline before it closes is a command, too. When it has
//! finished, the server closes, with [`labkit::close`], and takes the next client: one at a time.
//!
//! The server ends a conversation itself in two cases:
//!
//! | case | what the client sees |
//! |---|---|
//! | a line of more than `--max-line` bytes (65,536) | `ERROR`, then the end |
//! | `--idle-timeout` seconds (30) without a complete command, or with a reply that is not taken | the end |
//!
//! # Modules
//!
//! - [`proto`]: what a line means, and the line that answers it
//! - [`store`]: the values, and what a command does to them
//! - [`server`]: clients one after another, all with the same store
//! - [`client`]: one command, one reply
//!
//! [`lines`] and [`deadline`] are given.

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod client;
pub mod deadline;
pub mod lines;
pub mod proto;
pub mod server;
pub mod store;
