//! Echo requests, and the answers to them.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use labkit::{Failure, exit, say};

use crate::build::icmp_echo;
use crate::checksum::internet_checksum;
use crate::layers::Transport;
use crate::parse::ipv4;
use crate::socket::IcmpSocket;

/// What to ask, and how patiently.
#[derive(Debug, Clone)]
pub struct Ping {
    /// Who is asked.
    pub target: Ipv4Addr,
    /// The identifier of all requests: by it a program knows its own.
    pub id: u16,
    /// How many requests.
    pub count: u16,
    /// From one request to the next.
    pub interval: Duration,
    /// How long to wait for an answer.
    pub wait: Duration,
    /// How many bytes of payload.
    pub size: u16,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many requests were sent.
    pub sent: u32,
    /// How many of them were answered.
    pub received: u32,
}

/// Asks, says what comes of each request and at the end of all, and returns that. The crate's documentation has the lines.
///
/// # Errors
/// With code [`exit::PRIVILEGE`] and `needs CAP_NET_RAW` in its text if the raw socket is not permitted; or what the system
/// says.
pub fn ping(ask: &Ping, out: &mut impl Write) -> Result<Tally, Failure> {
    // begin solution: open the socket; for each number send, wait for its answer, say so, wait for the next one's time
    let mut socket = IcmpSocket::open().map_err(refused)?;
    let payload: Vec<u8> = (0..ask.size).map(|at| at as u8).collect();
    let mut tally = Tally { sent: 0, received: 0 };
    for seq in 1..=ask.count {
        let sent = Instant::now();
        let request = icmp_echo(ask.id, seq, &payload);
        socket.send(ask.target, &request).map_err(Failure::to(format!("send to {}", ask.target)))?;
        tally.sent += 1;
        let answer = answer(&mut socket, ask, seq, sent + ask.wait).map_err(Failure::to("receive"))?;
        let line = match answer {
            Some(bytes) => {
                let milliseconds = sent.elapsed().as_secs_f64() * 1000.0;
                tally.received += 1;
                format!("Reply from {}: icmp_seq={seq} bytes={bytes} time={milliseconds:.2} ms", ask.target)
            }
            None => format!("No reply: icmp_seq={seq}"),
        };
        say(out, &line).map_err(Failure::to("write"))?;
        if seq < ask.count {
            // Whatever comes meanwhile is taken from the socket's queue, and is nothing that we wait for.
            while socket.receive(sent + ask.interval).map_err(Failure::to("receive"))?.is_some() {}
        }
    }
    let Tally { sent, received } = tally;
    let loss = (sent - received) * 100 / sent.max(1);
    say(out, &format!("{sent} sent, {received} received, {loss}% loss")).map_err(Failure::to("write"))?;
    Ok(tally)
    // end solution
}

/// How many bytes the ICMP message in `packet` has, if that is the answer to request number `seq`. `packet` begins with its
/// IPv4 header.
pub fn answer_in(packet: &[u8], ask: &Ping, seq: u16) -> Option<usize> {
    // begin solution: an echo reply, from the one who was asked, with our identifier and this number, its checksum right
    let packet = ipv4(packet).ok()?;
    let Transport::Icmp(message) = packet.transport else { return None };
    let ([i0, i1], [s0, s1]) = (ask.id.to_be_bytes(), seq.to_be_bytes());
    let is_it = packet.source == ask.target
        && (message.kind, message.code) == (0, 0)
        && message.rest == [i0, i1, s0, s1]
        && internet_checksum(message.bytes) == 0;
    is_it.then_some(message.bytes.len())
    // end solution
}

// begin solution item: helpers of your own
/// The length of the answer, if it comes until the deadline.
fn answer(socket: &mut IcmpSocket, ask: &Ping, seq: u16, deadline: Instant) -> io::Result<Option<usize>> {
    while let Some(packet) = socket.receive(deadline)? {
        if let Some(bytes) = answer_in(&packet, ask, seq) {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

fn refused(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Failure::new(
            exit::PRIVILEGE,
            "needs CAP_NET_RAW for a raw socket: start it with `lab run icmp-ping …`",
        ),
        _ => Failure::to("open a raw socket")(error),
    }
}
// end solution
