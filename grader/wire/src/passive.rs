//! The TCP of a scripted host: it never opens a connection and never has data of its own to send.

use std::collections::HashMap;
use std::net::SocketAddrV4;
use std::time::Duration;

use crate::decode::Tcp;
use crate::host::Host;
use crate::icmp;
use crate::ipv4;
use crate::port::PortScript;
use crate::tcp::{Flags, MSS_1460, Segment, segment};

/// An IPv4 packet to send, and how long to wait before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) after: Duration,
    pub(crate) packet: Vec<u8>,
}

impl Answer {
    pub(crate) fn now(packet: Vec<u8>) -> Answer {
        Answer { after: Duration::ZERO, packet }
    }
}

/// A student's program may flood: no more connections than this at a time (a further SYN is dropped, as by a
/// full SYN queue), and no more probes remembered.
const MOST: usize = 65_536;

/// The state of all connections of one host.
#[derive(Debug, Default)]
pub(crate) struct PassiveTcp {
    connections: HashMap<(SocketAddrV4, u16), Connection>,
    /// SYNs so far of each probe, which its ends and its sequence number identify.
    probes: HashMap<(SocketAddrV4, u16, u32), usize>,
}

/// A connection from SYN,ACK on; the names are those of RFC 793 §3.2.
#[derive(Debug)]
struct Connection {
    /// The next sequence number expected of the peer.
    rcv_nxt: u32,
    /// The next sequence number to send.
    snd_nxt: u32,
    fin_sent: bool,
}

impl PassiveTcp {
    /// Takes a segment that arrived intact from `peer`; `packet` is the IPv4 packet it came in.
    pub(crate) fn receive(
        &mut self,
        host: &Host,
        peer: SocketAddrV4,
        tcp: &Tcp,
        packet: &[u8],
    ) -> Option<Answer> {
        let script = host.port_script(tcp.dport);
        let reply = segment(SocketAddrV4::new(host.ip, tcp.dport), peer);
        let flow = (peer, tcp.dport);
        if tcp.flags.contains(Flags::RST) {
            self.connections.remove(&flow);
            return None;
        }
        if tcp.flags.contains(Flags::SYN) && !tcp.flags.intersects(Flags::ACK | Flags::FIN) {
            let earlier = match script {
                PortScript::Sequence(_) => self.count_syn(peer, tcp),
                _ => 0,
            };
            let script = script.at(earlier);
            return self.syn(host, script, flow, tcp, reply, packet);
        }
        if let Some(connection) = self.connections.get_mut(&flow) {
            let answer = connection.receive(tcp, reply);
            if connection.fin_sent && tcp.flags.contains(Flags::ACK) && tcp.ack == connection.snd_nxt {
                self.connections.remove(&flow);
            }
            return answer.map(|answer| send(host, peer, &answer));
        }
        match script.at(usize::MAX) {
            PortScript::Silent => None,
            PortScript::Unreachable(code) => Some(unreachable(host, peer, *code, packet)),
            PortScript::Closed => Some(send(host, peer, &reset(tcp, reply))),
            // In LISTEN an ACK is answered by RST, and all else but a SYN dropped (RFC 793 §3.9).
            _ => tcp.flags.contains(Flags::ACK).then(|| send(host, peer, &reset(tcp, reply))),
        }
    }

    /// How many SYNs of this probe came before.
    fn count_syn(&mut self, peer: SocketAddrV4, tcp: &Tcp) -> usize {
        if self.probes.len() >= MOST {
            self.probes.clear();
        }
        let count = self.probes.entry((peer, tcp.dport, tcp.seq)).or_default();
        *count += 1;
        *count - 1
    }

