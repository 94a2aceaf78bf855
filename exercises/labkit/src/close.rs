//! How a server closes: so that its last reply arrives.

use std::io::{self, Read};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// How much input [`close`] discards at most.
const MAX_BYTES: u64 = 1024 * 1024;

/// How long [`close`] waits at most for the peer to close as well.
const MAX_TIME: Duration = Duration::from_secs(1);

/// [`drain_close`] as every server of the course does it: discards at most 1 MiB, and waits for at most a second.
///
/// # Errors
/// Those of [`drain_close`].
pub fn close(stream: TcpStream) -> io::Result<u64> {
    drain_close(stream, MAX_BYTES, MAX_TIME)
}

/// Closes `stream` without destroying what was sent last, and returns how many bytes it discarded on the way.
///
/// A socket that is closed while it still holds unread input makes the kernel send RST instead of FIN (RFC 1122
/// §4.2.2.13, RFC 2525 §2.17). What waits in the send buffer is then thrown away, the peer sees "connection reset"
/// instead of the end, and on some systems it loses even the part of the reply that had arrived. So: send FIN
/// (`shutdown(Write)`), read and discard what the peer still sends until *its* FIN, and only then close. A peer that
/// never stops is cut off after `max_bytes` or `max_time`, whichever comes first; that isn't an error.
///
/// # Errors
/// Those of `shutdown` and `read`. `ConnectionReset` and `NotConnected` mean that the peer was gone already.
pub fn drain_close(mut stream: TcpStream, max_bytes: u64, max_time: Duration) -> io::Result<u64> {
    let deadline = Instant::now() + max_time;
    stream.set_nonblocking(false)?;
    stream.shutdown(Shutdown::Write)?;

    let mut discarded = 0;
    let mut buffer = [0; 8192];
    while discarded < max_bytes {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        // Set anew before each read: a timeout for one read alone would let a peer that drips bytes hold us for ever.
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => discarded += n as u64,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // A read timeout: WouldBlock on Unix, TimedOut on Windows.
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => break,
            Err(e) => return Err(e),
        }
    }
    Ok(discarded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;
    use std::thread;

    const LONG: Duration = Duration::from_secs(20);

    /// A connected pair: (server's end, client's end).
    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_read_timeout(Some(LONG)).unwrap();
        let (server, _) = listener.accept().unwrap();
        (server, client)
    }

    /// Blocks until `n` bytes lie unread in the socket's receive buffer.
    fn wait_until_arrived(stream: &TcpStream, n: usize) {
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut buffer = vec![0; n];
        while stream.peek(&mut buffer).unwrap() < n {}
    }

    #[test]
    fn the_peer_sees_the_reply_and_then_the_end() {
        let (mut server, mut client) = pair();
        client.write_all(&[b'x'; 5000]).unwrap();
        wait_until_arrived(&server, 5000);
        server.write_all(b"ERROR\n").unwrap();
        let closer = thread::spawn(move || drain_close(server, 1 << 20, LONG));

        let mut reply = Vec::new();
        client.read_to_end(&mut reply).unwrap();
        assert_eq!(reply, b"ERROR\n");
        drop(client);
        assert_eq!(closer.join().unwrap().unwrap(), 5000);
    }

    #[test]
    fn after_a_plain_close_it_sees_a_reset() {
        let (mut server, mut client) = pair();
        client.write_all(&[b'x'; 5000]).unwrap();
        wait_until_arrived(&server, 5000);
        server.write_all(b"ERROR\n").unwrap();
        drop(server);
        let error = client.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[test]
    fn a_silent_peer_is_left_after_max_time() {
        let (server, _client) = pair();
        let before = Instant::now();
        assert_eq!(drain_close(server, 1 << 20, Duration::from_millis(100)).unwrap(), 0);
        assert!(before.elapsed() >= Duration::from_millis(100));
    }

    #[test]
    fn a_flood_is_cut_off_after_max_bytes() {
        let (server, mut client) = pair();
        let flood = thread::spawn(move || while client.write_all(&[0; 65_536]).is_ok() {});
        let discarded = drain_close(server, 100_000, LONG).unwrap();
        assert!((100_000..100_000 + 8192).contains(&discarded), "{discarded}");
        flood.join().unwrap();
    }

    #[test]
    fn a_socket_in_non_blocking_mode_is_drained_as_well() {
        let (server, client) = pair();
        server.set_nonblocking(true).unwrap();
        let closer = thread::spawn(move || drain_close(server, 1 << 20, LONG));
        let mut client = client;
        assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
        client.write_all(b"late").unwrap();
        drop(client);
        assert_eq!(closer.join().unwrap().unwrap(), 4);
    }
}
