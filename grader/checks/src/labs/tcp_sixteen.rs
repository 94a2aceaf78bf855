//! Lab 04: sixteen bytes each way, received exactly; the options of a socket, and two experiments with them.

use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::{Bench, Check, Connection, Fault, Lab, PATIENCE, Server, check, ensure, hex, play_over};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "tcp-sixteen",
    number: 4,
    title: "Exactly sixteen bytes, and the knobs of a socket",
    signatures: include_str!("../../signatures/tcp-sixteen.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("receives-exactly-so-many-bytes", 10, receives_exactly_so_many_bytes)
        .stage(1)
        .says("`recv_exact` joins short reads, takes no byte too many, goes on after `Interrupted`, and counts what came before the end")
        .reads("Build it, stage 1: exactly so many")
        .hints([
            "How much of your buffer is still empty after the first read?",
            "Read into the empty part only, until nothing of it is left; `Ok(0)` before that is an early end. Book: \"Build it, stage 1: exactly so many\".",
            "while got < n { match r.read(&mut message[got..]) { Ok(0) => return Eof { wanted: n, got }, Ok(k) => got += k, Interrupted => go on, other error => return it } }",
        ]),
    check("sends-every-byte", 6, sends_every_byte)
        .stage(1)
        .says("`send_all` writes every byte once and in order, whatever a write takes, and gives up when a write takes nothing")
        .reads("Build it, stage 1: exactly so many")
        .hints([
            "What does the number that `write` returns tell you?",
            "How many bytes were taken, from the beginning of what you offered. Offer the rest again. Book: \"Build it, stage 1: exactly so many\".",
            "while !left.is_empty() { match w.write(left) { Ok(0) => return WriteZero, Ok(k) => left = &left[k..], Interrupted => go on, other error => return it } }",
        ]),
    check("listens-on-one-interface", 6, listens_on_one_interface)
        .stage(2)
        .says("`server 127.0.0.2` answers there and not on 127.0.0.1; `server \"\"` answers on both")
        .reads("Build it, stage 2: the server")
        .hints([
            "Which address did you give to `bind`?",
            "`bind` decides from where a server can be reached: 0.0.0.0 means every interface, an address of one means that one. Book: \"Build it, stage 2: the server\".",
            "socket.bind(&address.into())?",
        ]),
    check("client-and-server-understand-each-other", 10, client_and_server_understand_each_other)
        .stage(3)
        .says("each says its sixteen bytes, both print what happened, and `--help` tells the defaults, port 1060 and backlog 1")
        .reads("The contract")
        .hints([
            "Count the bytes of both messages, and compare what you print with the contract letter by letter.",
            "`&[u8; 16]` makes the compiler count. A socket's name is its own address, its peer the other's. Book: \"The contract\".",
            "server: \"  Socket name: \" + stream.local_addr(); \"  Socket peer: \" + the address from accept. client: \"Client has been assigned socket name \" + stream.local_addr()",
        ]),
    check("client-alone-is-refused", 6, client_alone_is_refused)
        .stage(3)
        .says("where nobody listens, the client says `Connection refused` and ends with exit code 4")
        .reads("Build it, stage 3: the client")
        .hints([
            "Which of your calls fails when nobody is there?",
            "`connect`, at once, with an error that has a kind. Return it as it is: `main` makes the exit code of it. Book: \"Build it, stage 3: the client\".",
            "let mut stream = TcpStream::connect(addr)?;",
        ]),
    check("lists-what-the-kernel-says", 8, lists_what_the_kernel_says)
        .stage(4)
        .says("`list` shows the options of a new socket, and `list --std` those of a listener of Rust's library, which has SO_REUSEADDR on")
        .reads("Build it, stage 4: options")
        .hints([
            "Whose options do you print: those of the socket that you were given?",
            "Every value has to come out of `getsockopt` on that socket. Book: \"Build it, stage 4: options\".",
            "match option { Opt::ReuseAddr => socket.reuse_address(), Opt::RecvBuffer => socket.recv_buffer_size(), … }, as text",
        ]),
    check("tells-what-became-of-a-value", 6, tells_what_became_of_a_value)
        .stage(4)
        .says("`set SO_RCVBUF 8192` shows what the kernel made of it (16384 on Linux); what is no number is a usage error")
        .reads("Build it, stage 4: options")
        .hints([
            "Did you ask the kernel after you had told it?",
            "`setsockopt` is a wish. Only `getsockopt` tells what became of it. Book: \"Build it, stage 4: options\".",
            "parse the value, or return OptError::Value; set it; Effective { requested: value, effective: get(socket, option)? }",
        ]),
    check("shows-when-an-address-is-still-in-use", 8, shows_when_an_address_is_still_in_use)
        .stage(5)
        .says("`rebind --reuse no` prints `EADDRINUSE` and `rebind --reuse yes` prints `ok`, both after a connection that the server closed first")
        .reads("Build it, stage 5: two experiments")
        .hints([
            "Whose end of the connection stays in `TIME_WAIT`?",
            "That of the side which closes first. If the client does, the server's address is free. Book: \"Who remembers the connection\".",
            "listen; connect; accept; drop the server's stream; read the client's to its end; drop it; drop the listener; listen again",
        ]),
];

