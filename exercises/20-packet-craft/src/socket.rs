//! A raw socket for ICMP (given), which pnet opens: lab 21 shows how.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use pnet::packet::Packet;
use pnet::packet::icmp::IcmpPacket;
use pnet::packet::ip::IpNextHeaderProtocols::Icmp;
use pnet::transport::TransportChannelType::{Layer3, Layer4};
use pnet::transport::TransportProtocol::Ipv4;
use pnet::transport::{TransportReceiver, TransportSender, ipv4_packet_iter, transport_channel};

/// Room for any IPv4 packet.
const PACKET_MAX: usize = 65_535;

/// The shortest time that pnet waits: none at all would mean for ever.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// Sends ICMP messages, and receives *every* ICMP packet that reaches this machine, whoever it is for: answers to other
/// programs' pings, errors, and on loopback the own requests too.
pub struct IcmpSocket {
    sender: TransportSender,
    receiver: TransportReceiver,
}

impl IcmpSocket {
    /// Opens it.
    ///
    /// # Errors
    /// `PermissionDenied` if the process lacks CAP_NET_RAW, or what else the system says.
    pub fn open() -> io::Result<IcmpSocket> {
        let (sender, mut receiver) = transport_channel(PACKET_MAX, Layer4(Ipv4(Icmp)))?;
        // A raw IPv4 socket delivers the IP header with each packet (raw(7)); as layer 3, pnet leaves it in place.
        receiver.channel_type = Layer3(Icmp);
        Ok(IcmpSocket { sender, receiver })
    }

    /// Sends a message. The kernel puts the IP header before it.
    ///
    /// # Errors
    /// Those of sendto(2); a message of less than four bytes is refused.
    pub fn send(&mut self, to: Ipv4Addr, message: &[u8]) -> io::Result<()> {
        let message = IcmpPacket::new(message).ok_or(io::ErrorKind::InvalidInput)?;
        self.sender.send_to(message, IpAddr::V4(to))?;
        Ok(())
    }

    /// The next packet, from its IP header on; `None` if there is none until `deadline`.
    ///
    /// # Errors
    /// Those of recvfrom(2).
    pub fn receive(&mut self, deadline: Instant) -> io::Result<Option<Vec<u8>>> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            match ipv4_packet_iter(&mut self.receiver).next_with_timeout(left.max(SHORTEST_WAIT)) {
                Ok(Some((packet, _from))) => return Ok(Some(packet.packet().to_vec())),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
