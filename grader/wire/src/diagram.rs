//! A header drawn as a field diagram, with wrong fields marked.

use unicode_width::UnicodeWidthStr;

use crate::arp::{self, Packet};
use crate::decode::{Decoded, Tcp};

/// A header's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the protocols' own")]
pub enum Field {
    SourcePort,
    DestinationPort,
    SequenceNumber,
    AcknowledgmentNumber,
    DataOffset,
    Flags,
    Window,
    Checksum,
    UrgentPointer,
    Options,
    Operation,
    SenderMac,
    SenderIp,
    TargetMac,
    TargetIp,
}

/// The TCP header of a frame as RFC 793 §3.1 draws it, wrong fields marked with `✗`; one line of excuse if the
/// frame has none.
pub fn tcp_header(decoded: &Decoded, wrong: &[Field]) -> String {
    match &decoded.tcp {
        Some(tcp) => tcp_diagram(tcp, wrong),
        None => "this frame carries no TCP header\n".to_owned(),
    }
}

/// The ARP packet of a frame, wrong fields marked with `✗`; one line of excuse if the frame has none. Each address
/// has a row of its own, whatever its length.
pub fn arp(decoded: &Decoded, wrong: &[Field]) -> String {
    match &decoded.arp {
        Some(packet) => arp_diagram(packet, wrong),
        None => "this frame carries no ARP packet for Ethernet and IPv4\n".to_owned(),
    }
}

