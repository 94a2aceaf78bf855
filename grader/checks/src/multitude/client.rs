//! One of very many clients.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::sys::epoll::EpollFlags;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::fault::{Fault, ensure};
use crate::words::{in_words, shown};

/// So many clients share an address: 127.0.0.2, 127.0.0.3 and so on.
const PER_ADDRESS: usize = 2500;

/// A client's end of its connection.
#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    state: State,
    /// What it has heard and nothing has asked for.
    heard: Vec<u8>,
    /// What it is to hear, if it waits for an answer.
    owed: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Established,
    Ended,
}

/// What a look at a client has shown for the first time.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) is_established: bool,
    pub(super) is_answered: bool,
    pub(super) has_ended: bool,
}

impl Client {
    /// Begins to connect, as the client of that number, and doesn't wait for it.
    pub(super) fn begin(server: SocketAddr, number: usize) -> io::Result<Client> {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        if server.is_ipv4() && server.ip().is_loopback() {
            let from = Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + 1 + (number / PER_ADDRESS) as u32);
            socket.bind(&SocketAddrV4::new(from, 0).into())?;
        }
        match socket.connect(&server.into()) {
            Err(error) if error.raw_os_error() != Some(nix::libc::EINPROGRESS) => return Err(error),
            _ => {}
        }
        socket.set_tcp_nodelay(true)?;
        Ok(Client { stream: socket.into(), state: State::Connecting, heard: Vec::new(), owed: Vec::new() })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    pub(super) fn is_owed(&self) -> bool {
        !self.owed.is_empty()
    }

    /// When it is closed, that will be by RST (RFC 9293 §3.5.2).
    pub(super) fn will_reset(&self) -> Result<(), Fault> {
        Ok(SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))?)
    }

    /// Says something short; false if the connection has ended.
    pub(super) fn say(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        match self.stream.write(bytes) {
            Ok(count) if count == bytes.len() => Ok(true),
            Ok(_) => Err(Fault::infra("a short line was not taken at once")),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                Err(Fault::expected("the program to read what was sent").but_waited("a full send buffer"))
            }
            // Its end is news for the next look.
            Err(_) => Ok(false),
        }
    }

    /// Waits for that answer from now on. Until now it must have been left alone.
    pub(super) fn is_to_hear(&mut self, answer: Vec<u8>, number: usize) -> Result<(), Fault> {
        let fault = || Fault::expected(format!("client {} to hear nothing yet", number + 1));
        ensure(self.heard.is_empty(), || fault().got(shown(&self.heard)))?;
        ensure(!self.has_ended(), || fault().got("the end of its connection"))?;
        self.owed = answer;
        Ok(())
    }

    /// Takes what its socket has to tell.
    pub(super) fn news(&mut self, events: EpollFlags, number: usize) -> Result<News, Fault> {
        let mut news = News::default();
        if self.state == State::Connecting {
            // ERR and HUP come with the refusal.
            if let Some(error) = self.stream.take_error()? {
                return Err(
                    Fault::expected(format!("client {} to be connected", number + 1)).got(in_words(&error))
                );
            }
            if !events.contains(EpollFlags::EPOLLOUT) {
                return Ok(news);
            }
            self.state = State::Established;
            news.is_established = true;
        }
        if self.state == State::Established {
            news.has_ended = self.hear()?;
            news.is_answered = self.take_answer(number, news.has_ended)?;
        }
        Ok(news)
    }

    /// Reads all that is there; whether the connection has ended.
    fn hear(&mut self) -> Result<bool, Fault> {
        let mut piece = [0; 4096];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => self.state = State::Ended,
                Ok(count) => {
                    self.heard.extend_from_slice(&piece[..count]);
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => self.state = State::Ended,
                Err(error) => return Err(error.into()),
            }
            return Ok(self.state == State::Ended);
        }
    }

    /// Whether the answer that it waits for has come.
    fn take_answer(&mut self, number: usize, has_ended: bool) -> Result<bool, Fault> {
        if self.owed.is_empty() {
            return Ok(false);
        }
        let is_on_the_way = self.owed.starts_with(&self.heard);
        if is_on_the_way && self.heard.len() == self.owed.len() {
            // No capacity is kept: there are very many of these.
            (self.heard, self.owed) = (Vec::new(), Vec::new());
            return Ok(true);
        }
        if is_on_the_way && !has_ended {
            return Ok(false);
        }
        let expected = format!("client {} to hear {}", number + 1, shown(&self.owed));
        Err(match is_on_the_way {
            false => Fault::expected(expected).got_bytes(&self.owed, &self.heard),
            true if self.heard.is_empty() => Fault::expected(expected).got("the end of its connection"),
            true => Fault::expected(expected).got(format!("{}, and the end", shown(&self.heard))),
        })
    }
}