/// What the client says.
pub const GREETING: &[u8; 16] = b"Hi there, server";

/// What the server answers.
pub const FAREWELL: &[u8; 16] = b"Farewell, client";

/// Starts the server on a free port of 127.0.0.1.
pub fn sixteen_server(bench: &mut Bench) -> Result<Server, Fault> {
    bench.serve("tcp-sixteen", ["server", "127.0.0.1", "-p", "0"])
}

/// Sends sixteen bytes, and expects the answer and the end.
pub fn expect_farewell(client: &mut Connection, message: &[u8]) -> Result<(), Fault> {
    client.send(message)?;
    client.expect_bytes(FAREWELL)?;
    client.expect_eof()
}

fn receives_exactly_so_many_bytes(bench: &mut Bench) -> Result<(), Fault> {
    let message = bench.random_bytes(16);
    let whole = hex(&message);
    let one_by_one = message.chunks(1).map(hex).collect::<Vec<_>>().join(",");
    let (first, rest) = message.split_at(7);
    let (first, rest) = (hex(first), hex(rest));
    let mut probe = bench.probe()?;
    let all = format!("ok {whole} left=0");
    probe.expect(&format!("recv_exact 16 {whole}"), &all)?;
    probe.expect(&format!("recv_exact 16 {one_by_one}"), &all)?;
    probe.expect(&format!("recv_exact 16 interrupted,{first},interrupted,{rest}"), &all)?;
    // What follows belongs to the next message.
    probe.expect(&format!("recv_exact 16 {first},{rest}99,9999"), &format!("ok {whole} left=3"))?;
    probe.expect("recv_exact 0 99", "ok - left=1")?;
    probe.expect("recv_exact 16 -", "err Eof wanted=16 got=0")?;
    probe.expect(&format!("recv_exact 16 {first}"), "err Eof wanted=16 got=7")?;
    probe.expect(&format!("recv_exact 17 {one_by_one}"), "err Eof wanted=17 got=16")?;
    probe.expect(&format!("recv_exact 16 {first},reset"), "err ConnectionReset")
}

fn sends_every_byte(bench: &mut Bench) -> Result<(), Fault> {
    let message = bench.random_bytes(16);
    let whole = hex(&message);
    let first = hex(&message[..6]);
    let mut probe = bench.probe()?;
    for script in ["-", "1,2,3,4,5", "interrupted,9,interrupted"] {
        probe.expect(&format!("send_all {whole} {script}"), &format!("ok {whole}"))?;
    }
    probe.expect("send_all - -", "ok -")?;
    probe.expect(&format!("send_all {whole} 6,0"), &format!("err WriteZero after {first}"))?;
    probe.expect(&format!("send_all {whole} 6,reset"), &format!("err ConnectionReset after {first}"))
}

fn listens_on_one_interface(bench: &mut Bench) -> Result<(), Fault> {
    const FIRST: &str = "127.0.0.1";
    const SECOND: &str = "127.0.0.2";
    let one = bench.serve("tcp-sixteen", ["server", SECOND, "-p", "0"])?;
    expect_farewell(&mut one.connect_at(SECOND)?, GREETING)?;
    one.expect_refused_at(FIRST)?;

    let all = bench.serve("tcp-sixteen", ["server", "", "-p", "0"])?;
    expect_farewell(&mut all.connect_at(SECOND)?, GREETING)?;
    expect_farewell(&mut all.connect_at(FIRST)?, GREETING)
}

