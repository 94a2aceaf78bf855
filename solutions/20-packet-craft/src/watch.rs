//! All connections of a port, from their frames to lines (given).

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use pnet::packet::tcp::TcpFlags;

use crate::flow::Flow;
use crate::parse::dissect;
use crate::segment::{Seg, Side};

/// How many connections are remembered. Who can send frames can make up connections; the one that was begun first is
/// forgotten first.
const MAX_CONNECTIONS: usize = 4096;

/// Tells the connections of one port apart, and what happens in each.
#[derive(Debug)]
pub struct Watch {
    port: u16,
    connections: HashMap<[SocketAddr; 2], Connection>,
    /// Their keys, the oldest first.
    order: VecDeque<[SocketAddr; 2]>,
    /// How many there have been.
    begun: usize,
}

#[derive(Debug)]
struct Connection {
    /// The first is number 1.
    number: usize,
    client: SocketAddr,
    /// The number of the client's SYN: one with another number begins another connection.
    syn: Option<u32>,
    flow: Flow,
}

impl Watch {
    /// A watcher that has seen nothing yet.
    pub fn new(port: u16) -> Watch {
        Watch { port, connections: HashMap::new(), order: VecDeque::new(), begun: 0 }
    }

    /// The lines to print of a frame: none if it is no segment from or to the port.
    pub fn see(&mut self, frame: &[u8]) -> Vec<String> {
        let Ok(layers) = dissect(frame) else { return Vec::new() };
        let Some((source, destination, tcp)) = layers.tcp() else { return Vec::new() };
        if tcp.source != self.port && tcp.destination != self.port {
            return Vec::new();
        }
        let source = SocketAddr::new(source, tcp.source);
        let destination = SocketAddr::new(destination, tcp.destination);
        let (is_syn, is_ack) = (tcp.flags & TcpFlags::SYN != 0, tcp.flags & TcpFlags::ACK != 0);
        let client = match (is_syn, is_ack) {
            (true, false) => source,
            (true, true) => destination,
            (false, _) if tcp.destination == self.port => source,
            (false, _) => destination,
        };
        let syn = (is_syn && !is_ack).then_some(tcp.seq);
        let connection = self.connection([source, destination], client, syn);
        let from = if connection.client == source { Side::Client } else { Side::Server };
        let len = u32::try_from(tcp.len).expect("a segment fits into an IP packet");
        let events = connection.flow.feed(&Seg { from, flags: tcp.flags, seq: tcp.seq, ack: tcp.ack, len });
        let prefix = match connection.number {
            1 => String::new(),
            number => format!("#{number} "),
        };
        events.iter().map(|event| format!("{prefix}{event}")).collect()
    }

    /// The connection between two ends; a new one, if there is none or a SYN begins another.
    fn connection(
        &mut self,
        mut ends: [SocketAddr; 2],
        client: SocketAddr,
        syn: Option<u32>,
    ) -> &mut Connection {
        ends.sort_unstable();
        let known = self.connections.get(&ends);
        let is_another =
            known.is_none_or(|known| syn.is_some() && known.client == client && known.syn != syn);
        if is_another {
            if known.is_none() {
                self.order.push_back(ends);
            }
            if self.order.len() > MAX_CONNECTIONS
                && let Some(oldest) = self.order.pop_front()
            {
                self.connections.remove(&oldest);
            }
            self.begun += 1;
            let begun = Connection { number: self.begun, client, syn, flow: Flow::default() };
            self.connections.insert(ends, begun);
        }
        self.connections.get_mut(&ends).expect("it was there or was made")
    }
}
