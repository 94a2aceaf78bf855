//! One client, from its first line to its last.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use crate::clients::Client;
use crate::server::State;

/// The longest line in bytes, with its newline.
const MAX_LINE: u64 = 65_536;

/// Answers a client's lines until it has finished.
pub(crate) async fn serve(stream: TcpStream, address: SocketAddr, state: Arc<State>) {
    let (reader, writer) = stream.into_split();
    let client = Arc::new(Client::new(address, writer));
    state.clients.join(Arc::clone(&client));

    match converse(reader, &client, &state).await {
        Ok((bytes_in, bytes_out)) => state.metrics.finished(bytes_in, bytes_out),
        Err(error) => labkit::log!(warn, "{address}: {error}"),
    }
}

/// Answers line after line. Returns how many bytes were read, and how many written.
async fn converse(reader: OwnedReadHalf, client: &Client, state: &State) -> io::Result<(u64, u64)> {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    let (mut bytes_in, mut bytes_out) = (0, 0);
    loop {
        line.clear();
        let length = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line).await?;
        if length == 0 {
            return Ok((bytes_in, bytes_out));
        }
        if length as u64 == MAX_LINE && !line.ends_with(b"\n") {
            return Err(io::Error::new(ErrorKind::InvalidData, "the line is too long"));
        }
        let answer = answer(&line, client, state);
        client.send(answer.as_bytes()).await?;
        bytes_in += length as u64;
        bytes_out += answer.len() as u64;
    }
}

/// The answer to a line.
fn answer(line: &[u8], client: &Client, state: &State) -> String {
    match text_of(line).as_str() {
        "STATS" => state.stats(),
        text => {
            state.requests.keep(client.address, text);
            format!("ECHO: {}\n", text.to_ascii_uppercase())
        }
    }
}

/// A line without its end.
fn text_of(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8(line.to_vec()).expect("a line is text")
}
