//! Lab 09: requests over a network that loses, doubles and forges them.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use crate::{
    Bench, Check, Datagram, Deadline, Fault, Lab, PATIENCE, Program, SLACK, Server, UdpPeer, check, ensure,
    hex,
};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "udp-reliable",
    number: 9,
    title: "Requests that are lost, and answers that are forged",
    signatures: include_str!("../../signatures/udp-reliable.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("packs-the-header-and-doubles-the-delays", 6, packs_the_header_and_doubles_the_delays)
        .stage(1)
        .says("request 258 with `hi` is `4e50 01 01 00000102 6869`; from 0.1 s to 2 s the delays are 0.1, 0.2, 0.4, 0.8 and 1.6 s")
        .reads("Build it, stage 1: bytes and delays")
        .hints([
            "Write down the four bytes of the id 258 as they are sent. And which is the last delay that is not more than 2 s?",
            "Numbers begin with their most significant byte. A delay that would be longer than the maximum is not cut: there is none. Book: \"The contract\".",
            "MAGIC.to_be_bytes() + [VERSION, kind as u8] + id.to_be_bytes() + payload; successors(Some(initial), |d| d.checked_mul(2)).take_while(|d| d <= max)",
        ]),
    check("loses-by-its-script", 6, loses_by_its_script)
        .stage(2)
        .says("with `--drop-script DPDD…` the server answers exactly the requests at a `P`, and all after the script's end")
        .reads("Build it, stage 2: a server that loses")
        .hints([
            "Which request does the third letter speak about, if the second was answered?",
            "Each request takes one letter, whether it is lost or not; chance is asked only where there is no script. Book: \"Build it, stage 2: a server that loses\".",
            "match &mut self.script { Some(script) => script.next() == Some(Fate::Drop), None => self.chance.draw() < self.rate }",
        ]),
    check("believes-anybody-if-promiscuous", 6, believes_anybody_if_promiscuous)
        .stage(3)
        .says("with `--promiscuous` the client sends the bare message, and prints what another port than the server's sends")
        .reads("Build it, stage 3: a client that believes everybody")
        .hints([
            "What would this client have to do to *not* take a stranger's datagram?",
            "A socket that is not connected takes datagrams from everybody; use `send_to` and `recv`. Book: \"Build it, stage 3: a client that believes everybody\".",
            "socket.send_to(message, server)?; then the first datagram that `recv` gives is the reply, whatever it is",
        ]),
    check("asks-once-if-answered", 8, asks_once_if_answered)
        .stage(4)
        .says("a request that is answered at once is one datagram, and the client prints its socket, the wait and the answer")
        .reads("Build it, stage 4: a client that doesn't")
        .hints([
            "How many datagrams does your client send if all goes well? Count the places where you call `send`.",
            "Each attempt is a datagram and a wait. The first attempt is an attempt as well. Book: \"Build it, stage 4: a client that doesn't\".",
            "for delay in delays { send; say(waiting); if let Some(payload) = wait(delay)? { return Ok(payload) } }",
        ]),
    check("waits-twice-as-long-each-time", 14, waits_twice_as_long_each_time)
        .stage(4)
        .says("when three requests are lost, the client sends four, after 0.1, 0.2 and 0.4 s, and prints the answer to the fourth")
        .reads("Build it, stage 4: a client that doesn't")
        .hints([
            "How long is the pause between your second and your third request?",
            "If many wait equally long, all of them come again at the same moment. The wait doubles. Book: \"Backoff\".",
            "deadline = now + delay, for each delay of the schedule in its turn",
        ]),
    check("gives-up-after-the-last-delay", 10, gives_up_after_the_last_delay)
        .stage(4)
        .says("a silent server gets five requests; when the last delay is over: `I think the server is down`, exit code 5")
        .reads("Build it, stage 4: a client that doesn't")
        .hints([
            "When the last request has been sent, what is still missing before you may give up?",
            "Its delay: the answer to the last request has as much right to be waited for. Book: \"Build it, stage 4: a client that doesn't\".",
            "after the loop over all delays: Err(GiveUp::NoResponse)",
        ]),
    check("ignores-a-stranger", 10, ignores_a_stranger)
        .stage(4)
        .says("a right response from another port is ignored, and the server's own is printed")
        .reads("Build it, stage 4: a client that doesn't")
        .hints([
            "Who sent what `recv_from` gave you?",
            "A connected UDP socket takes datagrams from its peer only. Book: \"A connected socket\".",
            "socket.connect(server)?; socket.send(&request)?; socket.recv(&mut buffer)?",
        ]),
];

