//! A field's value as people read it.

use std::net::Ipv4Addr;
use std::time::Duration;

use wire::tcp::Flags;

use crate::figure::words::time_of_day;

/// What the bits of a field mean.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Decimal,
    /// All its digits, after `0x`.
    Hex,
    /// A number of which some values have names.
    Named(&'static [(u64, &'static str)]),
    EtherType,
    /// Two's complement, 8 bits.
    Signed,
    /// The three bits before a fragment's offset (RFC 791 §3.1).
    FragmentFlags,
    TcpFlags,
    Mac,
    Ip,
    /// NTP's short format: 16 bits of seconds, 16 bits of a second's parts (RFC 5905 §6).
    ShortSeconds,
    /// NTP's timestamp: 32 bits each, since 1900-01-01 00:00 UTC. Only the time of day is told.
    NtpTime,
}

/// The value of `count` bits from bit `from` on; bit 0 is the highest of the first byte.
pub(super) fn of(kind: Kind, bytes: &[u8], from: usize, count: usize) -> String {
    let number = bits(bytes, from, count);
    match kind {
        Kind::Decimal => number.to_string(),
        Kind::Hex => format!("0x{number:0digits$x}", digits = count.div_ceil(4)),
        Kind::Named(names) => named(number.to_string(), names, number),
        Kind::EtherType => {
            named(format!("0x{number:04x}"), &[(0x0800, "IPv4"), (0x0806, "ARP"), (0x86dd, "IPv6")], number)
        }
        Kind::Signed => low_byte(number).cast_signed().to_string(),
        Kind::FragmentFlags => ["0", "MF", "DF", "DF,MF"][usize::from(low_byte(number) & 3)].to_owned(),
        Kind::TcpFlags => Flags(low_byte(number)).to_string(),
        Kind::Mac => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"),
        Kind::Ip => Ipv4Addr::from_bits(u32::try_from(number).unwrap_or_default()).to_string(),
        Kind::ShortSeconds => format!("{:.6} s", parts(number, 16)),
        Kind::NtpTime if number == 0 => "0, not set".to_owned(),
        Kind::NtpTime => ntp_time_of_day(number),
    }
}

/// Of bytes that have no fields, only how many they are.
pub(super) fn of_rest(bytes: &[u8]) -> String {
    match bytes.len() {
        1 => "1 byte".to_owned(),
        length => format!("{length} bytes"),
    }
}

fn named(told: String, names: &[(u64, &str)], number: u64) -> String {
    match names.iter().find(|(value, _)| *value == number) {
        Some((_, name)) => format!("{told} {name}"),
        None => told,
    }
}

/// Fixed point: the number's low `bits` are the parts of one.
fn parts(number: u64, bits: u32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "what is lost is less than a figure shows")]
    let (number, one) = (number as f64, (1_u64 << bits) as f64);
    number / one
}

/// NTP's seconds count from a midnight, as those of Unix do; the captures are of its era 0, which lasts until 2036.
fn ntp_time_of_day(timestamp: u64) -> String {
    let nanoseconds = ((timestamp & 0xffff_ffff) * 1_000_000_000) >> 32;
    time_of_day(Duration::from_secs(timestamp >> 32) + Duration::from_nanos(nanoseconds))
}

fn low_byte(number: u64) -> u8 {
    number.to_be_bytes()[7]
}

fn bits(bytes: &[u8], from: usize, count: usize) -> u64 {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| u64::from(byte >> (7 - at % 8) & 1));
    (from..from + count).fold(0, |number, at| number << 1 | bit(at))
}
