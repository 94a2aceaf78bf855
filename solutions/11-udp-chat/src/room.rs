//! Who is there, and who is to be told what.
//!
//! A [`Room`] knows no socket and no clock. It is told what came, from where and when, and returns what is to be sent
//! to whom. So every rule of the chat can be tried without a network, and without waiting.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::MAX_MESSAGE;
use crate::text::printable;

/// The longest nickname, in characters.
const MAX_NICKNAME: usize = 16;

/// Datagrams to be sent: to whom, and what.
pub type Datagrams = Vec<(SocketAddr, Vec<u8>)>;

/// The members of the chat. A member is an address: UDP has nothing else to know somebody by.
#[derive(Debug)]
pub struct Room {
    /// How long a member may be silent.
    timeout: Duration,
    // begin solution item: what you keep of each member
    members: HashMap<SocketAddr, Member>,
    // end solution item
}

// begin solution item: types of your own
/// Somebody who has joined.
#[derive(Debug)]
struct Member {
    nick: String,
    last_heard: Instant,
}

/// What a datagram asks for.
enum Request<'a> {
    Join(&'a str),
    Leave,
    Ping,
    Message(&'a str),
}

impl Request<'_> {
    fn parse(text: &str) -> Request<'_> {
        match (text, text.strip_prefix("/join")) {
            ("/leave", _) => Request::Leave,
            ("/ping", _) => Request::Ping,
            // `/joinery` is a message.
            (_, Some(rest)) if rest.is_empty() || rest.starts_with(' ') => Request::Join(rest.trim()),
            _ => Request::Message(text),
        }
    }
}
// end solution item

impl Room {
    /// An empty room, in which a member may be silent for `timeout`.
    pub fn new(timeout: Duration) -> Room {
        // begin solution: nobody is there yet
        Room { timeout, members: HashMap::new() }
        // end solution
    }

    /// What the datagram `data`, which came `from` there at the time `now`, makes the server send.
    ///
    /// The rules are in the crate's documentation. Who joins and who leaves is logged, with their address.
    pub fn handle(&mut self, from: SocketAddr, data: &[u8], now: Instant) -> Datagrams {
        // begin solution: note the sign of life, refuse what is too long, then do what the text asks for
        let is_member = match self.members.get_mut(&from) {
            Some(member) => {
                member.last_heard = now;
                true
            }
            None => false,
        };
        if data.len() > MAX_MESSAGE {
            return server_says(from, format!("message too long (max {MAX_MESSAGE} bytes)"));
        }
        match Request::parse(&printable(data)) {
            Request::Join(nick) => self.join(from, nick, now),
            Request::Leave => self.leave(from),
            Request::Ping | Request::Message(_) if !is_member => {
                server_says(from, "join first: /join <nickname>".to_owned())
            }
            Request::Ping | Request::Message("") => Vec::new(),
            Request::Message(text) => self.pass_on(from, text),
        }
        // end solution
    }

    /// Lets those leave who have been silent for the timeout at the time `now`, and returns whom to tell.
    ///
    /// Nobody is told who leaves at the same time.
    pub fn expire(&mut self, now: Instant) -> Datagrams {
        // begin solution: take out the silent ones, then tell those who are left
        let timeout = self.timeout;
        let silent =
            self.members.extract_if(|_, member| now.saturating_duration_since(member.last_heard) >= timeout);
        let gone: Vec<(SocketAddr, Member)> = silent.collect();
        let mut notices = Vec::new();
        for (address, member) in gone {
            labkit::log!(info, "{address} '{}' was silent for too long", member.nick);
            notices.extend(self.tell_all(format!("[SERVER] '{}' left the chat", member.nick)));
        }
        notices
        // end solution
    }

    /// When [`Room::expire`] has something to do next, if nothing is heard until then. `None` in an empty room.
    pub fn next_expiry(&self) -> Option<Instant> {
        // begin solution: who was heard least recently, and when that is too long ago
        self.members.values().map(|member| member.last_heard + self.timeout).min()
        // end solution
    }

    // begin solution item: what handle does for each kind of datagram, as functions of their own
    fn join(&mut self, from: SocketAddr, nick: &str, now: Instant) -> Datagrams {
        if !is_nickname(nick) {
            return server_says(from, "invalid nickname".to_owned());
        }
        if self.members.iter().any(|(&address, member)| address != from && member.nick == nick) {
            return server_says(from, format!("nickname '{nick}' is taken"));
        }
        let earlier = self.members.insert(from, Member { nick: nick.to_owned(), last_heard: now });
        let mut notices = Vec::new();
        match earlier {
            // A client that doesn't know whether its /join has arrived sends it again.
            Some(member) if member.nick == nick => return notices,
            Some(member) => {
                notices.extend(self.tell_others(from, format!("[SERVER] '{}' left the chat", member.nick)));
            }
            None => {}
        }
        labkit::log!(info, "{from} joined as '{nick}'");
        notices.extend(self.tell_others(from, format!("[SERVER] '{nick}' joined the chat")));
        notices
    }

    fn leave(&mut self, from: SocketAddr) -> Datagrams {
        let Some(member) = self.members.remove(&from) else { return Vec::new() };
        labkit::log!(info, "{from} '{}' left", member.nick);
        self.tell_all(format!("[SERVER] '{}' left the chat", member.nick))
    }

    fn pass_on(&self, from: SocketAddr, text: &str) -> Datagrams {
        let Some(member) = self.members.get(&from) else { return Vec::new() };
        self.tell_others(from, format!("{}: {text}", member.nick))
    }

    fn tell_all(&self, text: String) -> Datagrams {
        self.members.keys().map(|&address| (address, text.clone().into_bytes())).collect()
    }

    fn tell_others(&self, than: SocketAddr, text: String) -> Datagrams {
        let mut datagrams = self.tell_all(text);
        datagrams.retain(|&(address, _)| address != than);
        datagrams
    }
    // end solution item
}

// begin solution item: steps that you like to have as functions of their own
/// Letters, digits, `_` and `-`: a name that can't be taken for the server's, nor for a name with a message.
fn is_nickname(nick: &str) -> bool {
    (1..=MAX_NICKNAME).contains(&nick.len())
        && nick.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A word to one client alone.
fn server_says(to: SocketAddr, text: String) -> Datagrams {
    vec![(to, format!("[SERVER] {text}").into_bytes())]
}
// end solution item