/// The type of a request.
pub const REQUEST: u8 = 1;
/// The type of a response.
pub const RESPONSE: u8 = 2;

/// A wait that no check sees the end of.
pub const LONG: [&str; 4] = ["--initial", "20", "--max", "20"];

/// A message as it goes over the wire.
pub fn message(kind: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    [&[0x4e, 0x50, 1, kind], &id.to_be_bytes()[..], payload].concat()
}

/// A request that has come.
#[derive(Debug, Clone)]
pub struct Request {
    /// The client's address.
    pub from: SocketAddr,
    /// Its id.
    pub id: u32,
    /// All of it.
    pub datagram: Vec<u8>,
    /// When it came.
    pub arrived: SystemTime,
}

impl Request {
    fn of(datagram: Datagram) -> Result<Request, Fault> {
        let Datagram { payload: bytes, from, arrived } = datagram;
        let header = message(REQUEST, 0, b"");
        match bytes.split_first_chunk::<8>() {
            Some(([start @ .., a, b, c, d], _)) if *start == header[..4] => {
                let id = u32::from_be_bytes([*a, *b, *c, *d]);
                Ok(Request { from, id, datagram: bytes, arrived })
            }
            _ => Err(Fault::expected("a request, `4e 50 01 01`, four bytes of id and the message")
                .got_bytes(&header[..4], &bytes)),
        }
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        &self.datagram[8..]
    }
}

/// The server that the grader plays.
#[derive(Debug)]
pub struct Responder {
    peer: UdpPeer,
}

impl Responder {
    /// Opens its socket on a free port.
    pub fn start(bench: &mut Bench) -> Result<Responder, Fault> {
        bench.plays("client");
        Ok(Responder { peer: bench.udp_peer()? })
    }

    /// Opens its socket on this address.
    pub fn start_on(bench: &mut Bench, address: &str) -> Result<Responder, Fault> {
        bench.plays("client");
        Ok(Responder { peer: bench.udp_peer_on(address, "")? })
    }

    /// Starts the client with this server and these further flags.
    pub fn visit(&self, bench: &mut Bench, flags: &[&str]) -> Result<Program, Fault> {
        let port = self.peer.address()?.port().to_string();
        bench.start("udp-reliable", [&["client", "127.0.0.1", "-p", &port], flags].concat())
    }

    /// Waits for a request.
    pub fn request(&self) -> Result<Request, Fault> {
        let deadline = Deadline::after(PATIENCE);
        self.request_within(PATIENCE)?.ok_or_else(|| {
            Fault::expected("a request").but_waited(format!("nothing in {:?}", deadline.limit()))
        })
    }

    /// The same, until the limit.
    pub fn request_within(&self, limit: Duration) -> Result<Option<Request>, Fault> {
        self.peer.datagram_within(limit)?.map(Request::of).transpose()
    }

    /// Sends any datagram to the client.
    pub fn send(&self, to: &Request, datagram: &[u8]) -> Result<(), Fault> {
        self.peer.send(to.from, datagram)
    }

    /// Sends the response to a request.
    pub fn answer(&self, request: &Request, payload: &[u8]) -> Result<(), Fault> {
        self.send(request, &message(RESPONSE, request.id, payload))
    }

    /// Fails if another datagram has come.
    pub fn expect_no_more(&self) -> Result<(), Fault> {
        let more = self.peer.receive_within(Duration::ZERO)?;
        ensure(more.is_none(), || Fault::expected("no more datagrams").got("another one"))
    }
}

