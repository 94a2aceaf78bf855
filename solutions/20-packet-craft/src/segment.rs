//! What a connection's watcher knows of a segment, and what it says (given).

use std::fmt;

use pnet::packet::tcp::TcpFlags;

/// One of the two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Who opened the connection.
    Client,
    /// Who was there.
    Server,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// A segment of one connection, with the numbers that are on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seg {
    /// Who sent it.
    pub from: Side,
    /// The flags, bits of [`TcpFlags`].
    pub flags: u8,
    /// The number of its first byte.
    pub seq: u32,
    /// The number of the next byte that its sender expects; counts with the flag ACK only.
    pub ack: u32,
    /// How many bytes it carries.
    pub len: u32,
}

impl Seg {
    /// Whether that flag is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// What is to be told of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A segment, with relative numbers; `ack` if the flag ACK is set.
    Segment {
        /// Who sent it.
        from: Side,
        /// Its flags.
        flags: u8,
        /// Its number.
        seq: u32,
        /// The number that it expects.
        ack: Option<u32>,
        /// How many bytes it carries.
        len: u32,
    },
    /// SYN, SYN+ACK and ACK: the connection is open.
    Handshake,
    /// The connection is over.
    Closed(Close),
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// FIN, ACK, FIN, ACK.
    FourWay,
    /// FIN, FIN+ACK, ACK.
    ThreeSegment,
    /// RST, on a connection or on its way to one.
    Reset,
    /// Both FINs were on their way at the same time.
    Simultaneous,
    /// RST was the server's answer to the SYN.
    Refused,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Segment { from, flags, seq, ack, len } => {
                let direction = match from {
                    Side::Client => "C>S",
                    Side::Server => "S>C",
                };
                write!(f, "{direction} {} seq={seq}", flag_names(*flags))?;
                if let Some(ack) = ack {
                    write!(f, " ack={ack}")?;
                }
                if *len > 0 {
                    write!(f, " len={len}")?;
                }
                Ok(())
            }
            Event::Handshake => f.write_str("handshake: 3-way"),
            Event::Closed(close) => write!(f, "close: {close}"),
        }
    }
}

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Close::FourWay => "4-way",
            Close::ThreeSegment => "3-segment",
            Close::Reset => "reset",
            Close::Simultaneous => "simultaneous",
            Close::Refused => "refused",
        })
    }
}

/// The flags' names, in the order SYN, FIN, RST, PSH, ACK, and then those that speak of other things; `-` for none.
pub fn flag_names(flags: u8) -> String {
    let names = [
        (TcpFlags::SYN, "SYN"),
        (TcpFlags::FIN, "FIN"),
        (TcpFlags::RST, "RST"),
        (TcpFlags::PSH, "PSH"),
        (TcpFlags::ACK, "ACK"),
        (TcpFlags::URG, "URG"),
        (TcpFlags::ECE, "ECE"),
        (TcpFlags::CWR, "CWR"),
    ];
    let set: Vec<&str> =
        names.into_iter().filter(|(flag, _)| flags & flag != 0).map(|(_, name)| name).collect();
    if set.is_empty() { "-".to_owned() } else { set.join(",") }
}
