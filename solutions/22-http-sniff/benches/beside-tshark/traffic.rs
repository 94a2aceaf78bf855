//! A capture of many visits at once.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// Connections, each of [`FRAMES`] frames and two requests.
pub(crate) const CONNECTIONS: u32 = 25_000;
/// Frames of one connection.
pub(crate) const FRAMES: u32 = 40;
/// Requests of all connections.
pub(crate) const REQUESTS: u32 = CONNECTIONS * 2;

/// So many connections are open at a time, and take turns.
const AT_ONCE: u32 = 100;
/// Of so many connections one has its second request in two segments; of the others it is sent twice.
const SPLIT: u32 = 100;
/// What a response segment holds, in bytes; and how many there are for each request.
const DATA: usize = 366;
const SEGMENTS: u32 = 7;

const SYN: u8 = 0x02;
const FIN_ACK: u8 = 0x11;
const SYN_ACK: u8 = 0x12;
const PSH_ACK: u8 = 0x18;
const ACK: u8 = 0x10;

/// Writes the capture: pcap, little-endian, microseconds.
pub(crate) fn write(path: &Path) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1_u32] {
        out.write_all(&word.to_le_bytes())?;
    }
    let mut micros = 0;
    for first in (0..CONNECTIONS).step_by(AT_ONCE as usize) {
        let talks: Vec<Vec<Vec<u8>>> = (first..first + AT_ONCE).map(frames).collect();
        for turn in 0..FRAMES as usize {
            for talk in &talks {
                let frame = &talk[turn];
                let length = frame.len() as u32;
                micros += 50;
                for word in [1_737_383_445 + micros / 1_000_000, micros % 1_000_000, length, length] {
                    out.write_all(&word.to_le_bytes())?;
                }
                out.write_all(frame)?;
            }
        }
    }
    out.flush()
}

/// The frames of one connection.
fn frames(number: u32) -> Vec<Vec<u8>> {
    let mut talk = Talk { number, sent: 1000 + number, received: 5000 + number, frames: Vec::new() };
    talk.client(SYN, b"");
    talk.sent += 1;
    talk.server(SYN_ACK, b"");
    talk.received += 1;
    talk.client(ACK, b"");
    for part in 0..2 {
        let request = format!(
            "GET /visit/{number}/{part} HTTP/1.1\r\nHost: site-{}.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\nCookie: session={:032x}\r\n\r\n",
            number % 500,
            u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834)
        );
        let request = request.as_bytes();
        match part {
            0 => talk.asks(request),
            // The cut is within the host's name.
            _ if number.is_multiple_of(SPLIT) => {
                let (one, other) =
                    request.split_at(request.iter().position(|&byte| byte == b':').unwrap_or(0) + 4);
                talk.client(PSH_ACK, one);
                talk.sent += one.len() as u32;
                talk.asks(other);
            }
            _ => {
                talk.client(PSH_ACK, request);
                talk.asks(request);
            }
        }
        for segment in 0..SEGMENTS {
            talk.answers(segment);
        }
    }
    talk.client(FIN_ACK, b"");
    talk.sent += 1;
    talk.server(ACK, b"");
    talk.server(FIN_ACK, b"");
    talk.received += 1;
    talk.client(ACK, b"");
    assert_eq!(talk.frames.len(), FRAMES as usize);
    talk.frames
}

/// A connection that is being written down.
struct Talk {
    number: u32,
    sent: u32,
    received: u32,
    frames: Vec<Vec<u8>>,
}

impl Talk {
    fn client(&mut self, flags: u8, payload: &[u8]) {
        let frame = frame(self.number, true, self.sent, self.received, flags, payload);
        self.frames.push(frame);
    }

    fn server(&mut self, flags: u8, payload: &[u8]) {
        let frame = frame(self.number, false, self.received, self.sent, flags, payload);
        self.frames.push(frame);
    }

    fn asks(&mut self, request: &[u8]) {
        self.client(PSH_ACK, request);
        self.sent += request.len() as u32;
        self.server(ACK, b"");
    }

    /// One segment of a response; the first one has its head.
    fn answers(&mut self, segment: u32) {
        let mut data = vec![b'x'; DATA];
        if segment == 0 {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ";
            let body = |head: usize| DATA * SEGMENTS as usize - head;
            let head = format!("{head}{}\r\n\r\n", body(head.len() + 8));
            data[..head.len()].copy_from_slice(head.as_bytes());
        }
        self.server(PSH_ACK, &data);
        self.received += DATA as u32;
        self.client(ACK, b"");
    }
}

/// A frame between a client, which has an address of its own, and one of 250 servers. Checksums are zero, as the captures of
/// machines have them whose cards compute them.
fn frame(number: u32, from_client: bool, seq: u32, ack: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let [_, _, high, low] = number.to_be_bytes();
    let client = ([10, 1, high, low], 40_000 + (number % 20_000) as u16);
    let server = ([192, 0, 2, (number % 250) as u8 + 1], 80_u16);
    let (from, to) = if from_client { (client, server) } else { (server, client) };
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45, 0];
    frame.extend((40 + payload.len() as u16).to_be_bytes());
    frame.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
    frame.extend(from.0);
    frame.extend(to.0);
    frame.extend(from.1.to_be_bytes());
    frame.extend(to.1.to_be_bytes());
    frame.extend(seq.to_be_bytes());
    frame.extend(if flags == SYN { 0 } else { ack }.to_be_bytes());
    frame.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    frame.extend(payload);
    frame
}