/// What the client prints, if it gets that reply after so many waits.
pub fn printed(request: &Request, delays: &[&str], reply: Option<&str>) -> String {
    let mut text = format!("Client socket name is {}\n", request.from);
    text.extend(delays.iter().map(|delay| format!("Waiting up to {delay} seconds for a reply\n")));
    text.extend(reply.map(|reply| format!("The server says {reply:?}\n")));
    text
}

/// Expects the client to end well, with this reply on the last line.
pub fn expect_reply(bench: &mut Bench, client: Program, reply: &str) -> Result<(), Fault> {
    let ended = bench.end_of(client, PATIENCE * 2)?.code(0)?;
    let last = format!("The server says {reply:?}");
    let text = ended.stdout_text();
    ensure(text.lines().last() == Some(&last), || {
        Fault::expected(format!("the last line of stdout to be `{last}`"))
            .got(wire::bytes::escape(text.as_bytes()))
    })
}

/// The time between two requests is no shorter than the delay (less a tenth: who measures it from before the sending is
/// right as well).
pub fn expect_gap(first: &Request, second: &Request, delay: Duration) -> Result<(), Fault> {
    let gap = second.arrived.duration_since(first.arrived).unwrap_or_default();
    ensure(gap >= delay * 9 / 10, || {
        Fault::expected(format!("{delay:?} between these two requests")).got(format!("{gap:?}"))
    })
}

/// Starts the server on a free port.
pub fn server(bench: &mut Bench, flags: &[&str]) -> Result<Server, Fault> {
    bench.serve("udp-reliable", [&["server", "-p", "0"], flags].concat())
}

fn packs_the_header_and_doubles_the_delays(bench: &mut Bench) -> Result<(), Fault> {
    let mut probe = bench.probe()?;
    probe.expect("schedule 100 2000", "ok 100 200 400 800 1600")?;
    probe.expect("schedule 20 400", "ok 20 40 80 160 320")?;
    probe.expect("schedule 500 2000", "ok 500 1000 2000")?;
    let (id, payload) = (bench.random().u32(..), bench.random_bytes(9));
    for (id, payload) in [(258, b"hi".to_vec()), (id, payload), (7, Vec::new())] {
        for (kind, number) in [("request", REQUEST), ("response", RESPONSE)] {
            let fields = format!("{kind} {id} {}", hex(&payload));
            let datagram = hex(&message(number, id, &payload));
            probe.expect(&format!("encode {fields}"), &format!("ok {datagram}"))?;
            probe.expect(&format!("decode {datagram}"), &format!("ok {fields}"))?;
        }
    }
    Ok(())
}

fn loses_by_its_script(bench: &mut Bench) -> Result<(), Fault> {
    let letters: String = (0..14).map(|_| if bench.random().bool() { 'D' } else { 'P' }).collect();
    let script = format!("DP{letters}");
    let mut server = server(bench, &["--drop-script", &script])?;
    let client = bench.udp_peer()?;

    // The last one comes after the script's end.
    let requests: Vec<(u32, String)> = (0..=script.len())
        .map(|_| {
            let letters = bench.random().usize(1..40);
            (bench.random().u32(..), bench.random_word(letters))
        })
        .collect();
    for (id, word) in &requests {
        client.send(server.address(), &message(REQUEST, *id, word.as_bytes()))?;
    }
    for (number, (id, word)) in requests.iter().enumerate() {
        let fate = script.chars().nth(number);
        if fate == Some('D') {
            continue;
        }
        let expected = message(RESPONSE, *id, format!("Your data was {} bytes long", word.len()).as_bytes());
        let (got, _) = client.receive()?;
        ensure(got == expected, || {
            let what =
                fate.map_or("after the script's end".to_owned(), |fate| format!("`{fate}` in {script}"));
            Fault::expected(format!("the response to request {} ({what})", number + 1))
                .got_bytes(&expected, &got)
        })?;
    }
    // All that was printed stands before the last request.
    let (_, last) = requests.last().expect("a script is not empty");
    server.program().expect_line(&format!("The client at {} says {last:?}", client.address()?))?;
    let text = String::from_utf8_lossy(&server.program().stdout()).into_owned();
    let pretended = format!("Pretending to drop packet from {}", client.address()?);
    let (lost, told) = (script.matches('D').count(), text.lines().filter(|line| *line == pretended).count());
    ensure(lost == told, || {
        Fault::expected(format!("{lost} lines `{pretended}`")).got(format!("{told} of them"))
    })
}

