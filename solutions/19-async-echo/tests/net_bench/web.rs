//! The same instrument on web servers.

use std::io::{BufRead, BufReader, Read, Write};

use async_echo::bench::{Options, Protocol, Target, run};

use crate::servers::{MS, block_on, options, serve, target};

fn http_target(port: u16) -> Target {
    Target { protocol: Protocol::Http { path: "/".into() }, ..target(port) }
}

/// A web server that answers every request with these bytes, and closes after so many on a connection.
fn serve_http(reply: &'static str, requests: usize) -> u16 {
    serve(move |_, mut stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        for _ in 0..requests {
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                if lines.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
            }
            // In two pieces, with a pause in between: in the middle of the head.
            let (first, rest) = reply.split_at(20);
            let _ = stream.write_all(first.as_bytes());
            std::thread::sleep(MS);
            let _ = stream.write_all(rest.as_bytes());
        }
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = lines.read_to_end(&mut Vec::new());
    })
}

#[test]
fn a_web_servers_replies_are_checked_by_status_and_length() {
    for (reply, ok) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 8),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 8),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", 0),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!", 0),
        ("HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello", 0),
        ("HTTP/1.1 200 OK\r\nServer: without a length\r\n\r\nhello", 0),
        ("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n", 0),
        ("SSH-2.0-OpenSSH_9.9 is no web server\r\n\r\n", 0),
    ] {
        let report = block_on(run(http_target(serve_http(reply, 100)), 2, 4, options()));
        assert_eq!((report.ok, report.failed), (ok, 8 - ok), "{reply:?}");
        assert!(ok > 0 || report.endings["wrong reply"] == 2, "{reply:?}");
    }
}

#[test]
fn a_body_that_is_longer_than_the_buffer_is_read_whole() {
    let body = "x".repeat(100_000);
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let report = block_on(run(http_target(serve_http(reply.leak(), 100)), 2, 4, options()));
    assert_eq!((report.ok, report.failed), (8, 0));
}

#[test]
fn a_body_that_never_ends_is_a_timeout() {
    let reply = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello";
    let report = block_on(run(http_target(serve_http(reply, 100)), 2, 4, Options::new(MS * 200)));
    assert_eq!((report.ok, report.failed, report.endings["timeout"]), (0, 8, 2));
}

#[test]
fn a_web_server_that_announces_its_end_is_visited_again() {
    let closes = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    let report = block_on(run(http_target(serve_http(closes, 1)), 2, 5, options()));
    assert_eq!((report.ok, report.failed), (10, 0));
    // Without a word it is a failure.
    let silent = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let report = block_on(run(http_target(serve_http(silent, 1)), 2, 5, options()));
    assert_eq!((report.ok, report.failed, report.endings["closed"]), (2, 8, 2));
}
