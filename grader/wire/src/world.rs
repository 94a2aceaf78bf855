//! Everything beyond the student's link: the hosts, what they will send, what was seen.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use crate::arp;
use crate::decode::{Decoded, Ethernet, Icmp, Ipv4, decode};
use crate::ether::{self, Mac};
use crate::host::{ArpAnswer, EchoAnswer, Host};
use crate::icmp;
use crate::ipv4;
use crate::passive::{Answer, PassiveTcp};
use crate::schedule::Schedule;

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The student's side sent it.
    FromStudent,
    /// A scripted host sent it.
    ToStudent,
}

/// A frame that crossed the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Time since the check's start.
    pub at: Duration,
    /// Which way it went.
    pub direction: Direction,
    /// The frame, from its destination address on.
    pub frame: Vec<u8>,
}

/// A student's program may flood: at most so many bytes of frames are kept.
const MOST_KEPT: usize = 64 << 20;

/// All hosts on the far end of the wire.
///
/// A host takes only what a real one would: frames for its MAC (or, of ARP, for everyone) with right IP and TCP
/// or ICMP checksums, untagged and not fragmented. Everything is recorded, wrong or right.
#[derive(Debug, Default)]
pub struct World {
    stations: Vec<Station>,
    scheduled: Schedule<Vec<u8>>,
    chatter: Vec<Chatter>,
    seen: Vec<Seen>,
    kept: usize,
    unrecorded: u64,
}

#[derive(Debug)]
struct Station {
    host: Host,
    tcp: PassiveTcp,
}

#[derive(Debug)]
struct Chatter {
    next: Duration,
    period: Duration,
    frames: std::iter::Cycle<std::vec::IntoIter<Vec<u8>>>,
}

impl World {
    /// A wire with nobody on it.
    pub fn new() -> World {
        World::default()
    }

    /// Adds a host. Of two with the same address the first one answers.
    pub fn host(mut self, host: Host) -> World {
        self.stations.push(Station { host, tcp: PassiveTcp::default() });
        self
    }

    /// Has `frames` sent over and over, one every `period`, from `start` on: background chatter. What a late
    /// caller missed is not made up for.
    ///
    /// # Panics
    /// If `period` is zero.
    pub fn chatter(mut self, start: Duration, period: Duration, frames: Vec<Vec<u8>>) -> World {
        assert!(!period.is_zero(), "chatter needs a period");
        if !frames.is_empty() {
            self.chatter.push(Chatter { next: start, period, frames: frames.into_iter().cycle() });
        }
        self
    }

    /// Has `frame` sent at `at`.
    pub fn inject_at(&mut self, at: Duration, frame: Vec<u8>) {
        self.scheduled.at(at, frame);
    }

    /// Has `frames` sent one after the other, the first at `at`, each `gap` later than the one before.
    pub fn replay_at(&mut self, at: Duration, gap: Duration, frames: impl IntoIterator<Item = Vec<u8>>) {
        let mut time = at;
        for frame in frames {
            self.inject_at(time, frame);
            time += gap;
        }
    }

    /// Takes a frame from the student's side and returns the immediate answers, in the order to send them.
    /// Later ones come from [`due`](World::due).
    pub fn receive(&mut self, now: Duration, frame: &[u8]) -> Vec<Vec<u8>> {
        self.record(now, Direction::FromStudent, frame);
        let decoded = decode(frame);
        let mut answers = Vec::new();
        for (after, answer) in self.answers(&decoded, frame) {
            if after.is_zero() {
                self.record(now, Direction::ToStudent, &answer);
                answers.push(answer);
            } else {
                self.inject_at(now + after, answer);
            }
        }
        answers
    }

    /// The scheduled frames whose time has come, in the order to send them.
    pub fn due(&mut self, now: Duration) -> Vec<Vec<u8>> {
        let mut frames: Vec<Vec<u8>> = std::iter::from_fn(|| self.scheduled.pop_due(now)).collect();
        for chatter in self.chatter.iter_mut().filter(|chatter| chatter.next <= now) {
            frames.extend(chatter.frames.next());
            let in_time = chatter.next + chatter.period;
            chatter.next = if in_time > now { in_time } else { now + chatter.period };
        }
        for frame in &frames {
            self.record(now, Direction::ToStudent, frame);
        }
        frames
    }

    /// When the next scheduled frame is due.
    pub fn next_due(&self) -> Option<Duration> {
        self.chatter.iter().map(|chatter| chatter.next).chain(self.scheduled.next_due()).min()
    }

