//! How clients behave.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use wire::bytes::escape;

use super::Talk;

/// How long a client waits for what the server owes it: all others of the crowd may be served before.
const PATIENCE: Duration = Duration::from_secs(30);

/// A slow client says its request in so many pieces, with a pause behind each.
const PIECES: usize = 8;

/// How long that pause is.
const PAUSE: Duration = Duration::from_millis(10);

/// How much a deaf or an excessive client says at most, in bytes.
const MUCH: usize = 8 << 20;

/// How a client behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// Says its request, closes its side, and reads the answer.
    Good,
    /// The same, a few bytes at a time.
    Slow,
    /// The same, with room for a few KiB only (`SO_RCVBUF` 4096).
    Narrow,
    /// Says its request again and again, with as little room, and never reads.
    Deaf,
    /// Resets in the middle of its request.
    ResetsEarly,
    /// Resets when it should read the answer.
    ResetsLate,
    /// Connects, and closes without a word.
    Passing,
    /// Stops in the middle of its request, and stays: as one whose machine is gone (half-open).
    Silent,
    /// Says megabytes without an end.
    Excessive,
    /// Says bytes that mean nothing.
    Garbled,
}

impl Manner {
    const ALL: [Manner; 10] = [
        Manner::Good,
        Manner::Slow,
        Manner::Narrow,
        Manner::Deaf,
        Manner::ResetsEarly,
        Manner::ResetsLate,
        Manner::Passing,
        Manner::Silent,
        Manner::Excessive,
        Manner::Garbled,
    ];

    /// A client's manner: four of five are good.
    pub(super) fn any(random: &mut fastrand::Rng) -> Manner {
        if random.u8(..5) > 0 { Manner::Good } else { Manner::ALL[random.usize(..Manner::ALL.len())] }
    }

    /// One visit of the `n`-th client.
    ///
    /// # Errors
    ///
    /// What the server owed it and did not give: an answer to the good ones, an end to those that stay.
    pub(super) fn visit(
        self,
        server: SocketAddr,
        talk: &dyn Talk,
        n: u64,
        random: &mut fastrand::Rng,
    ) -> Result<(), String> {
        let room = matches!(self, Manner::Narrow | Manner::Deaf).then_some(4096);
        let mut client = Client::connect(server, room).map_err(|error| format!("connect: {error}"))?;
        let request = talk.request(n);
        let half = &request[..request.len() / 2];
        match self {
            Manner::Good | Manner::Narrow => {
                client.say(&request)?;
                client.expect_answer(talk, n)
            }
            Manner::Slow => {
                for piece in request.chunks(request.len().div_ceil(PIECES)) {
                    client.say(piece)?;
                    client.pause()?;
                }
                client.expect_answer(talk, n)
            }
            Manner::Deaf => client.say_until_ended(&request),
            Manner::ResetsEarly => client.say(half).and_then(|()| client.reset()),
            Manner::ResetsLate => client.say(&request).and_then(|()| client.reset()),
            Manner::Passing => Ok(()),
            Manner::Silent => client.say(half).and_then(|()| client.expect_end()),
            Manner::Excessive => {
                // The server may close at any moment: that is what is wanted.
                let _ = client.stream.write_all(&vec![b'x'; MUCH]);
                client.expect_end()
            }
            Manner::Garbled => {
                let bytes: Vec<u8> = (0..random.usize(1..3000)).map(|_| random.u8(..)).collect();
                // The same.
                let _ = client.stream.write_all(&bytes).and_then(|()| client.finish());
                client.expect_end()
            }
        }
    }
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Manner::Good => "good",
            Manner::Slow => "slow",
            Manner::Narrow => "with little room",
            Manner::Deaf => "deaf",
            Manner::ResetsEarly => "resets in its request",
            Manner::ResetsLate => "resets before its answer",
            Manner::Passing => "without a word",
            Manner::Silent => "silent in its request",
            Manner::Excessive => "excessive",
            Manner::Garbled => "garbled",
        })
    }
}

/// A client's end of its connection, and what it has heard.
struct Client {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Client {
    fn connect(server: SocketAddr, room: Option<usize>) -> io::Result<Client> {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, Some(Protocol::TCP))?;
        if let Some(room) = room {
            socket.set_recv_buffer_size(room)?;
        }
        socket.connect_timeout(&server.into(), PATIENCE)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Client { stream: socket.into(), heard: Vec::new() })
    }

    fn say(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream.write_all(bytes).map_err(|error| format!("could not finish its request: {error}"))
    }

    /// Says it over and over, until the server has closed, or all is said.
    fn say_until_ended(&mut self, bytes: &[u8]) -> Result<(), String> {
        for _ in 0..MUCH / bytes.len().max(1) {
            match self.stream.write_all(bytes) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Err(format!("was neither read nor ended in {PATIENCE:?}"));
                }
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Lets some time pass, and hears what comes meanwhile.
    fn pause(&mut self) -> Result<(), String> {
        let end = Instant::now() + PAUSE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.hear(left)? {
                return Ok(());
            }
        }
    }

    /// Closes its side, and expects the right answer, and then the end.
    fn expect_answer(&mut self, talk: &dyn Talk, n: u64) -> Result<(), String> {
        self.finish().map_err(|error| format!("could not finish: {error}"))?;
        while self.hear(PATIENCE)? {}
        if talk.is_answer(n, &self.heard) {
            return Ok(());
        }
        let heard = &self.heard[..self.heard.len().min(200)];
        Err(format!("was answered with {} of {} bytes", escape(heard), self.heard.len()))
    }

    /// Expects the server to end it, one way or the other, whatever it says before.
    fn expect_end(&mut self) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if !matches!(self.hear(PATIENCE), Ok(true)) {
                return Ok(());
            }
            self.heard.clear();
        }
        Err(format!("was not ended in {PATIENCE:?}"))
    }

    /// Reads once; false at the end of the stream. To hear nothing for a pause is no error, for long it is one.
    fn hear(&mut self, time: Duration) -> Result<bool, String> {
        let mut piece = [0; 16 * 1024];
        let read = self.stream.set_read_timeout(Some(time)).and_then(|()| self.stream.read(&mut piece));
        match read {
            Ok(length) => {
                self.heard.extend_from_slice(&piece[..length]);
                Ok(length > 0)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock && time < PATIENCE => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(format!("heard nothing for {time:?}")),
            Err(error) => Err(format!("lost the server: {error}")),
        }
    }

    fn finish(&self) -> io::Result<()> {
        self.stream.shutdown(std::net::Shutdown::Write)
    }

    /// Closes by RST (RFC 9293 §3.5.2).
    fn reset(&self) -> Result<(), String> {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).map_err(|error| error.to_string())
    }
}
