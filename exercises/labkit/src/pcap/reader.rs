//! Reading a capture, packet by packet.

use super::{Error, LinkType, Packet, Problem};
use pcap_file::pcap::{PcapReader, RawPcapPacket};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::{Block, PcapNgReader};
use pcap_file::{DataLink, TsResolution};
use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Reads a capture, one [`Packet`] after the other.
///
/// ```no_run
/// # fn main() -> Result<(), labkit::pcap::Error> {
/// for packet in labkit::pcap::Reader::open("handshake.pcap")? {
///     println!("{} bytes", packet?.data.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// It holds one packet at a time, never the whole file, so it may also follow a pipe (`tcpdump -w -`).
/// After an error there is no next packet.
pub struct Reader<R: Read> {
    format: Format<InPieces<Chain<Cursor<Vec<u8>>, R>>>,
    link_type: LinkType,
    path: Option<PathBuf>,
    /// Packets returned so far.
    count: u64,
    failed: bool,
}

enum Format<R: Read> {
    Pcap(PcapReader<R>),
    PcapNg(PcapNgReader<R>),
}

impl Reader<File> {
    /// Opens a capture file.
    ///
    /// # Errors
    /// If it can't be opened or doesn't begin like a capture. The errors of a reader made this way name the file.
    pub fn open(path: impl AsRef<Path>) -> Result<Reader<File>, Error> {
        let path = path.as_ref();
        let named = |error: Error| Error { path: Some(path.to_owned()), ..error };
        let file = File::open(path).map_err(|e| named(Problem::Io(e).into()))?;
        let reader = Reader::new(file).map_err(named)?;
        Ok(Reader { path: Some(path.to_owned()), ..reader })
    }
}

impl<R: Read> Reader<R> {
    /// Reads a capture from anything that can be read.
    ///
    /// # Errors
    /// If it doesn't begin like a capture.
    pub fn new(mut input: R) -> Result<Reader<R>, Error> {
        let mut beginning = Vec::with_capacity(4);
        input.by_ref().take(4).read_to_end(&mut beginning).map_err(Problem::Io)?;
        let magic = Magic::of(&beginning).ok_or(Problem::NotACapture)?;
        let input = InPieces(Cursor::new(beginning).chain(input));
        let in_header = |e| Error::from_library(e, 0);
        let (format, link_type) = match magic {
            Magic::Pcap => {
                let pcap = PcapReader::new(input).map_err(in_header)?;
                let link_type = link_type_of(pcap.header().datalink);
                (Format::Pcap(pcap), link_type)
            }
            Magic::PcapNg => {
                let mut pcapng = PcapNgReader::new(input).map_err(in_header)?;
                let link_type = first_link_type(&mut pcapng)?;
                (Format::PcapNg(pcapng), link_type)
            }
        };
        Ok(Reader { format, link_type, path: None, count: 0, failed: false })
    }

    /// What every packet of this capture begins with.
    #[must_use]
    pub fn link_type(&self) -> LinkType {
        self.link_type
    }
}

impl<R: Read> Reader<R> {
    /// Reads the next packet into `packet`, in the memory of the one before; whether there was one.
    ///
    /// That is for captures of millions of packets: as an iterator, the reader asks for new memory for each.
    ///
    /// # Errors
    /// If the file is damaged from here on. `packet` holds nothing of use then, and there is no next one.
    pub fn next_into(&mut self, packet: &mut Packet) -> Result<bool, Error> {
        if self.failed {
            return Ok(false);
        }
        let number = self.count + 1;
        let read = match &mut self.format {
            Format::Pcap(pcap) => next_of_pcap(pcap, number, packet),
            Format::PcapNg(pcapng) => next_of_pcapng(pcapng, number, self.link_type, packet),
        };
        match read {
            Ok(true) => self.count = number,
            Ok(false) => {}
            Err(_) => self.failed = true,
        }
        read.map_err(|error| Error { path: self.path.clone(), ..error })
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Packet, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut packet = Packet::default();
        self.next_into(&mut packet).map(|is_there| is_there.then_some(packet)).transpose()
    }
}

/// Reads so little at once that it is still in the processor's cache when it is looked at. The library would read eight
/// million bytes at a time.
struct InPieces<R>(R);

impl<R: Read> Read for InPieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const PIECE: usize = 128 * 1024;
        let piece = buffer.len().min(PIECE);
        self.0.read(&mut buffer[..piece])
    }
}

/// The two formats, told apart by a file's first four bytes.
enum Magic {
    Pcap,
    PcapNg,
}

impl Magic {
    fn of(bytes: &[u8]) -> Option<Magic> {
        match u32::from_be_bytes(bytes.try_into().ok()?) {
            // Microseconds and nanoseconds, each in both byte orders.
            0xa1b2_c3d4 | 0xd4c3_b2a1 | 0xa1b2_3c4d | 0x4d3c_b2a1 => Some(Magic::Pcap),
            // The type of a section header block, the same in both byte orders.
            0x0a0d_0d0a => Some(Magic::PcapNg),
            _ => None,
        }
    }
}

/// The upper bits of pcap's field tell the length of a frame check sequence, not the type.
fn link_type_of(datalink: DataLink) -> LinkType {
    LinkType(u32::from(datalink) as u16)
}

