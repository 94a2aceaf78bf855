//! Frames from an interface, through a packet socket (packet(7)), which pnet opens.

use std::io::ErrorKind;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use labkit::caps::{self, Cap};
use labkit::pcap::Packet;
use labkit::sniff::Error;
use pnet::datalink::{self, Channel, Config, DataLinkReceiver, NetworkInterface};

use crate::interrupt::Interrupt;
use crate::source;

/// How long a read waits for a frame before deadline and interrupt are looked at again. pnet waits this long after
/// *each* frame, so it is no deadline; and with less than a millisecond it doesn't wait at all.
const TICK: Duration = Duration::from_millis(100);

/// The frames of an interface until `duration` has passed, or for ever; or until Ctrl+C.
///
/// # Errors
///
/// If there is no interface of that name (the error lists those there are), if the process lacks CAP_NET_RAW, or if
/// the system refuses.
pub fn from_interface(name: &str, duration: Option<Duration>) -> Result<source::FromInterface, Error> {
    todo!("find the interface by its name, check the privilege, open a datalink channel with a read timeout")
}

/// The interface of that name.
fn interface_named(name: &str) -> Result<NetworkInterface, Error> {
    todo!("look it up among datalink::interfaces()")
}

/// An open interface.
struct Live {
    interface: String,
    receiver: Box<dyn DataLinkReceiver>,
    interrupt: Interrupt,
    /// `None`: until Ctrl+C.
    deadline: Option<Instant>,
}

impl Iterator for Live {
    type Item = Result<Packet, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        todo!("the next frame with the time of the clock; nothing more after the deadline or an interrupt")
    }
}