fn believes_anybody_if_promiscuous(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("client");
    let (server, stranger) = (bench.udp_peer()?, bench.udp_peer()?);
    let port = server.address()?.port().to_string();
    let (word, forged) = (bench.random_word(9), bench.random_word(9));
    let flags = ["client", "127.0.0.1", "-p", &port, "--promiscuous", "--message", &word];
    let client = bench.start("udp-reliable", [&flags[..], &LONG].concat())?;
    let from = server.expect(word.as_bytes())?;
    bench.remark("the next datagram comes from another port");
    stranger.send(from, forged.as_bytes())?;
    expect_reply(bench, client, &forged)
}

fn asks_once_if_answered(bench: &mut Bench) -> Result<(), Fault> {
    let server = Responder::start(bench)?;
    let word = bench.random_word(12);
    for (flags, text) in [(vec![], "This is another message"), (vec!["--message", &word], &word)] {
        let client = server.visit(bench, &[&LONG[..], &flags].concat())?;
        let request = server.request()?;
        ensure(request.payload() == text.as_bytes(), || {
            Fault::expected(format!("the message {text:?} behind the header"))
                .got_bytes(text.as_bytes(), request.payload())
        })?;
        let reply = format!("Your data was {} bytes long", text.len());
        server.answer(&request, reply.as_bytes())?;
        let printed = printed(&request, &["20"], Some(&reply));
        bench.end_of(client, PATIENCE)?.code(0)?.stdout_is(&printed)?;
        server.expect_no_more()?;
    }
    Ok(())
}

fn waits_twice_as_long_each_time(bench: &mut Bench) -> Result<(), Fault> {
    let server = Responder::start(bench)?;
    let client = server.visit(bench, &[])?;
    let mut last = server.request()?;
    for delay in [100, 200, 400].map(Duration::from_millis) {
        let next = server.request_within(delay + SLACK)?.ok_or_else(|| {
            Fault::expected(format!("the next request after {delay:?}"))
                .but_waited(format!("nothing in {:?}", delay + SLACK))
        })?;
        expect_gap(&last, &next, delay)?;
        last = next;
    }
    let reply = bench.random_word(12);
    server.answer(&last, reply.as_bytes())?;
    for delay in ["0.1", "0.2", "0.4", "0.8"] {
        client.expect_line(&format!("Waiting up to {delay} seconds for a reply"))?;
    }
    expect_reply(bench, client, &reply)
}

fn gives_up_after_the_last_delay(bench: &mut Bench) -> Result<(), Fault> {
    let server = Responder::start(bench)?;
    let before = Instant::now();
    let client = server.visit(bench, &["--initial", "0.02", "--max", "0.4"])?;
    let first = server.request()?;
    for _ in 1..5 {
        server.request()?;
    }
    let down = predicates::str::contains("I think the server is down");
    let printed = printed(&first, &["0.02", "0.04", "0.08", "0.16", "0.32"], None);
    bench.end_of(client, PATIENCE)?.code(5)?.stderr(down)?.stdout_is(&printed)?;
    let (waited, least) = (before.elapsed(), Duration::from_millis(20 + 40 + 80 + 160 + 320));
    ensure(waited >= least, || {
        Fault::expected(format!("the client to wait {least:?} in all")).got(format!("{waited:?}"))
    })?;
    server.expect_no_more()
}

fn ignores_a_stranger(bench: &mut Bench) -> Result<(), Fault> {
    let (server, stranger) = (Responder::start(bench)?, Responder::start(bench)?);
    let client = server.visit(bench, &LONG)?;
    let request = server.request()?;
    bench.remark("the next datagram comes from another port");
    stranger.answer(&request, bench.random_word(9).as_bytes())?;
    let reply = bench.random_word(9);
    server.answer(&request, reply.as_bytes())?;
    expect_reply(bench, client, &reply)
}
