//! The 48 bytes of NTP (RFC 5905 §7.3).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! ├───┴─────┴─────┼───────────────┼───────────────┼───────────────┤
//! │LI │ VN  │Mode │    Stratum    │     Poll      │   Precision   │   bytes  0..4
//! │                          Root delay                           │          4..8
//! │                        Root dispersion                        │          8..12
//! │                         Reference id                          │         12..16
//! │                      Reference timestamp                      │         16..24
//! │                       Origin timestamp                        │         24..32
//! │                       Receive timestamp                       │         32..40
//! │                       Transmit timestamp                      │         40..48
//! ```
//!
//! All numbers are in network byte order: the most significant byte first.

use crate::time::NtpTs;

/// The length of a packet without extensions, in bytes.
pub const LENGTH: usize = 48;

/// The mode of a request.
pub const CLIENT: u8 = 3;

/// The mode of an answer.
pub const SERVER: u8 = 4;

/// A packet, field by field, in the order of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NtpPacket {
    /// Leap indicator, 2 bits: 1 and 2 announce a leap second, 3 says that the sender's clock is not synchronised.
    pub li: u8,
    /// Version number, 3 bits: 4 today.
    pub vn: u8,
    /// Mode, 3 bits: [`CLIENT`], [`SERVER`], and others that are no business of this lab.
    pub mode: u8,
    /// How far the sender is from a reference clock: 1 has one, 2 asks a server that has one, and so on to 15.
    /// 0 is a kiss of death, 16 is not synchronised.
    pub stratum: u8,
    /// How often the sender asks: every 2^`poll` seconds.
    pub poll: i8,
    /// How fine the sender's clock is: 2^`precision` seconds.
    pub precision: i8,
    /// Round trip to the reference clock, in units of 2^-16 s.
    pub root_delay: u32,
    /// The greatest error of the sender's clock, in units of 2^-16 s.
    pub root_disp: u32,
    /// Which reference: four letters at strata 0 and 1, an address above.
    pub ref_id: [u8; 4],
    /// When the sender's clock was last set.
    pub ref_ts: NtpTs,
    /// In an answer: the `xmit_ts` of the request.
    pub orig_ts: NtpTs,
    /// In an answer: when the request arrived.
    pub recv_ts: NtpTs,
    /// When the packet left.
    pub xmit_ts: NtpTs,
}

/// Why bytes are no packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Fewer than 48 bytes.
    #[error("{0} bytes are no NTP packet, which has at least {LENGTH}")]
    TooShort(usize),
}

impl NtpPacket {
    /// The packet as it is sent.
    ///
    /// Of `li`, `vn` and `mode` only so many bits count as their fields have.
    pub fn to_bytes(&self) -> [u8; LENGTH] {
        todo!("every field at its place, in network byte order")
    }

    /// The packet that these bytes are. What stands behind the first 48 (extensions, a signature) is passed over.
    ///
    /// # Errors
    ///
    /// When there are fewer than 48 bytes. Any 48 bytes are a packet; whether it makes sense is asked elsewhere.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        todo!("the reverse of to_bytes, if there are 48 bytes")
    }
}

// Your part: steps that you like to have as functions of their own
