//! `sntp-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `parse BYTES` | the packet's fields in their order, decimal; reference id and timestamps in hex |
//! | `to_bytes FIELD…` | the bytes of the packet with these fields, given as `parse` answers them |
//! | `from_system SECONDS NANOSECONDS` | the timestamp, in hex, of that time since 1970 |
//! | `to_system TIMESTAMP` | the time since 1970 in seconds, with nine digits behind the point |
//! | `offset_delay T1 T2 T3 T4` | offset and delay of these timestamps in seconds, with nine digits behind the point |
//!
//! Bytes and timestamps are hex, empty bytes `-`.

use std::io;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use labkit::probe::{from_bytes, to_bytes};
use sntp::packet::NtpPacket;
use sntp::time::{NtpTs, offset_delay};

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("parse", [bytes]) => {
            NtpPacket::parse(&to_bytes(bytes)?).map(|packet| fields(&packet)).map_err(|e| e.to_string())
        }
        ("to_bytes", fields) => Ok(from_bytes(&packet(fields)?.to_bytes())),
        ("from_system", [seconds, nanoseconds]) => {
            let time = UNIX_EPOCH + Duration::new(number(seconds)?, number(nanoseconds)?);
            Ok(hex(NtpTs::from_system(time)))
        }
        ("to_system", [text]) => Ok(since_1970(timestamp(text)?.to_system())),
        ("offset_delay", [t1, t2, t3, t4]) => {
            let (offset, delay) =
                offset_delay(timestamp(t1)?, timestamp(t2)?, timestamp(t3)?, timestamp(t4)?);
            Ok(format!("{offset:.9} {delay:.9}"))
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn fields(packet: &NtpPacket) -> String {
    let NtpPacket { li, vn, mode, stratum, poll, precision, root_delay, root_disp, ref_id, .. } = packet;
    let times = [packet.ref_ts, packet.orig_ts, packet.recv_ts, packet.xmit_ts].map(hex).join(" ");
    let ref_id = from_bytes(ref_id);
    format!("{li} {vn} {mode} {stratum} {poll} {precision} {root_delay} {root_disp} {ref_id} {times}")
}

fn packet(fields: &[&str]) -> Result<NtpPacket, String> {
    let [
        li,
        vn,
        mode,
        stratum,
        poll,
        precision,
        root_delay,
        root_disp,
        ref_id,
        ref_ts,
        orig_ts,
        recv_ts,
        xmit_ts,
    ] = fields
    else {
        return Err(format!("a packet has 13 fields, not {}", fields.len()));
    };
    Ok(NtpPacket {
        li: number(li)?,
        vn: number(vn)?,
        mode: number(mode)?,
        stratum: number(stratum)?,
        poll: number(poll)?,
        precision: number(precision)?,
        root_delay: number(root_delay)?,
        root_disp: number(root_disp)?,
        ref_id: to_bytes(ref_id)?.try_into().map_err(|_| format!("not four bytes: {ref_id}"))?,
        ref_ts: timestamp(ref_ts)?,
        orig_ts: timestamp(orig_ts)?,
        recv_ts: timestamp(recv_ts)?,
        xmit_ts: timestamp(xmit_ts)?,
    })
}

fn hex(timestamp: NtpTs) -> String {
    format!("{:016x}", timestamp.0)
}

fn timestamp(text: &str) -> Result<NtpTs, String> {
    u64::from_str_radix(text, 16).map(NtpTs).map_err(|_| format!("not a timestamp: {text}"))
}

fn since_1970(time: SystemTime) -> String {
    let (sign, duration) = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => ("", after),
        Err(before) => ("-", before.duration()),
    };
    format!("{sign}{}.{:09}", duration.as_secs(), duration.subsec_nanos())
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}
