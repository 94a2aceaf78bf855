//! TCP segments (RFC 793), built bit by bit.

use std::fmt;
use std::net::SocketAddrV4;
use std::ops::BitOr;

use etherparse::TcpHeader;

use crate::ether::{self, Mac};
use crate::ipv4;

/// The flag bits of the header's byte 13.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(pub u8);

impl Flags {
    /// No flag at all.
    pub const NONE: Flags = Flags(0x00);
    /// No more data from the sender.
    pub const FIN: Flags = Flags(0x01);
    /// Synchronize sequence numbers.
    pub const SYN: Flags = Flags(0x02);
    /// Reset the connection.
    pub const RST: Flags = Flags(0x04);
    /// Push.
    pub const PSH: Flags = Flags(0x08);
    /// The acknowledgment field is significant.
    pub const ACK: Flags = Flags(0x10);
    /// The urgent pointer is significant.
    pub const URG: Flags = Flags(0x20);
    /// Congestion was experienced, or ECN is offered (RFC 3168).
    pub const ECE: Flags = Flags(0x40);
    /// The congestion window was reduced (RFC 3168).
    pub const CWR: Flags = Flags(0x80);

    /// Whether all of `flags` are set.
    pub const fn contains(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether any of `flags` is set.
    pub const fn intersects(self, flags: Flags) -> bool {
        self.0 & flags.0 != 0
    }
}

impl BitOr for Flags {
    type Output = Flags;

    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// `SYN,ACK`; in the order in which the labs print them: SYN, FIN, RST, PSH, ACK, URG, ECE, CWR.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Flags::SYN, "SYN"),
            (Flags::FIN, "FIN"),
            (Flags::RST, "RST"),
            (Flags::PSH, "PSH"),
            (Flags::ACK, "ACK"),
            (Flags::URG, "URG"),
            (Flags::ECE, "ECE"),
            (Flags::CWR, "CWR"),
        ];
        let set: Vec<&str> =
            names.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| *name).collect();
        f.pad(&if set.is_empty() { "no flags".to_owned() } else { set.join(",") })
    }
}

/// A segment under construction: [`segment`] starts one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    source: SocketAddrV4,
    destination: SocketAddrV4,
    seq: u32,
    ack: u32,
    flags: Flags,
    window: u16,
    options: Vec<u8>,
    payload: Vec<u8>,
}

/// The receive window that scripted hosts advertise, in bytes: what Linux offers first on Ethernet.
pub const WINDOW: u16 = 64_240;

/// The option "maximum segment size 1460" (RFC 793 §3.1): what fits into Ethernet's 1500 bytes.
pub const MSS_1460: [u8; 4] = [2, 4, 0x05, 0xb4];

/// A segment without flags, payload or options, with sequence number 0.
pub fn segment(source: SocketAddrV4, destination: SocketAddrV4) -> Segment {
    Segment {
        source,
        destination,
        seq: 0,
        ack: 0,
        flags: Flags::NONE,
        window: WINDOW,
        options: Vec::new(),
        payload: Vec::new(),
    }
}

impl Segment {
    /// Sets the sequence number.
    pub fn seq(mut self, seq: u32) -> Segment {
        self.seq = seq;
        self
    }

    /// Sets the acknowledgment number and the ACK flag.
    pub fn ack(mut self, ack: u32) -> Segment {
        self.ack = ack;
        self.flags = self.flags | Flags::ACK;
        self
    }

    /// Adds flags to those already set.
    pub fn flags(mut self, flags: Flags) -> Segment {
        self.flags = self.flags | flags;
        self
    }

    /// Sets the advertised window, in bytes.
    pub fn window(mut self, window: u16) -> Segment {
        self.window = window;
        self
    }

    /// Sets the options, in their wire form; padded with zeros to a multiple of four.
    ///
    /// # Panics
    /// When the segment is built, if they are longer than 40 bytes.
    pub fn options(mut self, options: &[u8]) -> Segment {
        self.options = options.to_vec();
        self
    }

    /// Sets the payload.
    pub fn payload(mut self, payload: &[u8]) -> Segment {
        self.payload = payload.to_vec();
        self
    }

    /// Header and payload with a right checksum over the pseudo-header (RFC 793 §3.1).
    pub fn to_bytes(&self) -> Vec<u8> {
        let has = |flag| self.flags.contains(flag);
        let mut header = TcpHeader {
            acknowledgment_number: self.ack,
            fin: has(Flags::FIN),
            syn: has(Flags::SYN),
            rst: has(Flags::RST),
            psh: has(Flags::PSH),
            ack: has(Flags::ACK),
            urg: has(Flags::URG),
            ece: has(Flags::ECE),
            cwr: has(Flags::CWR),
            ..TcpHeader::new(self.source.port(), self.destination.port(), self.seq, self.window)
        };
        header.set_options_raw(&self.options).expect("TCP options fit into 40 bytes");
        header.checksum = header
            .calc_checksum_ipv4_raw(self.source.ip().octets(), self.destination.ip().octets(), &self.payload)
            .expect("the payload fits into one segment");
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// The segment in an IPv4 packet, in a frame between two stations.
    ///
    /// # Panics
    /// If the payload doesn't fit into one packet.
    pub fn frame(&self, source: Mac, destination: Mac) -> Vec<u8> {
        let packet = ipv4::packet(*self.source.ip(), *self.destination.ip(), ipv4::TCP, &self.to_bytes());
        ether::frame(source, destination, ether::IPV4, &packet)
    }
}
