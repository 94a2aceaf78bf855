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
    // begin solution: find the interface by its name, check the privilege, open a datalink channel with a read timeout
    let interface = interface_named(name)?;
    if !caps::has(Cap::NetRaw) {
        return Err(Error::Privilege { interface: name.to_owned() });
    }
    let failed = |source| Error::Interface { interface: name.to_owned(), source };
    let interrupt = Interrupt::hold_back().map_err(failed)?;
    let config = Config { read_timeout: Some(TICK), ..Config::default() };
    let receiver = match datalink::channel(&interface, config) {
        Ok(Channel::Ethernet(_sender, receiver)) => receiver,
        Ok(_) => return Err(failed(ErrorKind::Unsupported.into())),
        Err(source) => return Err(failed(source)),
    };
    let deadline = duration.and_then(|duration| Instant::now().checked_add(duration));
    Ok(Box::new(Live { interface: name.to_owned(), receiver, interrupt, deadline }))
    // end solution
}

/// The interface of that name.
fn interface_named(name: &str) -> Result<NetworkInterface, Error> {
    // begin solution: look it up among datalink::interfaces()
    let interfaces = datalink::interfaces();
    let known = interfaces.iter().map(|interface| interface.name.clone()).collect();
    interfaces
        .into_iter()
        .find(|interface| interface.name == name)
        .ok_or(Error::NoInterface { name: name.to_owned(), known })
    // end solution
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
        // begin solution: the next frame with the time of the clock; nothing more after the deadline or an interrupt
        loop {
            if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) || self.interrupt.came() {
                return None;
            }
            match self.receiver.next() {
                Ok(frame) => {
                    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                    let original_len = u32::try_from(frame.len()).unwrap_or(u32::MAX);
                    return Some(Ok(Packet { time, original_len, data: frame.to_vec() }));
                }
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                Err(source) => {
                    return Some(Err(Error::Interface { interface: self.interface.clone(), source }));
                }
            }
        }
        // end solution
    }
}
