//! Visits that are overheard: a client, a server, and what they say.

use std::net::SocketAddrV4;

use wire::{Conversation, End, Mac, tcp};

use crate::Bench;

/// What the server of a capture says.
pub const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nHello\n";

/// A client and a server that nobody can have guessed, and a visit that can be written down.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    client: End,
    server: End,
}

impl Visit {
    /// One of a random client to that port of a random server.
    pub fn to_port(bench: &mut Bench, port: u16) -> Visit {
        let mut end = |hosts, port| {
            let number = bench.random().u8(hosts);
            (Mac::of_host(number), SocketAddrV4::new([10, 77, 0, number].into(), port))
        };
        let server = end(2..100, port);
        let mut client = end(100..254, 0);
        client.1.set_port(bench.random().u16(32_768..60_000));
        Visit { client, server }
    }

    /// One between these hosts; the client has port 40000.
    pub fn between(client: [u8; 4], server: [u8; 4], port: u16) -> Visit {
        let end = |host: [u8; 4], port| (Mac::of_host(host[3]), SocketAddrV4::new(host.into(), port));
        Visit { client: end(client, 40_000), server: end(server, port) }
    }

    /// Its connection, with handshake.
    pub fn open(self, bench: &mut Bench) -> Conversation {
        let isns = (bench.random().u32(..), bench.random().u32(..));
        Conversation::new(self.client, self.server).isns(isns.0, isns.1).open()
    }

    /// The client.
    pub fn client(self) -> SocketAddrV4 {
        self.client.1
    }

    /// The server.
    pub fn server(self) -> SocketAddrV4 {
        self.server.1
    }

    /// A segment of the client's, with that sequence number.
    pub fn segment(self, seq: u32, payload: &[u8]) -> Vec<u8> {
        let segment = tcp::segment(self.client.1, self.server.1).seq(seq).ack(1).payload(payload);
        segment.frame(self.client.0, self.server.0)
    }

    /// The line that a request of this visit must be worth.
    pub fn line(self, method: &str, url: &str) -> String {
        format!("HTTP {} -> {} {method} {url}", self.client.1, self.server.1)
    }
}

/// A request without a body.
pub fn request(method: &str, path: &str, host: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n").into()
}

/// A path and a host that nobody can have guessed.
pub fn random_url(bench: &mut Bench) -> (String, String) {
    (format!("/{}", bench.random_word(8)), format!("{}.test", bench.random_word(8)))
}