    /// Every frame of either direction so far, oldest first; of a flood the first 64 MiB.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// How many frames went unrecorded because so many had been kept already.
    pub fn unrecorded(&self) -> u64 {
        self.unrecorded
    }

    fn record(&mut self, at: Duration, direction: Direction, frame: &[u8]) {
        if self.kept + frame.len() > MOST_KEPT {
            self.unrecorded += 1;
            return;
        }
        self.kept += frame.len();
        self.seen.push(Seen { at, direction, frame: frame.to_vec() });
    }

    /// The frames that answer one frame, each with the time to wait before.
    fn answers(&mut self, decoded: &Decoded, frame: &[u8]) -> Vec<(Duration, Vec<u8>)> {
        let Some(link) = decoded.ethernet.filter(|link| link.vlan.is_none()) else { return Vec::new() };
        if let Some(packet) = &decoded.arp {
            return self.answer_arp(link, packet);
        }
        let Some(packet) = decoded.ipv4.as_ref().filter(|packet| acceptable(link, packet)) else {
            return Vec::new();
        };
        let Some((station, from)) = self.route(link.destination, packet.destination) else {
            return Vec::new();
        };
        let datagram = &frame[etherparse::Ethernet2Header::LEN..];
        station
            .receive(decoded, packet, datagram)
            .into_iter()
            .map(|answer| (answer.after, ether::frame(from, link.source, ether::IPV4, &answer.packet)))
            .collect()
    }

    fn answer_arp(&self, link: Ethernet, packet: &arp::Packet) -> Vec<(Duration, Vec<u8>)> {
        if packet.operation != arp::REQUEST {
            return Vec::new();
        }
        let asked = self.stations.iter().map(|station| &station.host).find(|host| {
            host.ip == packet.target_ip
                && host.is_on_link()
                && (link.destination.is_group() || link.destination == host.mac)
        });
        asked
            .into_iter()
            .flat_map(|host| {
                host.arp.iter().map(|answer| match answer {
                    ArpAnswer::Truth => host.mac,
                    ArpAnswer::Claim(other) => *other,
                })
            })
            .map(|mac| {
                let reply = arp::reply(mac, packet.target_ip, packet.sender_mac, packet.sender_ip);
                (Duration::ZERO, reply)
            })
            .collect()
    }

    /// Who gets a packet for `ip` in a frame to `mac`, and from which station its answers come: the host
    /// itself, or the gateway on behalf of a host outside the subnet.
    fn route(&mut self, mac: Mac, ip: Ipv4Addr) -> Option<(&mut Station, Mac)> {
        let via_gateway =
            self.stations.iter().any(|station| station.host.forwards && station.host.mac == mac);
        self.stations
            .iter_mut()
            .find(|Station { host, .. }| {
                host.ip == ip && if host.is_on_link() { host.mac == mac } else { via_gateway }
            })
            .map(|station| (station, mac))
    }
}

/// Whether a kernel would hand the packet up.
fn acceptable(link: Ethernet, packet: &Ipv4) -> bool {
    link.ether_type == ether::IPV4
        && !link.source.is_group()
        && packet.checksum_ok
        && !packet.truncated
        && !packet.fragmented
}

impl Station {
    fn receive(&mut self, decoded: &Decoded, packet: &Ipv4, datagram: &[u8]) -> Vec<Answer> {
        if let Some(tcp) = decoded.tcp.as_ref().filter(|tcp| tcp.checksum_ok) {
            let peer = SocketAddrV4::new(packet.source, tcp.sport);
            return self.tcp.receive(&self.host, peer, tcp, datagram).into_iter().collect();
        }
        if let Some(message) = decoded.icmp.as_ref().filter(|message| message.checksum_ok) {
            return answer_echo(&self.host, packet.source, message);
        }
        Vec::new()
    }
}

fn answer_echo(host: &Host, peer: Ipv4Addr, message: &Icmp) -> Vec<Answer> {
    let request = (message.kind == icmp::ECHO_REQUEST && message.code == 0)
        .then(|| message.echo_id().zip(message.echo_sequence()))
        .flatten();
    let Some((id, sequence)) = request else { return Vec::new() };
    host.echo
        .iter()
        .map(|answer| {
            let (id, sequence) = match answer {
                EchoAnswer::Right => (id, sequence),
                EchoAnswer::WrongId => (!id, sequence),
                EchoAnswer::WrongSequence => (id, sequence.wrapping_add(1000)),
            };
            let reply = icmp::echo_reply(id, sequence, &message.payload);
            Answer::now(ipv4::packet(host.ip, peer, ipv4::ICMP, &reply))
        })
        .collect()
}