/// A text with such a drawing in it, for a screen that is too narrow for one: each field has a line of its own.
pub fn listed(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        match line.strip_prefix('│') {
            Some(cells) => {
                let fields = cells.split('│').map(str::trim).filter(|field| !field.is_empty());
                fields.for_each(|field| out.push_str(&format!("{field}\n")));
            }
            None if line.starts_with(['┌', '├', '└']) => {}
            None => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

/// How many columns of flags fit into eight bits' width beside a mark.
const FLAGS: usize = "RST,PSH,ACK".len();

fn tcp_diagram(tcp: &Tcp, wrong: &[Field]) -> String {
    let cell = |bits, field, text| Cell::new(bits, text, wrong.contains(&field));
    let flags = tcp.flags.to_string();
    let flags = if flags.len() <= FLAGS { flags } else { format!("flags 0x{:02x}", tcp.flags.0) };
    let mut rows = vec![
        vec![
            cell(16, Field::SourcePort, format!("source port {}", tcp.sport)),
            cell(16, Field::DestinationPort, format!("destination port {}", tcp.dport)),
        ],
        vec![cell(32, Field::SequenceNumber, format!("sequence number 0x{:08x}", tcp.seq))],
        vec![cell(32, Field::AcknowledgmentNumber, format!("acknowledgment number 0x{:08x}", tcp.ack))],
        vec![
            cell(8, Field::DataOffset, format!("offset {}", tcp.data_offset)),
            cell(8, Field::Flags, flags),
            cell(16, Field::Window, format!("window {}", tcp.window)),
        ],
        vec![
            cell(16, Field::Checksum, format!("checksum 0x{:04x}", tcp.checksum)),
            cell(16, Field::UrgentPointer, format!("urgent pointer {}", tcp.urgent_pointer)),
        ],
    ];
    if !tcp.options.is_empty() {
        let hex: Vec<String> = tcp.options.iter().map(|byte| format!("{byte:02x}")).collect();
        rows.push(vec![cell(32, Field::Options, format!("options {}", hex.join(" ")))]);
    }
    let mut out = draw(&rows);
    if wrong.contains(&Field::Checksum) && !tcp.checksum_ok {
        out.push_str(&format!(
            "✗ checksum: 0x{:04x} is here; pseudo-header, header and payload give 0x{:04x}\n",
            tcp.checksum, tcp.expected_checksum
        ));
    }
    out
}

fn arp_diagram(packet: &Packet, wrong: &[Field]) -> String {
    let cell = |bits, field, text| Cell::new(bits, text, wrong.contains(&field));
    let operation = match packet.operation {
        arp::REQUEST => "operation 1 (request)".to_owned(),
        arp::REPLY => "operation 2 (reply)".to_owned(),
        other => format!("operation {other}"),
    };
    draw(&[
        vec![
            Cell::new(16, "hardware type 1 (Ethernet)".to_owned(), false),
            Cell::new(16, "protocol type 0x0800 (IPv4)".to_owned(), false),
        ],
        vec![
            Cell::new(8, "hw length 6".to_owned(), false),
            Cell::new(8, "proto length 4".to_owned(), false),
            cell(16, Field::Operation, operation),
        ],
        vec![cell(32, Field::SenderMac, format!("sender MAC {}", packet.sender_mac))],
        vec![cell(32, Field::SenderIp, format!("sender IP {}", packet.sender_ip))],
        vec![cell(32, Field::TargetMac, format!("target MAC {}", packet.target_mac))],
        vec![cell(32, Field::TargetIp, format!("target IP {}", packet.target_ip))],
    ])
}

/// A field in a row of 32 bits.
struct Cell {
    bits: usize,
    text: String,
}

impl Cell {
    fn new(bits: usize, text: String, wrong: bool) -> Cell {
        Cell { bits, text: if wrong { format!("✗ {text}") } else { text } }
    }

    /// Columns between its borders: a bit takes two, and the next border is the last of them.
    fn columns(&self) -> usize {
        self.bits * 2 - 1
    }
}

/// Rows of cells, each row 32 bits wide, with borders.
fn draw(rows: &[Vec<Cell>]) -> String {
    let mut out = border(None, rows.first());
    for (at, row) in rows.iter().enumerate() {
        for cell in row {
            out.push('│');
            out.push_str(&filled(&cell.text, cell.columns()));
        }
        out.push_str("│\n");
        out.push_str(&border(Some(row), rows.get(at + 1)));
    }
    out
}

/// ` text `, cut or filled to so many columns.
fn filled(text: &str, columns: usize) -> String {
    let room = columns - 1;
    let text = if text.width() <= room {
        text.to_owned()
    } else {
        // Every text here is made of characters one column wide.
        text.chars().take(room - 1).chain(['…']).collect()
    };
    format!(" {text}{:1$}", "", room - text.width())
}

/// The line between two rows, with a joint wherever one of them has a border.
fn border(above: Option<&Vec<Cell>>, below: Option<&Vec<Cell>>) -> String {
    const COLUMNS: usize = 64;
    let joints = |row: Option<&Vec<Cell>>| -> Vec<usize> {
        let cells = row.into_iter().flatten();
        cells
            .scan(0, |at, cell| {
                *at += cell.bits * 2;
                Some(*at)
            })
            .collect()
    };
    let (up, down) = (joints(above), joints(below));
    let mut line: String = (1..COLUMNS)
        .map(|at| match (up.contains(&at), down.contains(&at)) {
            (true, true) => '┼',
            (true, false) => '┴',
            (false, true) => '┬',
            (false, false) => '─',
        })
        .collect();
    let (left, right) = match (above, below) {
        (None, _) => ('┌', '┐'),
        (_, None) => ('└', '┘'),
        _ => ('├', '┤'),
    };
    line.insert(0, left);
    line.push(right);
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::{Flags, MSS_1460, segment};
    use crate::{Mac, decode};

    fn syn() -> Vec<u8> {
        segment("10.77.0.1:40000".parse().unwrap(), "10.77.0.2:80".parse().unwrap())
            .flags(Flags::SYN)
            .seq(0x1a2b_3c4d)
            .options(&MSS_1460)
            .frame(Mac::of_host(1), Mac::of_host(2))
    }

    #[test]
    fn draws_a_segment_and_marks_a_wrong_checksum() {
        let mut frame = syn();
        frame[14 + 20 + 16..][..2].copy_from_slice(&[0, 0]);
        insta::assert_snapshot!(tcp_header(&decode(&frame), &[Field::Checksum]), @r#"
        ┌───────────────────────────────┬───────────────────────────────┐
        │ source port 40000             │ destination port 80           │
        ├───────────────────────────────┴───────────────────────────────┤
        │ sequence number 0x1a2b3c4d                                    │
        ├───────────────────────────────────────────────────────────────┤
        │ acknowledgment number 0x00000000                              │
        ├───────────────┬───────────────┬───────────────────────────────┤
        │ offset 6      │ SYN           │ window 64240                  │
        ├───────────────┴───────────────┼───────────────────────────────┤
        │ ✗ checksum 0x0000             │ urgent pointer 0              │
        ├───────────────────────────────┴───────────────────────────────┤
        │ options 02 04 05 b4                                           │
        └───────────────────────────────────────────────────────────────┘
        ✗ checksum: 0x0000 is here; pseudo-header, header and payload give 0x9590
        "#);
    }

    #[test]
    fn many_flags_are_told_in_hex() {
        let mut frame = syn();
        frame[14 + 20 + 13] = 0xff;
        insta::assert_snapshot!(tcp_header(&decode(&frame), &[Field::Flags, Field::SourcePort]), @r#"
        ┌───────────────────────────────┬───────────────────────────────┐
        │ ✗ source port 40000           │ destination port 80           │
        ├───────────────────────────────┴───────────────────────────────┤
        │ sequence number 0x1a2b3c4d                                    │
        ├───────────────────────────────────────────────────────────────┤
        │ acknowledgment number 0x00000000                              │
        ├───────────────┬───────────────┬───────────────────────────────┤
        │ offset 6      │ ✗ flags 0xff  │ window 64240                  │
        ├───────────────┴───────────────┼───────────────────────────────┤
        │ checksum 0x9590               │ urgent pointer 0              │
        ├───────────────────────────────┴───────────────────────────────┤
        │ options 02 04 05 b4                                           │
        └───────────────────────────────────────────────────────────────┘
        "#);
    }

    #[test]
    fn draws_an_arp_packet() {
        let frame =
            arp::reply(Mac::of_host(66), [10, 77, 0, 2].into(), Mac::of_host(1), [10, 77, 0, 1].into());
        insta::assert_snapshot!(arp(&decode(&frame), &[Field::SenderMac]), @r#"
        ┌───────────────────────────────┬───────────────────────────────┐
        │ hardware type 1 (Ethernet)    │ protocol type 0x0800 (IPv4)   │
        ├───────────────┬───────────────┼───────────────────────────────┤
        │ hw length 6   │ proto length 4│ operation 2 (reply)           │
        ├───────────────┴───────────────┴───────────────────────────────┤
        │ ✗ sender MAC 02:00:0a:4d:00:42                                │
        ├───────────────────────────────────────────────────────────────┤
        │ sender IP 10.77.0.2                                           │
        ├───────────────────────────────────────────────────────────────┤
        │ target MAC 02:00:0a:4d:00:01                                  │
        ├───────────────────────────────────────────────────────────────┤
        │ target IP 10.77.0.1                                           │
        └───────────────────────────────────────────────────────────────┘
        "#);
    }

    #[test]
    fn where_it_does_not_fit_it_is_a_list() {
        let mut frame = syn();
        frame[14 + 20 + 16..][..2].copy_from_slice(&[0, 0]);
        insta::assert_snapshot!(listed(&tcp_header(&decode(&frame), &[Field::Checksum])), @r"
        source port 40000
        destination port 80
        sequence number 0x1a2b3c4d
        acknowledgment number 0x00000000
        offset 6
        SYN
        window 64240
        ✗ checksum 0x0000
        urgent pointer 0
        options 02 04 05 b4
        ✗ checksum: 0x0000 is here; pseudo-header, header and payload give 0x9590
        ");
        assert_eq!(listed("no diagram\n"), "no diagram\n");
    }

    #[test]
    fn says_so_if_there_is_nothing_to_draw() {
        assert_eq!(tcp_header(&Decoded::default(), &[]), "this frame carries no TCP header\n");
        assert_eq!(arp(&decode(&syn()), &[]), "this frame carries no ARP packet for Ethernet and IPv4\n");
    }
}
