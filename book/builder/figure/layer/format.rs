//! The headers' formats, as their standards draw them.

use super::value::Kind::{self, *};

/// One layer's header.
pub(super) struct Format {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// 32 bits each, but a longer field has a row of its own.
    pub(super) rows: &'static [&'static [Field]],
    /// What follows them, if anything may.
    pub(super) rest: Option<&'static str>,
}

/// One field of a header.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) short: &'static str,
    pub(super) bits: usize,
    pub(super) kind: Kind,
}

const fn field(name: &'static str, bits: usize, kind: Kind) -> Field {
    Field { name, short: name, bits, kind }
}

/// A field whose name is too long for its bits.
const fn short(name: &'static str, short: &'static str, bits: usize, kind: Kind) -> Field {
    Field { name, short, bits, kind }
}

/// The names of all formats.
pub(in crate::figure) fn names() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.name).collect()
}

/// The format of that name.
pub(super) fn named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

static FORMATS: [Format; 9] = [
    // IEEE 802.3 §3.1.1, as Ethernet II uses it
    Format {
        name: "ethernet",
        title: "Ethernet",
        rows: &[
            &[field("destination", 48, Mac)],
            &[field("source", 48, Mac)],
            &[field("type", 16, EtherType)],
        ],
        rest: None,
    },
    // RFC 826
    Format {
        name: "arp",
        title: "ARP",
        rows: &[
            &[field("hardware type", 16, Named(&[(1, "Ethernet")])), field("protocol type", 16, EtherType)],
            &[
                short("hardware length", "hw length", 8, Decimal),
                short("protocol length", "p length", 8, Decimal),
                field("operation", 16, Named(&[(1, "request"), (2, "reply")])),
            ],
            &[field("sender MAC", 48, Mac)],
            &[field("sender IP", 32, Ip)],
            &[field("target MAC", 48, Mac)],
            &[field("target IP", 32, Ip)],
        ],
        rest: None,
    },
    // RFC 791 §3.1; type of service as RFC 2474 renamed it
    Format {
        name: "ipv4",
        title: "IPv4",
        rows: &[
            &[
                short("version", "ver.", 4, Decimal),
                short("header length", "IHL", 4, Decimal),
                short("type of service", "service", 8, Hex),
                field("total length", 16, Decimal),
            ],
            &[
                field("identification", 16, Hex),
                short("flags", "flg", 3, FragmentFlags),
                field("fragment offset", 13, Decimal),
            ],
            &[
                short("time to live", "TTL", 8, Decimal),
                field("protocol", 8, Named(&[(1, "ICMP"), (6, "TCP"), (17, "UDP")])),
                field("header checksum", 16, Hex),
            ],
            &[field("source", 32, Ip)],
            &[field("destination", 32, Ip)],
        ],
        rest: Some("options"),
    },
    // RFC 792, "Echo or Echo Reply Message"
    Format {
        name: "icmp",
        title: "ICMP echo",
        rows: &[
            &[
                field("type", 8, Named(&[(0, "reply"), (8, "request")])),
                field("code", 8, Decimal),
                field("checksum", 16, Hex),
            ],
            &[field("identifier", 16, Hex), field("sequence number", 16, Decimal)],
        ],
        rest: None,
    },
    // RFC 768
    Format {
        name: "udp",
        title: "UDP",
        rows: &[
            &[field("source port", 16, Decimal), field("destination port", 16, Decimal)],
            &[field("length", 16, Decimal), field("checksum", 16, Hex)],
        ],
        rest: None,
    },
    // RFC 9293 §3.1
    Format {
        name: "tcp",
        title: "TCP",
        rows: &[
            &[field("source port", 16, Decimal), field("destination port", 16, Decimal)],
            &[field("sequence number", 32, Hex)],
            &[field("acknowledgment number", 32, Hex)],
            &[
                short("data offset", "offs.", 4, Decimal),
                short("reserved", "rsv", 4, Decimal),
                field("flags", 8, TcpFlags),
                field("window", 16, Decimal),
            ],
            &[field("checksum", 16, Hex), field("urgent pointer", 16, Decimal)],
        ],
        rest: Some("options"),
    },
    // RFC 5905 §7.3
    Format {
        name: "ntp",
        title: "NTP",
        rows: &[
            &[
                short("leap indicator", "LI", 2, Decimal),
                short("version number", "VN", 3, Decimal),
                short("mode", "mod", 3, Decimal),
                field("stratum", 8, Decimal),
                field("poll", 8, Decimal),
                field("precision", 8, Signed),
            ],
            &[field("root delay", 32, ShortSeconds)],
            &[field("root dispersion", 32, ShortSeconds)],
            &[field("reference id", 32, Ip)],
            &[field("reference timestamp", 64, NtpTime)],
            &[field("origin timestamp", 64, NtpTime)],
            &[field("receive timestamp", 64, NtpTime)],
            &[field("transmit timestamp", 64, NtpTime)],
        ],
        rest: None,
    },
    Format { name: "payload", title: "payload", rows: &[], rest: Some("payload") },
    Format { name: "padding", title: "padding", rows: &[], rest: Some("padding") },
];
