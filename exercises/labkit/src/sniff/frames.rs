//! The frames of a capture file.

use std::fs::File;
use std::path::Path;

use super::Error;
use crate::pcap::{LinkType, Packet, Reader};

/// The Ethernet frames of a capture file, one after the other.
///
/// ```no_run
/// # fn main() -> Result<(), labkit::sniff::Error> {
/// for frame in labkit::sniff::Frames::from_file("handshake.pcap")? {
///     let frame = frame?;
///     println!("{} of {} bytes", frame.data.len(), frame.original_len);
/// }
/// # Ok(())
/// # }
/// ```
///
/// A frame may be cut (tcpdump's `-s`): then it holds less than its `original_len`. After an error there is no next one.
pub struct Frames(Reader<File>);

impl Frames {
    /// Opens a capture file: pcap or pcapng, in any byte order and unit of time.
    ///
    /// # Errors
    /// If it can't be opened, is no capture, or was taken where packets have no Ethernet header, as on `tcpdump -i any`.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Frames, Error> {
        let path = path.as_ref();
        let reader = Reader::open(path)?;
        match reader.link_type() {
            LinkType::ETHERNET => Ok(Frames(reader)),
            found => Err(Error::NotEthernet { path: path.to_owned(), found }),
        }
    }
}

impl Iterator for Frames {
    type Item = Result<Packet, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map_err(Error::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pcap::Writer;
    use std::time::Duration;

    /// A capture file of one packet, and what reading it gives.
    fn read(name: &str, link_type: LinkType) -> Result<Vec<Packet>, Error> {
        let path = std::env::temp_dir().join(format!("labkit-frames-{}-{name}", std::process::id()));
        let mut writer = Writer::new(Vec::new(), link_type).unwrap();
        let cut = Packet { time: Duration::new(7, 8), original_len: 1514, data: vec![1; 96] };
        writer.write(&cut).unwrap();
        std::fs::write(&path, writer.into_inner()).unwrap();
        let frames = Frames::from_file(&path).and_then(Iterator::collect);
        std::fs::remove_file(&path).unwrap();
        frames
    }

    #[test]
    fn a_frame_comes_with_its_time_and_its_length_on_the_wire() {
        let frames = read("ethernet", LinkType::ETHERNET).unwrap();
        assert_eq!(frames, [Packet { time: Duration::new(7, 8), original_len: 1514, data: vec![1; 96] }]);
    }

    #[test]
    fn what_is_not_ethernet_is_named() {
        for (link_type, named) in [
            (LinkType::LINUX_SLL, "Linux cooked"),
            (LinkType::LINUX_SLL2, "Linux cooked v2"),
            (LinkType::RAW, "raw IP"),
            (LinkType(127), "link type 127"),
        ] {
            let error = read("other", link_type).unwrap_err();
            assert!(error.to_string().contains(&format!("not Ethernet: its packets are {named}")), "{error}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Frames::from_file("/nowhere/x.pcap").err().unwrap();
        assert_eq!(error.to_string(), "/nowhere/x.pcap: No such file or directory (os error 2)");
    }
}
