//! Lab 11: a chat over UDP: a server that knows who is there, and a client that does two things at once.
//!
//! UDP has no connections, so nobody tells the server who came and who left. All that it gets is datagrams, each
//! with the address that it came from. Who is in the room, under which name and until when, is this program's
//! own agreement with its clients.
//!
//! # What goes over the wire
//!
//! One datagram is one message: UTF-8, at most 1,024 bytes, no newline needed. What a client sends:
//!
//! | datagram | means |
//! |---|---|
//! | `/join NICK` | I am here, under this name |
//! | `/leave` | I am going |
//! | `/ping` | I am still here, and have nothing to say |
//! | anything else | a message to all |
//!
//! What the server sends to a client:
//!
//! | datagram | to whom |
//! |---|---|
//! | `NICK: text` | everybody but the sender |
//! | `[SERVER] 'NICK' joined the chat` | everybody but the one who joins |
//! | `[SERVER] 'NICK' left the chat` | everybody who is still there |
//! | `[SERVER] invalid nickname` | whoever wants a name that is not 1 to 16 letters, digits, `_` and `-` (ASCII) |
//! | `[SERVER] nickname 'NICK' is taken` | whoever wants the name of somebody else who is there |
//! | `[SERVER] join first: /join <nickname>` | whoever pings or talks and is not there |
//! | `[SERVER] message too long (max 1024 bytes)` | whoever sends more |
//!
//! # The rules
//!
//! - A member is an address with its port, nothing less: `127.0.0.1:40001` and `127.0.0.1:40002` are two.
//! - To join again under the same name changes nothing, and nobody is told. To join under another name is to leave
//!   and to join: the others are told both.
//! - Whatever a member sends shows that it is there. Who is silent for the timeout has left.
//! - `/leave` of somebody who is not there is passed over.
//! - Control characters ([`char::is_control`]) are removed from every datagram before anything else is done with it,
//!   and bytes that are no UTF-8 become `�` (U+FFFD). A message of which nothing is left is passed over.
//! - What goes wrong with one member is logged, and ends neither the server nor anybody else's message.
//!
//! # Modules
//!
//! - [`text`]: what may be shown of bytes that a stranger sent
//! - [`room`]: who is there, and who is to be told what; it knows no socket and no clock
//! - [`server`]: the loop between the socket and the room
//! - [`client`]: two threads that wait, and one that acts

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod client;
pub mod room;
pub mod server;
pub mod text;

use std::time::Duration;

/// The longest message, in bytes.
pub const MAX_MESSAGE: usize = 1024;

/// The largest payload of a datagram over IPv4, in bytes: 65,535 less 20 and 8 of headers.
pub const LARGEST_DATAGRAM: usize = 65_507;

/// The server's port, unless `--port` or `--server` says otherwise.
pub fn default_port() -> u16 {
    todo!("the port that the contract gives to the chat")
}

/// How long a member may be silent, unless `--timeout` says otherwise.
pub fn default_timeout() -> Duration {
    todo!("the time that the contract gives to a silent member")
}

/// How often a client shows that it is there, unless `--ping-interval` says otherwise.
pub fn default_ping_interval() -> Duration {
    todo!("the time that the contract puts between two pings")
}
