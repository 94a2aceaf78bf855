//! What very many clients say, and what they hear.

use std::time::Duration;

use super::Multitude;
use crate::deadline::Deadline;
use crate::fault::{Fault, ensure};
use crate::words::shown;

impl Multitude {
    /// Each of these clients says its request, in that order and without waiting for the others; then all hear their answers,
    /// byte by byte as they must be, within the limit.
    pub fn exchange(
        &mut self,
        who: impl IntoIterator<Item = usize>,
        request: impl Fn(usize) -> String,
        answer: impl Fn(usize) -> String,
        limit: Duration,
    ) -> Result<(), Fault> {
        let deadline = Deadline::after(limit);
        let who: Vec<usize> = who.into_iter().collect();
        if let (Some(&first), Some(&last)) = (who.first(), who.last()) {
            let (from, to) = (shown(request(first).as_bytes()), shown(request(last).as_bytes()));
            self.recorder.sent(format!("{} clients: {from} to {to}", who.len()));
        }
        for &number in &who {
            self.clients[number].is_to_hear(answer(number).into_bytes(), number)?;
            self.waiting += 1;
            let is_open = self.clients[number].say(request(number).as_bytes())?;
            ensure(is_open, || {
                Fault::expected(format!("client {} to be connected still", number + 1))
                    .got("the server has closed the connection")
            })?;
        }
        if self.hear_until(deadline, |all| all.waiting == 0)? {
            self.recorder.received(format!("{} right answers", who.len()));
            return Ok(());
        }
        let number =
            who.iter().find(|&&number| self.clients[number].is_owed()).map_or(0, |number| number + 1);
        Err(Fault::expected(format!("{} clients to be answered within {limit:?}", who.len()))
            .but_waited(format!("{} are not, among them client {number}", self.waiting)))
    }

    /// All whose connection has not ended say the same. How many that are.
    pub fn say(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut count = 0;
        for client in self.clients.iter_mut().filter(|client| !client.has_ended()) {
            count += usize::from(client.say(bytes)?);
        }
        self.recorder.sent(format!("{count} clients: {}", shown(bytes)));
        Ok(count)
    }

    /// Hears what comes for so long, or until the server has ended all connections; whether it has.
    pub fn listen_for(&mut self, time: Duration) -> Result<bool, Fault> {
        let have_ended = self.hear_until(Deadline::after(time), |all| all.ended == all.clients.len())?;
        if self.ended > 0 {
            self.recorder.received(format!("the end ({} of {} clients)", self.ended, self.len()));
        }
        Ok(have_ended)
    }

    /// Expects the server to end all connections within so long.
    pub fn expect_all_ended(&mut self, limit: Duration) -> Result<(), Fault> {
        match self.listen_for(limit)? {
            true => Ok(()),
            false => Err(self.not_all("closed by the server", self.ended)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::deadline::PATIENCE;
    use crate::process_facts::ProcessFacts;
    use crate::recorder::Recorder;

    /// Clients of a server in this process, a thread each.
    fn clients_of(serve: fn(TcpStream)) -> Multitude {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                std::thread::spawn(move || serve(stream.unwrap()));
            }
        });
        Multitude::new(address, ProcessFacts::of(std::process::id()), &Recorder::new()).unwrap()
    }

    fn echo(stream: TcpStream) {
        for line in BufReader::new(&stream).lines() {
            (&stream).write_all(format!("> {}\n", line.unwrap()).as_bytes()).unwrap();
        }
    }

    fn exchange(all: &mut Multitude, limit: Duration) -> Result<(), Fault> {
        let who = (0..all.len()).rev();
        all.exchange(who, |n| format!("I am {n}\n"), |n| format!("> I am {n}\n"), limit)
    }

    #[test]
    fn everybody_is_answered_again_and_again() {
        let mut all = clients_of(echo);
        all.connect(30).unwrap();
        exchange(&mut all, PATIENCE).unwrap();
        all.connect(20).unwrap();
        exchange(&mut all, PATIENCE).unwrap();
        assert_eq!((all.len(), all.ended(), all.first_end()), (50, 0, None));
    }

    #[test]
    fn a_wrong_answer_is_somebodys() {
        let mut all = clients_of(|mut stream| stream.write_all(b"> I am 7\n").unwrap());
        all.connect(8).unwrap();
        let fault = exchange(&mut all, PATIENCE).unwrap_err().to_string();
        assert!(fault.contains("to hear"), "{fault}");
    }

    #[test]
    fn silence_is_a_fault_when_the_time_is_over() {
        let mut all = clients_of(|stream| assert!(BufReader::new(stream).lines().count() < 9));
        all.connect(3).unwrap();
        let fault = exchange(&mut all, Duration::from_millis(100)).unwrap_err().to_string();
        assert!(fault.contains("3 are not, among them client 3"), "{fault}");
    }

    #[test]
    fn the_ends_are_counted() {
        let mut all = clients_of(drop);
        all.connect(10).unwrap();
        all.expect_all_ended(PATIENCE).unwrap();
        assert_eq!(all.ended(), 10);
        assert!(all.first_end().is_some());
        assert_eq!(all.say(b"x").unwrap(), 0);
    }

    #[test]
    fn who_comes_at_once_meets_the_queue() {
        let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        listener.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        listener.listen(4).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let mut all =
            Multitude::new(address, ProcessFacts::of(std::process::id()), &Recorder::new()).unwrap();
        // The kernel's queue holds one more than it was told.
        assert_eq!(all.connect_at_once(20, Duration::from_millis(100)).unwrap(), 5);
    }
}
