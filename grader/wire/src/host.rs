//! One scripted host.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use crate::ether::Mac;
use crate::port::PortScript;

/// One answer to an ARP request for the host's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArpAnswer {
    /// The host's own MAC.
    Truth,
    /// Spoofed: this station claims the host's address.
    Claim(Mac),
}

/// One answer to an ICMP echo request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EchoAnswer {
    /// Same id, sequence number and payload (RFC 792).
    Right,
    /// A reply for somebody else: the id is another.
    WrongId,
    /// A reply to a request never sent: the sequence number is another.
    WrongSequence,
}

/// A host on the far end of the wire: its addresses, and what it does with what reaches it.
///
/// Unless told otherwise it answers ARP and ping truthfully and refuses every TCP port.
#[derive(Debug, Clone)]
pub struct Host {
    pub(crate) ip: Ipv4Addr,
    pub(crate) mac: Mac,
    pub(crate) arp: Vec<ArpAnswer>,
    pub(crate) echo: Vec<EchoAnswer>,
    pub(crate) ports: BTreeMap<u16, PortScript>,
    pub(crate) default_port: PortScript,
    pub(crate) isn: u32,
    pub(crate) forwards: bool,
}

/// The address at which the course's student finds a way out of 10.77.0.0/24.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 254);

impl Host {
    /// A host at `ip` that is seen on the link as `mac`. One outside 10.77.0.0/24 is reached through a
    /// [gateway](Host::gateway), and its MAC is never seen.
    pub fn new(ip: Ipv4Addr, mac: Mac) -> Host {
        Host {
            ip,
            mac,
            arp: vec![ArpAnswer::Truth],
            echo: vec![EchoAnswer::Right],
            ports: BTreeMap::new(),
            default_port: PortScript::Closed,
            isn: 0x1000_0000,
            forwards: false,
        }
    }

    /// The router at 10.77.0.254: forwards to the hosts outside the subnet, and back.
    pub fn gateway() -> Host {
        Host { forwards: true, ..Host::new(GATEWAY, Mac::of_host(254)) }
    }

    /// Sets one port's script.
    pub fn port(mut self, port: u16, script: PortScript) -> Host {
        self.ports.insert(port, script);
        self
    }

    /// Sets the script of each port in the range.
    pub fn ports(mut self, ports: RangeInclusive<u16>, script: PortScript) -> Host {
        self.ports.extend(ports.map(|port| (port, script.clone())));
        self
    }

    /// Sets the script of all ports that have none of their own (at first [`PortScript::Closed`]).
    pub fn default_port(mut self, script: PortScript) -> Host {
        self.default_port = script;
        self
    }

    /// Sets the answers to each ARP request, in this order; none is silence.
    pub fn arp(mut self, answers: impl IntoIterator<Item = ArpAnswer>) -> Host {
        self.arp = answers.into_iter().collect();
        self
    }

    /// Sets the answers to each echo request, in this order; none is silence.
    pub fn echo(mut self, answers: impl IntoIterator<Item = EchoAnswer>) -> Host {
        self.echo = answers.into_iter().collect();
        self
    }

    /// Sets the initial sequence number of every connection.
    pub fn isn(mut self, isn: u32) -> Host {
        self.isn = isn;
        self
    }

    pub(crate) fn port_script(&self, port: u16) -> &PortScript {
        self.ports.get(&port).unwrap_or(&self.default_port)
    }

    /// Whether the student reaches the host without a gateway: the wire's subnet is 10.77.0.0/24.
    pub(crate) fn is_on_link(&self) -> bool {
        self.ip.octets()[..3] == [10, 77, 0]
    }
}
