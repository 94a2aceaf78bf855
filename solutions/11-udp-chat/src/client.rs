//! The client: shows what comes while it waits for what is typed.
//!
//! A program that waits for the keyboard doesn't hear the network, and the other way round. So two threads wait, each
//! for one of them, and do nothing else: what they get goes into one channel. A third one, the caller of [`chat`],
//! reads the channel, and it alone sends and prints.

use std::io::{self, BufRead, Write};
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::LARGEST_DATAGRAM;
use crate::text::printable;

/// What a user at a terminal is asked with.
pub const PROMPT: &str = "Enter nickname: ";

/// How many events may wait. When they do, the threads wait too: a flood doesn't end up in memory.
const WAITING_EVENTS: usize = 16;

/// What can happen to a client.
#[derive(Debug)]
pub enum Event {
    /// A line was typed; it comes without its line ending.
    Typed(Vec<u8>),
    /// The input has ended (Ctrl+D, or the end of a file), or failed.
    InputEnded(io::Result<()>),
    /// A datagram came, or the socket reports an error: `ConnectionRefused` if nobody listens at the server's address.
    Heard(io::Result<Vec<u8>>),
}

/// A socket that talks with the server alone: datagrams from elsewhere don't reach it, and a refusal is reported.
///
/// # Errors
///
/// When there is no way to the server's address.
pub fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(labkit::any_port_towards(server))?;
    socket.connect(server)?;
    Ok(socket)
}

/// Asks the user for a nickname, with [`PROMPT`]; `None` if the input ends instead.
///
/// # Errors
///
/// When `input` can't be read, or `out` can't be written.
pub fn ask_nickname(input: &mut impl BufRead, out: &mut impl Write) -> io::Result<Option<String>> {
    // begin solution: print the prompt so that it is seen, read a line, return it without the spaces around it
    out.write_all(PROMPT.as_bytes())?;
    // It ends without a newline, and `out` holds back what does.
    out.flush()?;
    let mut line = Vec::new();
    let length = input.read_until(b'\n', &mut line)?;
    Ok((length > 0).then(|| String::from_utf8_lossy(line.trim_ascii()).into_owned()))
    // end solution
}

/// Joins as `nick`, and then sends what is typed and shows what comes, until the user types `/quit` or the input ends;
/// then leaves.
///
/// Each line of `input` is sent as one datagram, an empty one not at all. Each datagram is written to `out` as a line
/// of [`printable`] text, at once. A `/ping` is sent every `ping_interval`, whatever else happens meanwhile.
///
/// # Errors
///
/// `ConnectionRefused` when nobody listens at the server's address; else when the socket or `input` fails, or `out`
/// can't be written.
pub fn chat(
    socket: UdpSocket,
    nick: &str,
    ping_interval: Duration,
    input: impl BufRead + Send + 'static,
    out: &mut impl Write,
) -> io::Result<()> {
    // begin solution: join; start the two threads; then act on each event, and ping when it is time, until the end
    socket.send(format!("/join {nick}").as_bytes())?;
    let events = start_waiting(&socket, input)?;

    let mut next_ping = Instant::now() + ping_interval;
    loop {
        // Asked first: while events come one after another, the channel never says that the time is over.
        if Instant::now() >= next_ping {
            socket.send(b"/ping")?;
            next_ping = Instant::now() + ping_interval;
        }
        match events.recv_timeout(next_ping.saturating_duration_since(Instant::now())) {
            Ok(Event::Typed(line)) if line == b"/quit" => break,
            Ok(Event::Typed(line)) if line.is_empty() => {}
            Ok(Event::Typed(line)) => drop(socket.send(&line)?),
            Ok(Event::InputEnded(result)) => {
                result?;
                break;
            }
            Ok(Event::Heard(datagram)) => {
                writeln!(out, "{}", printable(&datagram?))?;
                out.flush()?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    socket.send(b"/leave")?;
    Ok(())
    // end solution
}

/// Starts the two threads that wait, one for `input` and one for `socket`, and returns the end of the channel at which
/// their events come out.
///
/// # Errors
///
/// When there can't be a second handle on the socket.
fn start_waiting(socket: &UdpSocket, input: impl BufRead + Send + 'static) -> io::Result<Receiver<Event>> {
    // begin solution: make a channel, clone its sending end, and give each thread one
    let (typed, events) = sync_channel(WAITING_EVENTS);
    let heard = typed.clone();
    // The same socket: two handles, one descriptor each, one queue of datagrams.
    let socket = socket.try_clone()?;
    thread::spawn(move || wait_for_input(input, &typed));
    thread::spawn(move || wait_for_datagrams(&socket, &heard));
    Ok(events)
    // end solution
}

// begin solution item: what each of the two threads does
/// Sends each line of `input` as an event, and its end. When nobody receives events any more, the chat is over.
fn wait_for_input(mut input: impl BufRead, events: &SyncSender<Event>) {
    loop {
        let mut line = Vec::new();
        let event = match input.read_until(b'\n', &mut line) {
            Ok(0) => Event::InputEnded(Ok(())),
            Ok(_) => {
                let line = line.strip_suffix(b"\n").unwrap_or(&line);
                Event::Typed(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
            }
            Err(error) => Event::InputEnded(Err(error)),
        };
        let is_last = matches!(event, Event::InputEnded(_));
        if events.send(event).is_err() || is_last {
            return;
        }
    }
}

/// Sends each datagram as an event, and each error: the first one is the last thing that the chat does.
fn wait_for_datagrams(socket: &UdpSocket, events: &SyncSender<Event>) {
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    loop {
        let heard = socket.recv(&mut buffer).map(|length| buffer[..length].to_vec());
        if events.send(Event::Heard(heard)).is_err() {
            return;
        }
    }
}
// end solution item
