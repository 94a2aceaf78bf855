//! `tcp-shutdown-probe`: asks this crate's functions what the checks want to know, one command a line.
//!
//! | command | answer |
//! |---|---|
//! | `copy_stream READS WRITES` | how many bytes it says that it has copied, and those that were written |
//! | `drain_close UNREAD MAX_BYTES MAX_MS PEER` | how many bytes it says that it has discarded, and what the peer saw |
//!
//! What streams do is a script: see [`Reads`] and [`Writes`]. `drain_close` closes a connection on which the peer has
//! sent UNREAD bytes that nobody has read, and on which `bye` was sent. The peer reads until the end, which is `FIN` or
//! `RST`, and then it `ends` too, or it `stays` without a word, or it sends a byte now and then (`drips`) or as much as
//! it can (`floods`).

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use labkit::probe::{Reads, Writes, from_bytes};
use tcp_shutdown::close::drain_close;
use tcp_shutdown::copy::copy_stream;

fn main() -> io::Result<()> {
    labkit::probe::serve(answer)
}

fn answer(command: &str, arguments: &[&str]) -> Result<String, String> {
    match (command, arguments) {
        ("copy_stream", [reads, writes]) => {
            let (mut reader, mut writer): (Reads, Writes) = (reads.parse()?, writes.parse()?);
            match copy_stream(&mut reader, &mut writer) {
                Ok(total) => Ok(format!("{total} {}", from_bytes(writer.written()))),
                Err(error) => Err(format!("{:?} after {}", error.kind(), from_bytes(writer.written()))),
            }
        }
        ("drain_close", [unread, max_bytes, max_time, peer]) => {
            let max_time = Duration::from_millis(number(max_time)?);
            closing(number(unread)?, number(max_bytes)?, max_time, peer).map_err(|error| error.to_string())
        }
        _ => Err(format!("no such command: {command} with {} arguments", arguments.len())),
    }
}

fn closing(unread: usize, max_bytes: u64, max_time: Duration, manner: &str) -> io::Result<String> {
    let (mut ours, mut peer) = connected()?;
    peer.write_all(&vec![b'x'; unread])?;
    let mut arrived = vec![0; unread];
    // To peek at nothing waits for something.
    while unread > 0 && ours.peek(&mut arrived)? < unread {}
    ours.write_all(b"bye")?;
    let closer = thread::spawn(move || drain_close(ours, max_bytes, max_time));

    let saw = match peer.read_to_end(&mut Vec::new()) {
        Ok(_) => "FIN",
        Err(error) if error.kind() == ErrorKind::ConnectionReset => "RST",
        Err(error) => return Err(error),
    };
    match manner {
        "ends" => drop(peer),
        "drips" => {
            while !closer.is_finished() && peer.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(10));
            }
        }
        "floods" => while peer.write_all(&[b'x'; 4096]).is_ok() {},
        _ => {}
    }
    let discarded = closer.join().map_err(|_| io::Error::other("drain_close panicked"))??;
    Ok(format!("discarded={discarded} peer={saw}"))
}

/// Both ends of a connection.
fn connected() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let peer = TcpStream::connect(listener.local_addr()?)?;
    Ok((listener.accept()?.0, peer))
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}
