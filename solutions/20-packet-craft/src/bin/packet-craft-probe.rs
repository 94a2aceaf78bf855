//! `packet-craft-probe`: the library's functions, one command a line, for the checks (given).
//!
//! ```text
//! checksum BYTES                                             -> ok 220d
//! tcp-checksum SRC DST BYTES                                 -> ok 5b9c
//! icmp-echo ID SEQ BYTES                                     -> ok <the message>
//! tcp-segment SRC DST SEQ ACK FLAGS WINDOW OPTIONS PAYLOAD   -> ok <the segment>
//! dissect FRAME                                              -> ok <the lines, with / between them> | err <what is missing>
//! ```
//!
//! Bytes are in hex, `-` are none. SRC and DST of a segment are ADDRESS:PORT.

use std::io;
use std::str::FromStr;

use labkit::probe::{from_bytes, serve, to_bytes};
use packet_craft::build::{TcpSpec, icmp_echo, tcp_segment};
use packet_craft::checksum::{internet_checksum, tcp_checksum};
use packet_craft::parse::dissect;
use packet_craft::render::render;

fn main() -> io::Result<()> {
    serve(|command, words| match (command, words) {
        ("checksum", [bytes]) => Ok(format!("{:04x}", internet_checksum(&to_bytes(bytes)?))),
        ("tcp-checksum", [src, dst, bytes]) => {
            Ok(format!("{:04x}", tcp_checksum(parse(src)?, parse(dst)?, &to_bytes(bytes)?)))
        }
        ("icmp-echo", [id, seq, payload]) => {
            Ok(from_bytes(&icmp_echo(parse(id)?, parse(seq)?, &to_bytes(payload)?)))
        }
        ("tcp-segment", [src, dst, seq, ack, flags, window, options, payload]) => {
            let (options, payload) = (to_bytes(options)?, to_bytes(payload)?);
            Ok(from_bytes(&tcp_segment(&TcpSpec {
                src: parse(src)?,
                dst: parse(dst)?,
                seq: parse(seq)?,
                ack: parse(ack)?,
                flags: parse(flags)?,
                window: parse(window)?,
                options: &options,
                payload: &payload,
            })))
        }
        ("dissect", [frame]) => {
            let frame = to_bytes(frame)?;
            let layers = dissect(&frame).map_err(|error| error.to_string())?;
            Ok(render(&layers).trim().replace("\n  ", " / "))
        }
        _ => {
            Err("usage: checksum | tcp-checksum | icmp-echo | tcp-segment | dissect, with arguments"
                .to_owned())
        }
    })
}

fn parse<T: FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("`{word}` makes no sense here"))
}
