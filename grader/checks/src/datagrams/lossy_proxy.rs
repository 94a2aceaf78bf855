//! A proxy that loses datagrams by script.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wire::lossy::Lossy;

use super::LARGEST;
use crate::fault::Fault;
use crate::recorder::Recorder;
use crate::words::shown;

/// The longest time the proxy does not look whether it is to stop or a held datagram is due.
const TURN: Duration = Duration::from_millis(5);

/// A proxy between a client and a server that drops, doubles, holds and swaps the client's datagrams by script, and
/// lets the server's answers pass. It plays until it is dropped.
#[derive(Debug)]
pub struct LossyProxy {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LossyProxy {
    pub(crate) fn start(script: &str, server: SocketAddr, recorder: &Recorder) -> Result<LossyProxy, Fault> {
        let lossy = Lossy::parse(script).map_err(Fault::infra)?;
        let front = UdpSocket::bind("127.0.0.1:0")?;
        let back = UdpSocket::bind("127.0.0.1:0")?;
        back.connect(server)?;
        let address = front.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, recorder) = (Arc::clone(&stop), recorder.clone());
        front.set_read_timeout(Some(TURN))?;
        back.set_nonblocking(true)?;
        let thread = std::thread::spawn(move || carry(lossy, &front, &back, &stopped, &recorder));
        Ok(LossyProxy { address, stop, thread: Some(thread) })
    }

    /// Where the client is to send.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for LossyProxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // A proxy that panicked has told so on stderr.
            let _ = thread.join();
        }
    }
}

fn carry(mut lossy: Lossy, front: &UdpSocket, back: &UdpSocket, stop: &AtomicBool, recorder: &Recorder) {
    let start = Instant::now();
    let mut client = None;
    let mut buffer = vec![0; LARGEST];
    while !stop.load(Ordering::SeqCst) {
        if let Ok((length, from)) = front.recv_from(&mut buffer) {
            client = Some(from);
            let outcome = lossy.pass(start.elapsed(), buffer[..length].to_vec());
            recorder.received(format!("datagram {} ({:?})", shown(&buffer[..length]), outcome.fate));
            outcome.out.iter().for_each(|datagram| drop(back.send(datagram)));
        }
        lossy.due(start.elapsed()).iter().for_each(|datagram| drop(back.send(datagram)));
        while let (Ok(length), Some(client)) = (back.recv(&mut buffer), client) {
            recorder.sent(format!("datagram {}", shown(&buffer[..length])));
            // A client that has gone is not the proxy's trouble.
            let _ = front.send_to(&buffer[..length], client);
        }
    }
}
