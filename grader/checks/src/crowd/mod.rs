//! A crowd of TCP clients, most of them misbehaved, for trying a server for a while: no check, and no part of a grade.
//!
//! It knows nothing of the server's protocol but what a [`Talk`] says: a good request, and how a good answer looks. From
//! that it makes clients of every [`Manner`]: slow and deaf ones, some that reset, some that stay without a word, that
//! say far too much, or nothing that makes sense. The good ones among them must all be served. [`soak`] starts a server
//! for them, and looks at what it costs.

mod manner;
mod soak;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use manner::Manner;
pub use soak::soak;

/// How many clients there are at any time.
const CLIENTS: u64 = 12;

/// So many complaints are enough.
const MAX_COMPLAINTS: usize = 10;

/// What a good client of the server says, and how it knows that it was answered well.
pub trait Talk: Sync {
    /// All that the `n`-th client says, before it closes its side.
    fn request(&self, n: u64) -> Vec<u8>;

    /// Whether this is all that a correct server says to that request, up to the end of the stream.
    fn is_answer(&self, n: u64, answer: &[u8]) -> bool;
}

/// How it went.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many clients of each manner came.
    pub came: BTreeMap<Manner, u64>,
    /// The longest that a client waited for what the server owed it.
    pub longest_wait: Duration,
    /// What clients did not get, in words.
    pub complaints: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients: u64 = self.came.values().sum();
        writeln!(f, "{clients} clients, the longest wait {:.2} s", self.longest_wait.as_secs_f64())?;
        for (manner, count) in &self.came {
            writeln!(f, "{count:8} {manner}")?;
        }
        self.complaints.iter().try_for_each(|complaint| writeln!(f, "complaint: {complaint}"))
    }
}

/// Sends client after client to the server for so long, a dozen at a time, and waits until the last of them has left.
///
/// `seed` decides who comes when. Where the server is one that serves one client at a time, each must be patient.
pub fn crowd(server: SocketAddr, talk: &dyn Talk, time: Duration, seed: u64) -> Tally {
    let end = Instant::now() + time;
    let next = AtomicU64::new(0);
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for worker in 0..CLIENTS {
            let (next, tally) = (&next, &tally);
            let mut random = fastrand::Rng::with_seed(seed.wrapping_mul(CLIENTS).wrapping_add(worker));
            scope.spawn(move || {
                while Instant::now() < end {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let manner = Manner::any(&mut random);
                    let began = Instant::now();
                    let outcome = manner.visit(server, talk, n, &mut random);
                    let waited = began.elapsed();

                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    *tally.came.entry(manner).or_default() += 1;
                    tally.longest_wait = tally.longest_wait.max(waited);
                    if let Err(complaint) = outcome {
                        tally.complaints.push(format!("{manner}, after {waited:.2?}: {complaint}"));
                    }
                    if tally.complaints.len() >= MAX_COMPLAINTS {
                        return;
                    }
                }
            });
        }
    });
    tally.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    struct Shout;

    impl Talk for Shout {
        fn request(&self, n: u64) -> Vec<u8> {
            format!("hello {n}\n").into_bytes()
        }

        fn is_answer(&self, n: u64, answer: &[u8]) -> bool {
            answer == format!("HELLO {n}\n").as_bytes()
        }
    }

    /// Lets the crowd at a server that answers its clients, one after another, by that function.
    fn tally_of(serve: fn(TcpStream) -> std::io::Result<()>) -> Tally {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // As far as it goes: who misbehaves gets an error.
                let _ = serve(stream.unwrap());
            }
        });
        crowd(address, &Shout, Duration::from_millis(300), 1)
    }

    fn shout_back(mut stream: TcpStream) -> std::io::Result<()> {
        let time = Some(Duration::from_millis(300));
        stream.set_read_timeout(time)?;
        stream.set_write_timeout(time)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        while std::io::Read::take(&mut reader, 1000).read_line(&mut line)? > 0 && line.len() < 1000 {
            stream.write_all(line.to_uppercase().as_bytes())?;
            line.clear();
        }
        Ok(())
    }

    #[test]
    fn nobody_complains_about_a_server_that_copes() {
        let tally = tally_of(shout_back);
        assert!(tally.complaints.is_empty(), "{tally}");
        assert!(tally.came[&Manner::Good] > 0, "{tally}");
    }

    #[test]
    fn a_wrong_answer_is_complained_about() {
        let tally = tally_of(|mut stream| stream.write_all(b"HELLO you\n"));
        assert!(!tally.complaints.is_empty(), "{tally}");
    }
}
