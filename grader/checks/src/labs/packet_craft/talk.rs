//! A TCP connection that nobody has seen before: its frames, and the lines that `tcp-watch` must print of them.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use wire::tcp::{Flags, MSS_1460, segment};
use wire::{Mac, ether};

use crate::{Bench, Fault, capture};

/// One of the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Who connects.
    Client,
    /// Who listens.
    Server,
}

use Side::{Client, Server};

impl Side {
    fn other(self) -> Side {
        if self == Client { Server } else { Client }
    }
}

/// One end, with its numbers as they are on the wire.
#[derive(Debug, Clone, Copy)]
struct End {
    address: SocketAddrV4,
    mac: Mac,
    /// Its initial sequence number.
    start: u32,
    /// The number of what it sends next.
    next: u32,
}

impl End {
    fn new(host: u8, port: u16, start: u32) -> End {
        let address = SocketAddrV4::new(Ipv4Addr::new(10, 77, 0, host), port);
        End { address, mac: Mac::of_host(host), start, next: start }
    }
}

/// A connection while it goes on.
#[derive(Debug, Clone)]
pub struct Talk {
    ends: [End; 2],
    frames: Vec<Vec<u8>>,
    lines: Vec<String>,
}

impl Talk {
    /// A connection that has not begun, between random ports, with these initial sequence numbers.
    pub fn numbered(bench: &mut Bench, client: u32, server: u32) -> Talk {
        // Two different ones: by the server's the connection is found.
        let (from, to) = (bench.random().u16(32_768..), bench.random().u16(1..32_768));
        Talk {
            ends: [End::new(1, from, client), End::new(2, to, server)],
            frames: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// The same with random numbers.
    pub fn new(bench: &mut Bench) -> Talk {
        let [client, server] = [(); 2].map(|()| bench.random().u32(..));
        Talk::numbered(bench, client, server)
    }

    /// Its handshake.
    pub fn opens(&mut self) -> &mut Talk {
        self.says(Client, Flags::SYN, 0).says(Server, Flags::SYN | Flags::ACK, 0);
        self.says(Client, Flags::ACK, 0).line("handshake: 3-way")
    }

    /// A segment with that many bytes; with ACK it acknowledges all that was sent to it.
    pub fn says(&mut self, from: Side, flags: Flags, bytes: u16) -> &mut Talk {
        self.says_late(from, flags, bytes, 0)
    }

    /// A segment that was sent before the last so many numbers of the other side had arrived.
    pub fn says_late(&mut self, from: Side, flags: Flags, bytes: u16, unseen: u32) -> &mut Talk {
        let (me, peer) = (self.ends[from as usize], self.ends[from.other() as usize]);
        let mut told = segment(me.address, peer.address).flags(flags).seq(me.next);
        let arrow = if from == Client { "C>S" } else { "S>C" };
        let mut line = format!("{arrow} {flags} seq={}", me.next.wrapping_sub(me.start));
        if flags.contains(Flags::ACK) {
            let ack = peer.next.wrapping_sub(unseen);
            told = told.ack(ack);
            line += &format!(" ack={}", ack.wrapping_sub(peer.start));
        }
        if flags.contains(Flags::SYN) {
            told = told.options(&MSS_1460);
        }
        if bytes > 0 {
            told = told.payload(&vec![b'x'; bytes.into()]);
            line += &format!(" len={bytes}");
        }
        let numbers =
            u32::from(bytes) + u32::from(flags.contains(Flags::SYN)) + u32::from(flags.contains(Flags::FIN));
        self.ends[from as usize].next = me.next.wrapping_add(numbers);
        // As they come in from a wire: short ones filled up.
        self.frames.push(ether::padded(told.frame(me.mac, peer.mac)));
        self.line(&line)
    }

    /// The last segment once more. The line of what it completed the first time is not told again.
    pub fn repeats(&mut self) -> &mut Talk {
        let mut segments = self.lines.iter().filter(|line| line.contains('>'));
        let again = segments.next_back().cloned().unwrap_or_default();
        self.frames.extend(self.frames.last().cloned());
        self.line(&again)
    }

    /// The server has nobody there: RST+ACK with sequence number 0, which counts as 1.
    pub fn is_refused(&mut self) -> &mut Talk {
        self.says(Client, Flags::SYN, 0);
        self.ends[Server as usize].next = 0;
        self.ends[Server as usize].start = u32::MAX;
        self.says(Server, Flags::RST | Flags::ACK, 0).line("close: refused")
    }

    /// A line that follows.
    pub fn line(&mut self, line: &str) -> &mut Talk {
        self.lines.push(line.to_owned());
        self
    }

    /// The server's port, as an argument.
    pub fn port(&self) -> String {
        self.ends[Server as usize].address.port().to_string()
    }

    /// Its frames so far.
    pub fn frames(&self) -> &[Vec<u8>] {
        &self.frames
    }

    /// All lines, as the program prints them.
    pub fn lines(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Has a capture of it watched, and compares every line.
    pub fn expect_told(&self, bench: &mut Bench) -> Result<(), Fault> {
        let file = capture(Duration::from_millis(1), self.frames.iter().cloned())?;
        self.expect_told_of(bench, &file)
    }

    /// The same with a capture that was made of it elsewhere.
    pub fn expect_told_of(&self, bench: &mut Bench, capture: &[u8]) -> Result<(), Fault> {
        for frame in &self.frames {
            bench.remark(wire::summary(frame));
        }
        super::watch(bench, capture, &self.port())?.code(0)?.stdout_is(&self.lines()).map(drop)
    }
}
