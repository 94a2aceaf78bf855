//! Frames on their way into a capture file.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::{DataLink, Endianness, PcapError};

use crate::world::Seen;

/// Collects frames and writes them as pcapng with nanosecond times, for tcpdump and Wireshark.
#[derive(Debug, Clone, Default)]
pub struct Capture {
    start: Duration,
    frames: Vec<(Duration, Vec<u8>, Option<String>)>,
}

/// The interface name in the file: the student's end of the wire.
const INTERFACE: &str = "lab0";

/// An option's length has 16 bits; no remark needs so many.
const LONGEST_COMMENT: usize = 1000;

impl Capture {
    /// An empty capture; `start` is the check's start, since 1970-01-01 00:00:00 UTC.
    pub fn new(start: Duration) -> Capture {
        Capture { start, frames: Vec::new() }
    }

    /// Adds a frame at a time since the start, with a comment (cut after 1000 characters) that Wireshark
    /// shows beside it.
    pub fn add(&mut self, at: Duration, frame: &[u8], comment: Option<&str>) {
        let comment = comment.map(|comment| comment.chars().take(LONGEST_COMMENT).collect());
        self.frames.push((at, frame.to_vec(), comment));
    }

    /// Adds everything a world saw.
    pub fn add_seen(&mut self, seen: &[Seen]) {
        for seen in seen {
            self.add(seen.at, &seen.frame, None);
        }
    }

    /// Writes the file's bytes, frames in order of time.
    pub fn write_to(&self, out: impl Write) -> io::Result<()> {
        let mut frames: Vec<_> = self.frames.iter().collect();
        frames.sort_by_key(|(at, ..)| *at);
        let mut out = BufWriter::new(out);
        let mut writer = PcapNgWriter::with_endianness(&mut out, Endianness::Little).map_err(io_error)?;
        writer.write_pcapng_block(interface()).map_err(io_error)?;
        for (at, frame, comment) in frames {
            let comment = comment.as_deref().map(|text| EnhancedPacketOption::Comment(Cow::Borrowed(text)));
            let block = EnhancedPacketBlock {
                interface_id: 0,
                timestamp: self.start + *at,
                original_len: frame.len().try_into().map_err(io::Error::other)?,
                data: Cow::Borrowed(frame),
                options: comment.into_iter().collect(),
            };
            writer.write_pcapng_block(block).map_err(io_error)?;
        }
        out.flush()
    }

    /// Writes the file.
    ///
    /// # Errors
    /// The file system's, with the path in front.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        File::create(path)
            .and_then(|file| self.write_to(file))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }
}

fn interface() -> InterfaceDescriptionBlock<'static> {
    /// Times count in units of 10⁻⁹ s (if_tsresol).
    const NANOSECONDS: u8 = 9;
    InterfaceDescriptionBlock {
        linktype: DataLink::ETHERNET,
        snaplen: 0,
        options: vec![
            InterfaceDescriptionOption::IfName(INTERFACE.into()),
            InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
        ],
    }
}

fn io_error(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use pcap_file::pcapng::{Block, PcapNgReader};

    use super::*;
    use crate::{Mac, arp};

    /// 2025-01-20 14:30:45 UTC.
    const START: Duration = Duration::from_secs(1_737_383_445);

    fn capture() -> Capture {
        let frame = arp::request(Mac::of_host(1), [10, 77, 0, 1].into(), [10, 77, 0, 2].into());
        let mut capture = Capture::new(START);
        capture.add(Duration::from_nanos(2_000_003), &frame, Some("asked again: Grüße"));
        capture.add(Duration::from_nanos(1), &frame, None);
        capture
    }

    #[test]
    fn what_was_written_reads_back_in_order_of_time_to_the_nanosecond() {
        let mut file = Vec::new();
        capture().write_to(&mut file).unwrap();
        let mut reader = PcapNgReader::new(&file[..]).unwrap();
        let mut packets = Vec::new();
        while let Some(block) = reader.next_block() {
            if let Block::EnhancedPacket(packet) = block.unwrap().into_owned() {
                packets.push(packet);
            }
        }
        assert_eq!(packets.len(), 2);
        assert_eq!(packets[0].timestamp, START + Duration::from_nanos(1));
        assert_eq!(packets[1].timestamp, START + Duration::from_nanos(2_000_003));
        assert_eq!(packets[0].options, []);
        assert_eq!(packets[1].options, [EnhancedPacketOption::Comment("asked again: Grüße".into())]);
        assert_eq!(crate::summary(&packets[0].data), "ARP who has 10.77.0.2? tell 10.77.0.1");
    }

    #[test]
    fn an_error_names_the_path() {
        let error = capture().save(Path::new("/nowhere/at all.pcapng")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().starts_with("/nowhere/at all.pcapng: "), "{error}");
    }
}
