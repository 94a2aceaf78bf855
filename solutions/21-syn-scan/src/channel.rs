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
    // begin solution item: the sender, and a channel (std::sync::mpsc) on which the receivers' packets arrive
    sender: TransportSender,
    packets: mpsc::Receiver<io::Result<Vec<u8>>>,
    // end solution
}

impl Channel {
    /// Opens the raw sockets and starts to receive.
    ///
    /// # Errors
    /// [`ScanError::NeedsNetRaw`] if the kernel doesn't permit raw sockets.
    pub fn open() -> Result<Channel, ScanError> {
        // begin solution: transport channels for TCP and ICMP, a receiver thread for each; EPERM is NeedsNetRaw
        let (sender, mut segments) = transport_channel(PACKET_MAX, Layer4(Ipv4(Tcp))).map_err(refused)?;
        // A raw IPv4 socket delivers the IP header with each packet (raw(7)); as layer 3, pnet leaves it in place.
        segments.channel_type = Layer3(Tcp);
        let (_, errors) = transport_channel(PACKET_MAX, Layer3(Icmp)).map_err(refused)?;

        let (queue, packets) = mpsc::channel();
        spawn_receiver(segments, queue.clone());
        spawn_receiver(errors, queue);
        Ok(Channel { sender, packets })
        // end solution
    }

    /// Sends one probe. The kernel adds the IP header.
    pub fn send(&mut self, probe: &Probe) -> io::Result<()> {
        // begin solution: build the segment and send it to the probe's address
        let segment = TcpPacket::owned(build(probe)).expect("a built probe is a whole TCP header");
        self.sender.send_to(segment, IpAddr::V4(probe.dst))?;
        Ok(())
        // end solution
    }

    /// The next packet that came in, from its IP header on; `None` if there is none until `deadline`.
    pub fn receive(&self, deadline: Instant) -> io::Result<Option<Vec<u8>>> {
        // begin solution: wait on the receivers' channel
        match self.packets.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(packet) => packet.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("both receivers have ended")),
        }
        // end solution
    }
}

// begin solution item: helpers of your own, perhaps the receivers' thread
/// Moves packets from the socket to the queue, until the queue's other end is gone or the socket fails.
///
/// It blocks in the kernel, without a timeout: pnet's next_with_timeout costs four system calls a packet instead of
/// one, and loses answers that come fast. The thread ends with the program.
fn spawn_receiver(mut socket: TransportReceiver, queue: mpsc::Sender<io::Result<Vec<u8>>>) {
    thread::spawn(move || {
        let mut packets = ipv4_packet_iter(&mut socket);
        loop {
            let packet = packets.next().map(|(packet, _from)| packet.packet().to_vec());
            let is_broken = packet.is_err();
            if queue.send(packet).is_err() || is_broken {
                break;
            }
        }
    });
}

fn refused(source: io::Error) -> ScanError {
    match source.kind() {
        io::ErrorKind::PermissionDenied => ScanError::NeedsNetRaw,
        _ => ScanError::Io { doing: "open a raw socket", source },
    }
}
// end solution
