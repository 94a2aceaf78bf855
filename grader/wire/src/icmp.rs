//! ICMP messages (RFC 792), without the IP header around them.

use etherparse::checksum::Sum16BitWords;

/// The type of an echo reply.
pub const ECHO_REPLY: u8 = 0;
/// The type of "destination unreachable".
pub const UNREACHABLE: u8 = 3;
/// The type of an echo request.
pub const ECHO_REQUEST: u8 = 8;

/// How many bytes after the quoted packet's IP header an error carries: "the first 64 bits of the original
/// data datagram's data" (RFC 792), which for TCP are the ports and the sequence number.
const QUOTED: usize = 8;

/// Any message, with a right checksum. `rest` is the header's second word.
pub fn message(kind: u8, code: u8, rest: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut message = [&[kind, code, 0, 0], &rest[..], payload].concat();
    // The crate adds words as they lie in memory, so the sum comes in network order already.
    let checksum = Sum16BitWords::new().add_slice(&message).ones_complement();
    message[2..4].copy_from_slice(&checksum.to_ne_bytes());
    message
}

/// "Are you there?"
pub fn echo_request(id: u16, sequence: u16, payload: &[u8]) -> Vec<u8> {
    message(ECHO_REQUEST, 0, echo_word(id, sequence), payload)
}

/// The answer to [`echo_request`]: same id, sequence number and payload, if it is an honest one.
pub fn echo_reply(id: u16, sequence: u16, payload: &[u8]) -> Vec<u8> {
    message(ECHO_REPLY, 0, echo_word(id, sequence), payload)
}

/// "Destination unreachable" with `code` about `packet` (an IPv4 packet, from its first header byte on),
/// quoting its header and the first 8 bytes after it.
pub fn unreachable(code: u8, packet: &[u8]) -> Vec<u8> {
    let header = packet.first().map_or(0, |first| usize::from(first & 0x0f) * 4);
    let quoted = &packet[..packet.len().min(header + QUOTED)];
    message(UNREACHABLE, code, [0; 4], quoted)
}

/// What a code of "destination unreachable" says, in short; 9 to 13 are "administratively" so (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1).
pub fn unreachable_reason(code: u8) -> &'static str {
    match code {
        0 => "network unreachable",
        1 => "host unreachable",
        2 => "protocol unreachable",
        3 => "port unreachable",
        4 => "fragmentation needed",
        9 => "network prohibited",
        10 => "host prohibited",
        13 => "communication prohibited",
        _ => "destination unreachable",
    }
}

fn echo_word(id: u16, sequence: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (id.to_be_bytes(), sequence.to_be_bytes());
    [a, b, c, d]
}
