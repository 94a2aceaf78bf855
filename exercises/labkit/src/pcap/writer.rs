//! Writing a capture.

use super::{Error, LinkType, Packet};
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::{DataLink, Endianness, TsResolution};
use std::io::Write;

/// The longest packet a file may hold, in bytes: what tcpdump uses too.
const MAX_PACKET: u32 = 262_144;

/// Writes a capture that Wireshark and tcpdump read: little-endian pcap with nanoseconds, the same bytes on every
/// machine.
///
/// Each packet is several small writes, so give it a `BufWriter` where the output is a file.
pub struct Writer<W: Write> {
    inner: PcapWriter<W>,
    count: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a capture: writes the file's header.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(output: W, link_type: LinkType) -> Result<Writer<W>, Error> {
        let header = PcapHeader {
            snaplen: MAX_PACKET,
            datalink: DataLink::from(u32::from(link_type.0)),
            ts_resolution: TsResolution::NanoSecond,
            endianness: Endianness::Little,
            ..PcapHeader::default()
        };
        let inner = PcapWriter::with_header(output, header).map_err(|e| Error::from_library(e, 0))?;
        Ok(Writer { inner, count: 0 })
    }

    /// Appends a packet.
    ///
    /// # Errors
    /// Those of the output, and `Malformed` for what the format can't express: a time after 2106 (seconds have 32
    /// bits), more than 262,144 bytes, or more bytes of data than `original_len`. Nothing is written then.
    pub fn write(&mut self, packet: &Packet) -> Result<(), Error> {
        self.count += 1;
        let packet = PcapPacket::new(packet.time, packet.original_len, &packet.data);
        self.inner.write_packet(&packet).map_err(|e| Error::from_library(e, self.count))?;
        Ok(())
    }

    /// Ends the capture and gives the output back, not flushed.
    pub fn into_inner(self) -> W {
        self.inner.into_writer()
    }
}
