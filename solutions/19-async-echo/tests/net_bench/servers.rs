//! Servers to measure, and how.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use async_echo::bench::report::Pace;
use async_echo::bench::{Board, Options, Protocol, Report, Target};
use labkit::cli::HostPort;

pub(super) const MS: Duration = Duration::from_millis(1);

/// For upper bounds: the machine may be busy.
pub(super) const SLACK: Duration = Duration::from_millis(250);

/// A server of threads: `talk` is given each connection, with its number.
pub(super) fn serve(talk: impl Fn(u64, TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = Arc::new(talk);
    std::thread::spawn(move || {
        for (number, stream) in (0..).zip(listener.incoming()) {
            let talk = Arc::clone(&talk);
            std::thread::spawn(move || talk(number, stream.unwrap()));
        }
    });
    port
}

/// A line server: `answer` turns each line into a reply.
pub(super) fn serve_lines(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    serve(move |_, mut stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            if stream.write_all(&answer(&line)).is_err() {
                return;
            }
            line.clear();
        }
    })
}

pub(super) fn echoed(line: &[u8]) -> Vec<u8> {
    [b"ECHO: ", line].concat()
}

pub(super) fn target(port: u16) -> Target {
    Target::find(HostPort { host: "127.0.0.1".into(), port }, Protocol::Echo { payload: 32 }).unwrap()
}

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(super) fn options() -> Options {
    Options::new(Duration::from_secs(10))
}

pub(super) fn net_bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_net-bench")).args(args).output().unwrap()
}

/// A report of so many replies in a second, each of which took so long.
pub(super) fn made_up(replies: u64, took: Duration) -> Report {
    let board = Board::start(&options());
    let now = board.began();
    (0..replies).for_each(|_| board.reply(now, now + took));
    Report { elapsed: Duration::from_secs(1), ..board.report(1, replies as u32, Pace::Closed) }
}
