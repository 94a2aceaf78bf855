//! The other end: servers, clients and hosts that the grader plays.

use std::net::SocketAddr;

use super::Bench;
use crate::datagrams::{LossyProxy, UdpPeer, send_without_port};
use crate::echo_peer::{EchoPeer, Manners};
use crate::fault::{Fault, ensure};
use crate::held_port::HeldPort;
use crate::link::Link;
use crate::listener::Listener;
use crate::spec::Needs;
use crate::words::shown;

impl Bench {
    /// Listens on a free port of loopback: the grader plays the server.
    pub fn listen(&mut self) -> Result<Listener, Fault> {
        self.listen_on("127.0.0.1:0")
    }

    /// Listens on an address of the cell's own network; default ports are free there.
    pub fn listen_on(&mut self, address: &str) -> Result<Listener, Fault> {
        self.recorder.name_program("client");
        Listener::bind(address, &self.recorder)
    }

    /// Serves many clients at once on a free port of loopback: the grader plays the server that is measured.
    pub fn echo_peer(&mut self, manners: Manners) -> Result<EchoPeer, Fault> {
        self.recorder.name_program("client");
        EchoPeer::start(manners, &self.recorder)
    }

    /// Keeps a port of loopback on which nobody listens.
    pub fn closed_port(&self) -> Result<HeldPort, Fault> {
        HeldPort::closed()
    }

    /// Keeps a port of loopback that doesn't answer: whoever connects to it waits.
    pub fn deaf_port(&self) -> Result<HeldPort, Fault> {
        HeldPort::deaf()
    }

    /// Keeps a UDP port of loopback where nobody receives: the kernel says so to whoever sends there.
    pub fn closed_udp_port(&self) -> Result<HeldPort, Fault> {
        HeldPort::closed_udp()
    }

    /// Opens a UDP socket on loopback: the grader plays a peer.
    pub fn udp_peer(&mut self) -> Result<UdpPeer, Fault> {
        self.udp_peer_as("")
    }

    /// Opens a UDP socket that the story calls by this name.
    pub fn udp_peer_as(&mut self, label: &str) -> Result<UdpPeer, Fault> {
        UdpPeer::bind("127.0.0.1:0", label, &self.recorder)
    }

    /// As [`Bench::udp_peer_as`], at an address of the cell's own network.
    pub fn udp_peer_on(&mut self, address: &str, label: &str) -> Result<UdpPeer, Fault> {
        UdpPeer::bind(address, label, &self.recorder)
    }

    /// Sends one datagram from port 0 to an IPv4 address: an answer to it can't be sent. Skips the check where the grader
    /// has no raw sockets.
    pub fn send_datagram_without_port(&mut self, to: SocketAddr, payload: &[u8]) -> Result<(), Fault> {
        self.recorder.sent(format!("datagram {} from port 0", shown(payload)));
        send_without_port(to, payload)
    }

    /// Puts a proxy before a UDP server that loses by script: `DDP` = drop, drop, pass (see `wire::lossy`).
    pub fn lossy_proxy(&mut self, script: &str, server: SocketAddr) -> Result<LossyProxy, Fault> {
        LossyProxy::start(script, server, &self.recorder)
    }

    /// Puts scripted hosts on the far end of `lab0`, and lets them play from now on.
    pub fn link(&mut self, world: wire::World) -> Result<&Link, Fault> {
        self.recorder.name_program("your program");
        ensure(self.needs == Needs::Wire, || Fault::infra("this check has no `needs(Needs::Wire)`"))?;
        let link = Link::start(&self.cell, world, self.recorder.start())?;
        Ok(self.link.insert(link))
    }

    /// The link with its scripted hosts, once [`Bench::link`] has put it up.
    pub fn wire(&self) -> Result<&Link, Fault> {
        self.link.as_ref().ok_or_else(|| Fault::infra("no link was put up"))
    }
}
