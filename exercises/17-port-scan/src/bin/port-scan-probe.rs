//! `port-scan-probe`: asks this crate's functions what the checks want to know, one command a line (given).
//!
//! | command | answer |
//! |---|---|
//! | `ports TEXT` | the ports that the text names, as `--ports` would have them |

use std::io;

use port_scan::ports::parse_ports;

fn main() -> io::Result<()> {
    labkit::probe::serve(|command, words| match command {
        "ports" => {
            let ports = parse_ports(&words.join(" ")).map_err(|error| error.to_string())?;
            Ok(ports.iter().map(u16::to_string).collect::<Vec<_>>().join(" "))
        }
        _ => Err(format!("no such command: {command}")),
    })
}
