//! `udp-lan-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `largest_payload MTU` | in bytes |
//! | `broadcast_address ADDRESS PREFIX` | the address |

use std::io;

use udp_lan::bcast::broadcast_address;
use udp_lan::mtu::largest_payload;

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("largest_payload", [mtu]) => {
            let mtu = mtu.parse().map_err(|_| format!("not a number: {mtu}"))?;
            Ok(largest_payload(mtu).to_string())
        }
        ("broadcast_address", [address, prefix]) => {
            let address = address.parse().map_err(|_| format!("not an address: {address}"))?;
            let prefix = prefix.parse().map_err(|_| format!("not a number: {prefix}"))?;
            Ok(broadcast_address(address, prefix).to_string())
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}
