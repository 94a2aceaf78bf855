//! The frames that pass an interface, through a packet socket (packet(7)), which pnet opens.

use std::io::ErrorKind;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pnet::datalink::{self, Channel, Config, DataLinkReceiver};

use super::Error;
use super::copies::Copies;
use crate::caps::{self, Cap};
use crate::pcap::Packet;

/// How long one read waits before the deadline is looked at again. pnet begins to wait anew with *each* read, so it is no
/// deadline; and with less than a millisecond it doesn't wait at all.
const TICK: Duration = Duration::from_millis(50);

/// An Ethernet header and the longest packet that `lo` carries. pnet cuts what is longer than its buffer, in silence.
const FRAME_MAX: usize = 14 + 65_535;

/// An interface that is being watched.
///
/// It shows the frames that come in and those that this machine sends, whoever they are for. On loopback, where the kernel
/// shows each frame on its way out and on its way in, it comes once. The kernel takes a VLAN tag out of a frame before it
/// shows it, so live a tagged frame looks like any other.
pub struct Live {
    interface: String,
    receiver: Box<dyn DataLinkReceiver>,
    /// On loopback.
    copies: Option<Copies>,
}

impl Live {
    /// Begins to watch the interface of that name.
    ///
    /// # Errors
    /// If there is none (the error lists those there are), if the process lacks CAP_NET_RAW, or if the system refuses.
    pub fn open(interface: &str) -> Result<Live, Error> {
        let interfaces = datalink::interfaces();
        let Some(found) = interfaces.iter().find(|found| found.name == interface) else {
            let known = interfaces.into_iter().map(|found| found.name).collect();
            return Err(Error::NoInterface { name: interface.to_owned(), known });
        };
        if !caps::has(Cap::NetRaw) {
            return Err(Error::Privilege { interface: interface.to_owned() });
        }
        let config = Config { read_timeout: Some(TICK), read_buffer_size: FRAME_MAX, ..Config::default() };
        let failed = |source| Error::Interface { interface: interface.to_owned(), source };
        match datalink::channel(found, config).map_err(failed)? {
            Channel::Ethernet(_sender, receiver) => Ok(Live {
                interface: interface.to_owned(),
                receiver,
                copies: found.is_loopback().then(Copies::default),
            }),
            _ => Err(failed(ErrorKind::Unsupported.into())),
        }
    }

    /// The next frame, with the time at which it was read; `None` if there is none until `deadline`.
    ///
    /// A deadline that has passed gives `None` however many frames wait. Who must also hear Ctrl+C asks for short turns: a
    /// deadline 100 ms from now, again and again.
    ///
    /// # Errors
    /// If the interface can't be read, as when it is taken down.
    pub fn next(&mut self, deadline: Instant) -> Result<Option<Packet>, Error> {
        while Instant::now() < deadline {
            match self.receiver.next() {
                Ok(frame) => {
                    if self.copies.as_mut().is_some_and(|copies| copies.is_second_sight(frame)) {
                        continue;
                    }
                    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                    let original_len = u32::try_from(frame.len()).unwrap_or(u32::MAX);
                    return Ok(Some(Packet { time, original_len, data: frame.to_vec() }));
                }
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                Err(source) => return Err(Error::Interface { interface: self.interface.clone(), source }),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_that_is_none_is_answered_with_those_there_are() {
        let error = Live::open("nosuch0").err().unwrap();
        assert!(error.to_string().starts_with("no interface nosuch0; there are "), "{error}");
        assert_eq!(error.exit_code(), crate::exit::FAILURE);
    }

    #[test]
    fn a_missing_privilege_is_named() {
        if caps::has(Cap::NetRaw) {
            return;
        }
        let Some(any) = datalink::interfaces().into_iter().next() else { return };
        let error = Live::open(&any.name).err().unwrap();
        assert!(error.to_string().starts_with("needs CAP_NET_RAW to watch "), "{error}");
        assert_eq!(error.exit_code(), crate::exit::PRIVILEGE);
    }
}
