//! Interfaces: where a machine meets its networks.

use pnet::datalink::NetworkInterface;

/// One line about an interface: `NAME index=N mac=MAC flags=FLAGS ADDRESS/LENGTH …`.
///
/// MAC is written `02:00:0a:4d:00:01`, and `-` if the interface has none (or has only zeros, as loopback does). FLAGS are
/// those that are set among `UP`, `BROADCAST`, `LOOPBACK`, `POINTOPOINT`, `RUNNING` and `MULTICAST`, in this order and
/// with commas between them; `-` if none is. All addresses follow, in the order in which the interface has them, each with
/// the length of its network's prefix.
pub fn describe(interface: &NetworkInterface) -> String {
    todo!("put the line together: name, index, MAC, flags, and every address")
}

// Your part: steps that you like to have as functions of their own
