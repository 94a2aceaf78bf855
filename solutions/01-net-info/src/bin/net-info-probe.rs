//! `net-info-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `describe NAME INDEX MAC FLAGS ADDRESS/LENGTH…` | the line about such an interface |
//!
//! MAC is `-` if it has none; FLAGS are the kernel's, in hexadecimal.

use std::io;

use net_info::ifaces::describe;
use pnet::datalink::NetworkInterface;

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("describe", [name, index, mac, flags, ips @ ..]) => {
            interface(name, index, mac, flags, ips).map(|interface| describe(&interface))
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn interface(
    name: &str,
    index: &str,
    mac: &str,
    flags: &str,
    ips: &[&str],
) -> Result<NetworkInterface, String> {
    let bad = |word: &str| format!("not understood: {word}");
    Ok(NetworkInterface {
        name: name.to_owned(),
        description: String::new(),
        index: index.parse().map_err(|_| bad(index))?,
        mac: if mac == "-" { None } else { Some(mac.parse().map_err(|_| bad(mac))?) },
        ips: ips.iter().map(|ip| ip.parse().map_err(|_| bad(ip))).collect::<Result<_, String>>()?,
        flags: u32::from_str_radix(flags, 16).map_err(|_| bad(flags))?,
    })
}