    fn syn(
        &mut self,
        host: &Host,
        script: &PortScript,
        flow: (SocketAddrV4, u16),
        tcp: &Tcp,
        reply: Segment,
        packet: &[u8],
    ) -> Option<Answer> {
        let peer = flow.0;
        let syn_ack =
            |reply: Segment, ack: u32| reply.flags(Flags::SYN).seq(host.isn).ack(ack).options(&MSS_1460);
        let next = tcp.seq.wrapping_add(1);
        match script {
            PortScript::Open | PortScript::Late(_) => {
                if self.connections.len() >= MOST && !self.connections.contains_key(&flow) {
                    return None;
                }
                let connection =
                    Connection { rcv_nxt: next, snd_nxt: host.isn.wrapping_add(1), fin_sent: false };
                self.connections.insert(flow, connection);
                let after = if let PortScript::Late(time) = script { *time } else { Duration::ZERO };
                Some(Answer { after, ..send(host, peer, &syn_ack(reply, next)) })
            }
            PortScript::Closed => Some(send(host, peer, &reset(tcp, reply))),
            PortScript::Silent | PortScript::Sequence(_) => None,
            PortScript::Unreachable(code) => Some(unreachable(host, peer, *code, packet)),
            PortScript::BadAck => Some(send(host, peer, &syn_ack(reply, next.wrapping_add(1)))),
            PortScript::OtherSource(ip) => {
                let reply = segment(SocketAddrV4::new(*ip, tcp.dport), peer);
                let packet = ipv4::packet(*ip, *peer.ip(), ipv4::TCP, &syn_ack(reply, next).to_bytes());
                Some(Answer::now(packet))
            }
            PortScript::OtherPort => {
                let port = tcp.dport.checked_add(1).unwrap_or(1);
                let reply = segment(SocketAddrV4::new(host.ip, port), peer);
                Some(send(host, peer, &syn_ack(reply, next)))
            }
        }
    }
}

impl Connection {
    /// The segment-arrives rules of RFC 793 §3.9 for a side that only listens. Acknowledges at once, and
    /// closes as soon as the peer has.
    fn receive(&mut self, tcp: &Tcp, reply: Segment) -> Option<Segment> {
        if !tcp.flags.contains(Flags::ACK) {
            return None;
        }
        let fin = tcp.flags.contains(Flags::FIN);
        let len = sequence_len(tcp);
        if tcp.seq != self.rcv_nxt {
            return Some(reply.seq(self.snd_nxt).ack(self.rcv_nxt));
        }
        if len == 0 {
            return None;
        }
        self.rcv_nxt = self.rcv_nxt.wrapping_add(len);
        let reply = reply.seq(self.snd_nxt).ack(self.rcv_nxt);
        if !fin {
            return Some(reply);
        }
        self.snd_nxt = self.snd_nxt.wrapping_add(1);
        self.fin_sent = true;
        Some(reply.flags(Flags::FIN))
    }
}

/// How much sequence space a segment takes: SYN and FIN count as a byte each (RFC 793 §3.3).
fn sequence_len(tcp: &Tcp) -> u32 {
    let bytes = u32::try_from(tcp.payload_len).expect("a segment fits into an IPv4 packet");
    bytes + u32::from(tcp.flags.contains(Flags::SYN)) + u32::from(tcp.flags.contains(Flags::FIN))
}

/// The reset that a segment for no connection gets (RFC 793 §3.4).
fn reset(tcp: &Tcp, reply: Segment) -> Segment {
    let reply = reply.flags(Flags::RST).window(0);
    if tcp.flags.contains(Flags::ACK) {
        reply.seq(tcp.ack)
    } else {
        reply.ack(tcp.seq.wrapping_add(sequence_len(tcp)))
    }
}

fn send(host: &Host, peer: SocketAddrV4, segment: &Segment) -> Answer {
    Answer::now(ipv4::packet(host.ip, *peer.ip(), ipv4::TCP, &segment.to_bytes()))
}

fn unreachable(host: &Host, peer: SocketAddrV4, code: u8, packet: &[u8]) -> Answer {
    Answer::now(ipv4::packet(host.ip, *peer.ip(), ipv4::ICMP, &icmp::unreachable(code, packet)))
}