fn client_and_server_understand_each_other(bench: &mut Bench) -> Result<(), Fault> {
    let mut server = sixteen_server(bench)?;
    let address = server.address();
    let ended =
        bench.run("tcp-sixteen", ["client", "127.0.0.1", "-p", &address.port().to_string()])?.code(0)?;
    let client =
        server.program().wait_for_stdout("`We have accepted a connection from ADDRESS:PORT`", |line| {
            line.strip_prefix("We have accepted a connection from ")?.parse::<SocketAddr>().ok()
        })?;
    ended.stdout_is(&format!(
        "Client has been assigned socket name {client}\nThe server said \"Farewell, client\"\n"
    ))?;
    server.program().expect_line("  Reply sent, socket closed")?;
    let printed = format!(
        "Listening on {address}\n\
         We have accepted a connection from {client}\n  Socket name: {address}\n  Socket peer: {client}\n  \
         Incoming sixteen-octet message: \"Hi there, server\"\n  Reply sent, socket closed\n"
    );
    let got = server.program().stdout();
    ensure(got == printed.as_bytes(), || {
        Fault::expected("exactly this on the server's stdout").got_bytes(printed.as_bytes(), &got)
    })?;

    // The server prints what came, and the client says what it must, also to others than each other.
    let word = bench.random_word(16);
    expect_farewell(&mut server.connect()?, word.as_bytes())?;
    server.program().expect_line(&format!("  Incoming sixteen-octet message: \"{word}\""))?;
    client_follows_the_script(bench)?;

    for (role, default) in
        [("server", "[default: 1060]"), ("server", "[default: 1]"), ("client", "[default: 1060]")]
    {
        bench.run("tcp-sixteen", [role, "--help"])?.code(0)?.stdout_contains(default)?;
    }
    Ok(())
}

fn client_follows_the_script(bench: &mut Bench) -> Result<(), Fault> {
    let script = include_str!("../../../../fixtures/transcripts/sixteen.peer");
    let script = wire::peer::Script::parse(script).map_err(Fault::infra)?;
    let listener = bench.listen()?;
    let client = bench.start("tcp-sixteen", ["client", "127.0.0.1", "-p", &listener.port()])?;
    play_over(&script, |_| listener.accept(client.pid()))?;
    bench.end_of(client, PATIENCE)?.code(0)?;
    Ok(())
}

fn client_alone_is_refused(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("client");
    let closed = bench.closed_port()?;
    let ended = bench.run("tcp-sixteen", ["client", "127.0.0.1", "-p", &closed.port()])?;
    ended.code(4)?.stderr(predicates::str::contains("Connection refused"))?;
    Ok(())
}

fn lists_what_the_kernel_says(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("sock-opts");
    let fresh = new_socket()?;
    bench.run("sock-opts", ["list"])?.code(0)?.stdout_is(&listed(&SockRef::from(&fresh))?)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    bench.run("sock-opts", ["list", "--std"])?.code(0)?.stdout_is(&listed(&SockRef::from(&listener))?)?;
    Ok(())
}

/// What `list` must print of such a socket.
fn listed(socket: &SockRef<'_>) -> Result<String, Fault> {
    Ok(format!(
        "SO_REUSEADDR={}\nSO_KEEPALIVE={}\nSO_RCVBUF={}\nSO_SNDBUF={}\nTCP_NODELAY={}\nIP_TTL={}\n",
        u8::from(socket.reuse_address()?),
        u8::from(socket.keepalive()?),
        socket.recv_buffer_size()?,
        socket.send_buffer_size()?,
        u8::from(socket.tcp_nodelay()?),
        socket.ttl_v4()?,
    ))
}

fn tells_what_became_of_a_value(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("sock-opts");
    let odd = bench.random().usize(5_000..60_000);
    for requested in [8192, odd] {
        let socket = new_socket()?;
        socket.set_recv_buffer_size(requested)?;
        let printed = format!("requested={requested} effective={}\n", socket.recv_buffer_size()?);
        let value = requested.to_string();
        bench.run("sock-opts", ["set", "SO_RCVBUF", &value])?.code(0)?.stdout_is(&printed)?;
    }
    for (name, value) in [
        ("SO_REUSEADDR", "1"),
        ("SO_KEEPALIVE", "1"),
        ("TCP_NODELAY", "1"),
        ("TCP_NODELAY", "0"),
        ("IP_TTL", "7"),
    ] {
        let printed = format!("requested={value} effective={value}\n");
        bench.run("sock-opts", ["set", name, value])?.code(0)?.stdout_is(&printed)?;
    }
    for (name, value) in [("SO_RCVBUF", "plenty"), ("SO_KEEPALIVE", "2")] {
        bench.run("sock-opts", ["set", name, value])?.code(2)?;
    }
    Ok(())
}

fn shows_when_an_address_is_still_in_use(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("sock-opts");
    for (reuse, printed) in [("no", "EADDRINUSE\n"), ("yes", "ok\n")] {
        let before = bench.in_time_wait()?;
        bench.run("sock-opts", ["rebind", "--reuse", reuse])?.code(0)?.stdout_is(printed)?;
        ensure(bench.in_time_wait()? > before, || {
            Fault::expected("the experiment to leave a connection in TIME_WAIT").got("there is none")
        })?;
    }
    Ok(())
}

fn new_socket() -> Result<Socket, Fault> {
    Ok(Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?)
}
