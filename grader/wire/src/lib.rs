//! Hosts played in user space on the far end of a virtual link; captures; ladder diagrams.
//!
//! Nothing here touches a socket, a thread or a clock. Frames and the time since the check's start go in,
//! frames come out, so every host can be tested without any privilege. Whoever owns the far end of the link
//! pumps: what arrives goes to [`World::receive`], what is due comes from [`World::due`], and
//! [`World::next_due`] says how long to wait for the next frame at most.
//!
//! ```
//! use std::time::Duration;
//! use wire::{Host, Mac, PortScript, World, arp};
//!
//! let host = Host::new([10, 77, 0, 2].into(), Mac::of_host(2)).port(80, PortScript::Open);
//! let mut world = World::new().host(host);
//! let question = arp::request(Mac::of_host(1), [10, 77, 0, 1].into(), [10, 77, 0, 2].into());
//! let answers = world.receive(Duration::ZERO, &question);
//! assert_eq!(wire::summary(&answers[0]), "ARP 10.77.0.2 is at 02:00:0a:4d:00:02");
//! ```

pub mod arp;
pub mod bytes;
pub mod capture;
mod conversation;
pub mod decode;
pub mod diagram;
pub mod ether;
mod fakehost;
mod host;
pub mod icmp;
pub mod ipv4;
pub mod ladder;
pub mod lossy;
mod passive;
pub mod peer;
mod port;
mod schedule;
mod summary;
pub mod tcp;
pub mod udp;
mod world;

pub use conversation::{Conversation, End};
pub use decode::{Decoded, decode};
pub use ether::Mac;
pub use fakehost::FakehostError;
pub use host::{ArpAnswer, EchoAnswer, GATEWAY, Host};
pub use port::PortScript;
pub use summary::{Flows, summary};
pub use world::{Direction, Seen, World};
