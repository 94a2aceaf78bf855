//! A time server that the grader plays: what it reads of a request, and every answer that it may give.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Bench, Fault, Program, UdpPeer, ensure};

/// The part of a timestamp's unit in a second: 2^-32.
const PER_SECOND: f64 = 4_294_967_296.0;

/// A request that has come, and when it came.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The client's address.
    pub from: SocketAddr,
    /// The first 48 bytes.
    pub bytes: [u8; 48],
    /// By the grader's clock.
    pub arrived: SystemTime,
}

/// The grader's server.
#[derive(Debug)]
pub struct TimeServer {
    peer: UdpPeer,
}

impl TimeServer {
    /// Opens its socket.
    pub fn start(bench: &mut Bench) -> Result<TimeServer, Fault> {
        bench.plays("client");
        Ok(TimeServer { peer: bench.udp_peer()? })
    }

    /// Starts the client with this server and these further flags.
    pub fn visit(&self, bench: &mut Bench, flags: &[&str]) -> Result<Program, Fault> {
        let port = self.peer.address()?.port().to_string();
        bench.start("sntp", [&["127.0.0.1", "--port", &port], flags].concat())
    }

    /// Waits for a request, which has 48 bytes.
    pub fn request(&self) -> Result<Request, Fault> {
        let (bytes, from) = self.peer.receive()?;
        taken(&bytes, from)
    }

    /// The same, until the limit.
    pub fn request_within(&self, limit: Duration) -> Result<Option<Request>, Fault> {
        let received = self.peer.receive_within(limit)?;
        received.map(|(bytes, from)| taken(&bytes, from)).transpose()
    }

    /// Sends any bytes as an answer.
    pub fn send(&self, to: &Request, bytes: &[u8]) -> Result<(), Fault> {
        self.peer.send(to.from, bytes)
    }

    /// Sends the right answer, by a clock that is so many seconds ahead.
    pub fn answers(&self, request: &Request, ahead: f64) -> Result<(), Fault> {
        self.send(request, &answer_now(request, ahead))
    }

    /// Fails if another request has come.
    pub fn expect_no_more(&self) -> Result<(), Fault> {
        let more = self.request_within(Duration::ZERO)?;
        ensure(more.is_none(), || Fault::expected("no more requests").got("another one"))
    }
}

fn taken(bytes: &[u8], from: SocketAddr) -> Result<Request, Fault> {
    let arrived = SystemTime::now();
    let bytes = bytes
        .try_into()
        .map_err(|_| Fault::expected("a request of 48 bytes").got(format!("{} bytes", bytes.len())))?;
    Ok(Request { from, bytes, arrived })
}

/// The right answer of a server that sends it now, and whose clock is so many seconds ahead.
pub fn answer_now(request: &Request, ahead: f64) -> [u8; 48] {
    answer_at(request, timestamp(request.arrived, ahead), timestamp(SystemTime::now(), ahead))
}

/// A right answer of stratum 2 with these receive and transmit timestamps.
pub fn answer_at(request: &Request, received: u64, sent: u64) -> [u8; 48] {
    let mut answer = [0; 48];
    // The request's version, mode 4.
    answer[0] = request.bytes[0] & 0b00_111_000 | 4;
    answer[1] = 2;
    answer[2] = 6;
    answer[3] = (-20_i8).cast_unsigned();
    answer[12..16].copy_from_slice(&[10, 77, 0, 9]);
    answer[16..24].copy_from_slice(&received.to_be_bytes());
    answer[24..32].copy_from_slice(&request.bytes[40..]);
    answer[32..40].copy_from_slice(&received.to_be_bytes());
    answer[40..].copy_from_slice(&sent.to_be_bytes());
    answer
}

/// A time as NTP writes it, by a clock that is so many seconds ahead.
pub fn timestamp(time: SystemTime, ahead: f64) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    // RFC 868 gives this number of seconds from 1900 to 1970.
    let seconds = (since.as_secs() + 2_208_988_800) << 32;
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    (seconds | fraction).wrapping_add_signed((ahead * PER_SECOND) as i64)
}

/// What the client printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// As it stands behind `server time: `.
    pub server_time: String,
    /// In seconds.
    pub offset: f64,
    /// In seconds.
    pub delay: f64,
}

/// Waits for the client's end, with exit code 0, and reads its four lines.
pub fn printed(bench: &mut Bench, client: Program) -> Result<Printed, Fault> {
    let ended = bench.end_of(client, crate::PATIENCE * 2)?.code(0)?;
    let text = ended.stdout_text();
    read(&text).ok_or_else(|| {
        Fault::expected(
            "the four lines `server time: YYYY-MM-DDTHH:MM:SS.ffffffZ`, `offset: +0.000000 s`, \
             `delay: 0.000000 s` and `stratum: 2` on stdout",
        )
        .got(wire::bytes::escape(text.as_bytes()))
    })
}

fn read(text: &str) -> Option<Printed> {
    let [time, offset, delay, "stratum: 2"] = text.lines().collect::<Vec<_>>()[..] else { return None };
    let offset = offset.strip_prefix("offset: ")?.strip_suffix(" s")?;
    let delay = delay.strip_prefix("delay: ")?.strip_suffix(" s")?;
    let six_digits = |number: &str| number.rsplit_once('.').is_some_and(|(_, fraction)| fraction.len() == 6);
    (offset.starts_with(['+', '-']) && six_digits(offset) && six_digits(delay)).then_some(())?;
    Some(Printed {
        server_time: time.strip_prefix("server time: ")?.to_owned(),
        offset: offset.parse().ok()?,
        delay: delay.parse().ok()?,
    })
}

/// The offset can be wrong by half the delay, and by what the programs take from a packet to their clocks.
pub fn expect_offset(printed: &Printed, ahead: f64) -> Result<(), Fault> {
    let tolerance = 0.05 + printed.delay.abs() / 2.0;
    ensure((printed.offset - ahead).abs() <= tolerance, || {
        Fault::expected(format!("an offset of {ahead:+} s, give or take {tolerance:.3} s"))
            .got(format!("{:+} s", printed.offset))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_seconds_since_1900_and_a_fraction() {
        let at = |seconds, nanoseconds| UNIX_EPOCH + Duration::new(seconds, nanoseconds);
        assert_eq!(timestamp(at(0, 0), 0.0), 2_208_988_800 << 32);
        // RFC 5905, figure 4: 1999-12-31 is second 3,155,587,200 of era 0 at its beginning.
        assert_eq!(timestamp(at(946_598_400, 500_000_000), 0.0), 3_155_587_200 << 32 | 1 << 31);
        assert_eq!(timestamp(at(10, 0), -2.5), (2_208_988_810_u64 << 32) - (5 << 31));
    }

    #[test]
    fn the_four_lines_are_read_and_nothing_else() {
        let text =
            "server time: 2025-01-20T14:30:45.500000Z\noffset: -2.500010 s\ndelay: 0.000210 s\nstratum: 2\n";
        let printed = read(text).unwrap();
        assert_eq!((printed.offset, printed.delay), (-2.50001, 0.00021));
        assert_eq!(read(&text.replace("-2.5", "2.5")), None, "a sign is missing");
        assert_eq!(read(&text.replace("0.000210", "0.00021")), None, "a digit is missing");
        assert_eq!(read(&text.replace("stratum: 2", "stratum: 3")), None);
    }
}
