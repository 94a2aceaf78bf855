//! Ethernet II: addresses and framing.

use std::fmt;
use std::str::FromStr;

use etherparse::{EtherType, Ethernet2Header};

/// The EtherType of ARP.
pub const ARP: u16 = 0x0806;
/// The EtherType of IPv4.
pub const IPV4: u16 = 0x0800;
/// The EtherType that announces an IEEE 802.1Q tag.
pub const VLAN: u16 = 0x8100;

/// An Ethernet (MAC) address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// `ff:ff:ff:ff:ff:ff`: every station on the link.
    pub const BROADCAST: Mac = Mac([0xff; 6]);
    /// `00:00:00:00:00:00`: "not known", the target of an ARP request.
    pub const ZERO: Mac = Mac([0; 6]);

    /// The address that the course gives to 10.77.0.`number`: locally administered (the 02 bit), and the IP
    /// address spelled in hex, so that a reader of a capture sees whose it is.
    pub const fn of_host(number: u8) -> Mac {
        Mac([0x02, 0x00, 10, 77, 0, number])
    }

    /// Whether a frame to this address is for more than one station (the group bit, IEEE 802.3 §3.2.3).
    pub fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not six hex bytes between colons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a MAC address such as 02:00:0a:4d:00:02")]
pub struct NotAMac(String);

impl FromStr for Mac {
    type Err = NotAMac;

    fn from_str(text: &str) -> Result<Mac, NotAMac> {
        let byte = |part: &str| (part.len() == 2).then(|| u8::from_str_radix(part, 16).ok()).flatten();
        let bytes: Option<Vec<u8>> = text.split(':').map(byte).collect();
        bytes
            .and_then(|bytes| <[u8; 6]>::try_from(bytes).ok())
            .map(Mac)
            .ok_or_else(|| NotAMac(text.to_owned()))
    }
}

/// An untagged frame, without padding and without the frame check sequence, as an AF_PACKET socket carries it.
pub fn frame(source: Mac, destination: Mac, ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let header =
        Ethernet2Header { source: source.0, destination: destination.0, ether_type: EtherType(ether_type) };
    let mut frame = header.to_bytes().to_vec();
    frame.extend_from_slice(payload);
    frame
}

/// `frame` with an IEEE 802.1Q tag for `vlan` (12 bits; higher ones are cut) after its addresses.
///
/// # Panics
/// If `frame` is shorter than its two addresses (12 bytes).
pub fn tagged(frame: &[u8], vlan: u16) -> Vec<u8> {
    let (addresses, rest) = frame.split_at(12);
    [addresses, &VLAN.to_be_bytes(), &(vlan & 0x0fff).to_be_bytes(), rest].concat()
}

/// `frame` padded with zeros to Ethernet's least length: 60 bytes without the frame check sequence. Who reads
/// the padding as payload has not looked at the IP total length.
pub fn padded(mut frame: Vec<u8>) -> Vec<u8> {
    frame.resize(frame.len().max(60), 0);
    frame
}