fn next_of_pcap(pcap: &mut PcapReader<impl Read>, number: u64, packet: &mut Packet) -> Result<bool, Error> {
    let nanoseconds_per_unit = match pcap.header().ts_resolution {
        TsResolution::MicroSecond => 1000,
        TsResolution::NanoSecond => 1,
    };
    // The library's checked form takes a packet that was cut by `-s` for an error: its length was over the limit.
    let Some(raw) = pcap.next_raw_packet() else { return Ok(false) };
    let RawPcapPacket { ts_sec, ts_frac, orig_len, data, .. } =
        raw.map_err(|e| Error::from_library(e, number))?;
    let nanoseconds = u64::from(ts_frac) * nanoseconds_per_unit;
    if nanoseconds >= 1_000_000_000 {
        return Err(
            Problem::Malformed(number, "a fraction of a second that is more than one".to_owned()).into()
        );
    }
    packet.time = Duration::from_secs(ts_sec.into()) + Duration::from_nanos(nanoseconds);
    fill(packet, &data, orig_len);
    checked(packet, number)
}

/// A pcapng file describes its interfaces before their packets; the first tells the link type.
fn first_link_type(pcapng: &mut PcapNgReader<impl Read>) -> Result<LinkType, Error> {
    while let Some(block) = pcapng.next_block() {
        match block.map_err(|e| Error::from_library(e, 0))? {
            Block::InterfaceDescription(interface) => return Ok(link_type_of(interface.linktype)),
            Block::EnhancedPacket(_) | Block::SimplePacket(_) | Block::Packet(_) => break,
            _ => {}
        }
    }
    Err(Problem::Malformed(0, "no interface is described".to_owned()).into())
}

fn next_of_pcapng(
    pcapng: &mut PcapNgReader<impl Read>,
    number: u64,
    link_type: LinkType,
    packet: &mut Packet,
) -> Result<bool, Error> {
    let malformed = |what: &str| Error::from(Problem::Malformed(number, what.to_owned()));
    while let Some(block) = pcapng.next_block() {
        // The library calls every unit of time a nanosecond; the interface says what it really is.
        let (interface, ticks) = match block.map_err(|e| Error::from_library(e, number))? {
            Block::EnhancedPacket(p) => {
                fill(packet, &p.data, p.original_len);
                (p.interface_id, Some(p.timestamp.as_nanos()))
            }
            Block::SimplePacket(p) => {
                fill(packet, &p.data, p.original_len);
                (0, None)
            }
            Block::Packet(_) => return Err(malformed("an obsolete Packet Block")),
            _ => continue,
        };
        let interface = pcapng
            .interfaces()
            .get(interface as usize)
            .ok_or_else(|| malformed("it names an interface that was not described"))?;
        let its_link_type = link_type_of(interface.linktype);
        if its_link_type != link_type {
            return Err(Problem::MixedLinkTypes(link_type, its_link_type).into());
        }
        packet.time = match ticks {
            Some(ticks) => time_of(ticks, interface).ok_or_else(|| malformed("its time is out of range"))?,
            None => {
                cut_padding(packet, interface);
                Duration::ZERO
            }
        };
        return checked(packet, number);
    }
    Ok(false)
}

/// Copies a packet's bytes to where those of the last one were.
fn fill(packet: &mut Packet, data: &[u8], original_len: u32) {
    packet.original_len = original_len;
    packet.data.clear();
    packet.data.extend_from_slice(data);
}

/// A time stamp in the interface's unit: `if_tsresol` is a negative power of 10, or of 2 if its highest bit is set;
/// microseconds if absent. `if_tsoffset` is in seconds.
fn time_of(ticks: u128, interface: &InterfaceDescriptionBlock<'_>) -> Option<Duration> {
    let mut ticks_per_second = Some(1_000_000);
    let mut offset = 0;
    for option in &interface.options {
        match option {
            InterfaceDescriptionOption::IfTsResol(r) if r & 0x80 == 0 => {
                ticks_per_second = 10u128.checked_pow(u32::from(*r));
            }
            InterfaceDescriptionOption::IfTsResol(r) => {
                ticks_per_second = 2u128.checked_pow(u32::from(r & 0x7f));
            }
            InterfaceDescriptionOption::IfTsOffset(seconds) => offset = *seconds,
            _ => {}
        }
    }
    let ticks_per_second = ticks_per_second?;
    let seconds = u64::try_from(ticks / ticks_per_second).ok()?;
    let nanoseconds = (ticks % ticks_per_second).checked_mul(1_000_000_000)? / ticks_per_second;
    Duration::from_secs(seconds)
        .checked_add(Duration::from_secs(offset))?
        .checked_add(Duration::from_nanos(u64::try_from(nanoseconds).ok()?))
}

/// A Simple Packet Block doesn't say how much of the packet it holds: all of it, or as much as the interface's limit.
fn cut_padding(packet: &mut Packet, interface: &InterfaceDescriptionBlock<'_>) {
    let limit = if interface.snaplen == 0 { u32::MAX } else { interface.snaplen };
    packet.data.truncate(packet.original_len.min(limit) as usize);
}

/// There is a packet, unless it says what can't be.
fn checked(packet: &Packet, number: u64) -> Result<bool, Error> {
    if packet.data.len() > packet.original_len as usize {
        return Err(Problem::Malformed(number, "more bytes captured than there were".to_owned()).into());
    }
    Ok(true)
}
