//! The grader's end of UDP: peers that speak, a proxy that loses by script, and what a peer can't be: a sender without a
//! port.

mod lossy_proxy;
mod peer;
mod portless;
mod stamped;

pub use lossy_proxy::LossyProxy;
pub use peer::UdpPeer;
pub use stamped::Datagram;

pub(crate) use portless::send_without_port;

/// The largest payload of a datagram over IPv4: 65,535 less 20 and 8 bytes of headers.
const LARGEST: usize = 65_507;
