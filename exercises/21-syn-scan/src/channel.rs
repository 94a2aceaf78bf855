//! The raw sockets: SYNs go out through one, answers come in through two.

use std::io;
use std::net::IpAddr;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use pnet::packet::Packet;
use pnet::packet::ip::IpNextHeaderProtocols::{Icmp, Tcp};
use pnet::packet::tcp::TcpPacket;
use pnet::transport::TransportChannelType::{Layer3, Layer4};
use pnet::transport::TransportProtocol::Ipv4;
use pnet::transport::{TransportReceiver, TransportSender, ipv4_packet_iter, transport_channel};

use crate::error::ScanError;
use crate::probe::{Probe, build};

/// Room for any IPv4 packet.
const PACKET_MAX: usize = 65535;

/// A way to send probes, and to receive every TCP segment and ICMP message that reaches this machine.
///
/// Receivers have threads of their own: a raw socket queues only 256 short packets and drops the rest, so somebody has
/// to fetch them while we are busy sending. They take packets whole, from the IP header on: an answer is recognised by
/// its addresses, and pnet's iterator over TCP segments panics at one that is shorter than 20 bytes.
pub struct Channel {
    // Your part: the sender, and a channel (std::sync::mpsc) on which the receivers' packets arrive
}

impl Channel {
    /// Opens the raw sockets and starts to receive.
    ///
    /// # Errors
    /// [`ScanError::NeedsNetRaw`] if the kernel doesn't permit raw sockets.
    pub fn open() -> Result<Channel, ScanError> {
        todo!("transport channels for TCP and ICMP, a receiver thread for each; EPERM is NeedsNetRaw")
    }

    /// Sends one probe. The kernel adds the IP header.
    pub fn send(&mut self, probe: &Probe) -> io::Result<()> {
        todo!("build the segment and send it to the probe's address")
    }

    /// The next packet that came in, from its IP header on; `None` if there is none until `deadline`.
    pub fn receive(&self, deadline: Instant) -> io::Result<Option<Vec<u8>>> {
        todo!("wait on the receivers' channel")
    }
}

// Your part: helpers of your own, perhaps the receivers' thread
