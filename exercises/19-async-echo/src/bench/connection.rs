//! One connection: a question, its answer, a deadline.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::failure::Failure;
use super::target::{Judgement, Options, Talk, Target};

/// Room for replies at first; it grows with them.
const ROOM: usize = 4096;

/// No reply is longer than this, in bytes: a measurement holds it in memory.
const MAX_REPLY: usize = 16 << 20;

/// A connection to the target, with everything that one request after another needs.
///
/// An instrument that works hard measures itself. So nothing is allocated for a request: the buffer, the request and
/// the alarm are made once. What is left are the two system calls that nobody can do without, a write and a read.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    target: Arc<Target>,
    talk: Talk,
    /// What has come of the reply, and room for more.
    buffer: Vec<u8>,
    patience: Duration,
    alarm: Alarm,
}

impl Connection {
    /// Connects; `number` tells the connections of a measurement apart.
    ///
    /// # Errors
    /// [`Failure::Timeout`] after the options' patience, or what the system said.
    pub async fn open(target: Arc<Target>, number: u32, options: &Options) -> Result<Connection, Failure> {
        let stream = connect(&target, options.timeout).await?;
        Ok(Connection {
            stream,
            talk: target.talk(number),
            target,
            buffer: vec![0; ROOM],
            patience: options.timeout,
            alarm: Alarm::new(),
        })
    }

    /// Sends the next request, and returns when its reply has come and is right to the last byte.
    ///
    /// `sent` is now, by the clock of the caller, who has just looked at it; the deadline is counted from there. (To look
    /// at a clock is cheap, but not free: once an event is enough.)
    ///
    /// # Errors
    /// Whatever else happens. Then the connection is in no state to go on: what comes next could be a late reply to
    /// this request.
    pub async fn exchange(&mut self, sent: Instant) -> Result<(), Failure> {
        if self.talk.is_last() {
            // The server has said that it closes; the next request needs a new connection, as a browser's would.
            self.stream = connect(&self.target, self.patience).await?;
        }
        self.talk.advance();
        let deadline = sent + self.patience;
        self.send(deadline).await?;
        let mut length = 0;
        loop {
            length += self.receive(length, deadline).await?;
            match self.talk.judge(&self.buffer[..length]) {
                Judgement::Right => return Ok(()),
                Judgement::Wrong => return Err(Failure::WrongReply),
                Judgement::Rejected => return Err(Failure::Rejected),
                Judgement::Incomplete => {}
            }
        }
    }

    async fn send(&mut self, deadline: Instant) -> Result<(), Failure> {
        let Connection { stream, talk, alarm, .. } = self;
        let mut rest = talk.request();
        while !rest.is_empty() {
            let taken = alarm.or(deadline, |cx| Pin::new(&mut *stream).poll_write(cx, rest)).await?;
            rest = &rest[taken..];
        }
        Ok(())
    }

    /// Reads once, behind the `length` bytes that are there; returns how many came.
    async fn receive(&mut self, length: usize, deadline: Instant) -> Result<usize, Failure> {
        let Connection { stream, buffer, alarm, .. } = self;
        if length == buffer.len() {
            if length >= MAX_REPLY {
                return Err(Failure::WrongReply);
            }
            buffer.resize(length * 2, 0);
        }
        let came = alarm
            .or(deadline, |cx| {
                let mut room = ReadBuf::new(&mut buffer[length..]);
                Pin::new(&mut *stream).poll_read(cx, &mut room).map_ok(|()| room.filled().len())
            })
            .await?;
        if came == 0 { Err(Failure::Closed) } else { Ok(came) }
    }
}

/// Connects to the first of the target's addresses that answers.
async fn connect(target: &Target, patience: Duration) -> Result<TcpStream, Failure> {
    let stream = tokio::time::timeout(patience, TcpStream::connect(&target.addresses[..]))
        .await
        .map_err(|_| Failure::Timeout)??;
    // Nagle's algorithm would hold a request back until the one before it is acknowledged (lab 04).
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The end of patience.
///
/// To set a timer for each request and to clear it a moment later would cost more than the rest of the request. This one
/// is set, and left alone until it rings. Then either the deadline has passed, or (nearly always) it belonged to a
/// request that is long answered, and it is set anew to the deadline of now.
#[derive(Debug)]
struct Alarm(Pin<Box<Sleep>>);

impl Alarm {
    /// Rings at once: whoever waits first sets it.
    fn new() -> Alarm {
        Alarm(Box::pin(tokio::time::sleep(Duration::ZERO)))
    }

    /// Waits for a step on a socket, or for the deadline.
    async fn or<T>(
        &mut self,
        deadline: Instant,
        mut step: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Result<T, Failure> {
        poll_fn(|cx| {
            if let Poll::Ready(done) = step(cx) {
                return Poll::Ready(done.map_err(Failure::from));
            }
            while self.0.as_mut().poll(cx).is_ready() {
                if Instant::now() >= deadline {
                    return Poll::Ready(Err(Failure::Timeout));
                }
                self.0.as_mut().reset(deadline.into());
            }
            Poll::Pending
        })
        .await
    }
}
