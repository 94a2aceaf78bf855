//! Where frames come from (given): a capture file, or an interface ([`live`](crate::live)).

use std::path::Path;

use labkit::pcap::Packet;
use labkit::sniff::{Error, Frames};

/// Frames in the order in which they were seen.
pub enum Source {
    /// Those of a capture file.
    File(Frames),
    /// Those of an interface.
    Interface(FromInterface),
}

/// Frames as an interface gives them. After an error there is no next one.
pub type FromInterface = Box<dyn Iterator<Item = Result<Packet, Error>>>;

impl Source {
    /// The frames of a capture file.
    ///
    /// # Errors
    ///
    /// If it can't be opened, is no capture, or holds packets of another link layer.
    pub fn from_file(path: &Path) -> Result<Source, Error> {
        Frames::from_file(path).map(Source::File)
    }

    /// Puts the next frame into `frame`, in the memory of the one before; whether there was one.
    ///
    /// # Errors
    ///
    /// If the file is damaged from here on, or the interface can't be read. There is no next frame then.
    pub fn next_into(&mut self, frame: &mut Packet) -> Result<bool, Error> {
        match self {
            Source::File(frames) => frames.next_into(frame),
            Source::Interface(frames) => match frames.next().transpose()? {
                Some(next) => {
                    *frame = next;
                    Ok(true)
                }
                None => Ok(false),
            },
        }
    }
}
