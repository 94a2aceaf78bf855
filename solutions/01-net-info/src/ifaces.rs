//! Interfaces: where a machine meets its networks.

use pnet::datalink::NetworkInterface;

/// One line about an interface: `NAME index=N mac=MAC flags=FLAGS ADDRESS/LENGTH …`.
///
/// MAC is written `02:00:0a:4d:00:01`, and `-` if the interface has none (or has only zeros, as loopback does). FLAGS are
/// those that are set among `UP`, `BROADCAST`, `LOOPBACK`, `POINTOPOINT`, `RUNNING` and `MULTICAST`, in this order and
/// with commas between them; `-` if none is. All addresses follow, in the order in which the interface has them, each with
/// the length of its network's prefix.
pub fn describe(interface: &NetworkInterface) -> String {
    // begin solution: put the line together: name, index, MAC, flags, and every address
    let mac = interface.mac.filter(|mac| !mac.is_zero()).map_or("-".to_owned(), |mac| mac.to_string());
    let mut line =
        format!("{} index={} mac={mac} flags={}", interface.name, interface.index, flags(interface));
    for network in &interface.ips {
        line.push_str(&format!(" {}/{}", network.ip(), network.prefix()));
    }
    line
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// The flags that are set, by name.
fn flags(interface: &NetworkInterface) -> String {
    let names: Vec<&str> = [
        ("UP", interface.is_up()),
        ("BROADCAST", interface.is_broadcast()),
        ("LOOPBACK", interface.is_loopback()),
        ("POINTOPOINT", interface.is_point_to_point()),
        ("RUNNING", interface.is_running()),
        ("MULTICAST", interface.is_multicast()),
    ]
    .into_iter()
    .filter_map(|(name, is_set)| is_set.then_some(name))
    .collect();
    if names.is_empty() { "-".to_owned() } else { names.join(",") }
}
// end solution item
