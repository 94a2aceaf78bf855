//! Lab 17, hidden half: a port scanner, first one port after the other, then many at once.

use checks::labs::port_scan::{Ports, scan, summary};
use checks::{Bench, Check, Deadline, Fault, Lab, PATIENCE, check, ensure, wire};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::port_scan::LAB.with(include_str!("../../signatures/port-scan.toml"), CHECKS);

/// Room for a thread a port, where that is the mistake.
const ROOM_FOR_THREADS: u64 = 1100;

const CHECKS: &[Check] = &[
    check("refuses-impossible-ports", 4, refuses_impossible_ports)
        .stage(1)
        .says("port 0, 65536, `30-20`, `x` or nothing: usage error, exit code 2; ports 1 and 65535 are scanned")
        .reads("Build it, stage 1: which ports")
        .hints([
            "What may a user type where you expect a list of numbers?",
            "Anything. A port has 16 bits, 0 is none, and a range that runs backwards is a mistake, not an empty range. Refuse it with a message, and not with a panic. Book: \"Build it, stage 1: which ports\".",
            "match text.trim().parse::<u16>() { Ok(port) if port != 0 => Ok(port), _ => Err(NotAPort(text)) }; if first > last { return Err(Backwards(first, last)) }",
        ]),
    check("says-nothing-to-open-ports", 4, says_nothing_to_open_ports)
        .stage(2)
        .says("an open port sees one connection, not a single byte, and its end")
        .reads("The contract")
        .hints([
            "What does the server behind an open port get from you?",
            "That a connection was made is the answer. Whatever you send, somebody has to make sense of it. Book: \"The contract\".",
            "Ok(_stream) => Ok(State::Open), and the stream is dropped",
        ]),
    check("tries-all-addresses", 4, tries_all_addresses)
        .stage(2)
        .says("a port that is open at any address of the host is open, even if the others refuse or say nothing")
        .reads("Build it, stage 2: one port")
        .hints([
            "How many addresses has `localhost`?",
            "Often two, `::1` and `127.0.0.1`, and a server may listen on one of them only. A silent address must leave time for the next. Book: \"Build it, stage 2: one port\".",
            "for address in addrs { known = known.max(probe_address(address, left / untried)?); if known == Open { break } }",
        ]),
    check("sees-through-self-connections", 4, sees_through_self_connections)
        .stage(2)
        .says("a closed port is `(refused)` also where the kernel lets the scanner connect to itself")
        .reads("A port that answers itself")
        .hints([
            "Who is at the other end of a connection whose two addresses are the same?",
            "You are. The kernel chose the very port you knock at for your own end, and TCP lets two SYNs meet. Nobody listens there, else the port would not have been free. Book: \"A port that answers itself\".",
            "Ok(stream) if stream.local_addr()? == stream.peer_addr()? => Ok(State::Closed)",
        ]),
    check("calls-a-port-open-that-resets", 4, calls_a_port_open_that_resets)
        .stage(2)
        .says("a server that accepts and resets at once is open")
        .reads("What could go wrong")
        .hints([
            "What do you need to know of a port, and what do you know once `connect` has returned?",
            "The handshake is done: somebody listens. What the server does with its connection afterwards is its own business. Book: \"What could go wrong\".",
            "Ok(_) => Open; Err(error) if error.kind() == ConnectionReset => Open",
        ]),
    check("keeps-to-its-workers", 6, keeps_to_its_workers)
        .stage(4)
        .says("500 silent ports with `--threads 50`: never more than 54 threads")
        .reads("Build it, stage 4: many at once")
        .hints([
            "How many threads has your program with `--ports 1-65535`?",
            "A thread costs memory, and a probe a descriptor: neither may grow with the number of ports. Start that many workers, and let each take the next port when it is free. Book: \"Build it, stage 4: many at once\".",
            "for _ in 0..workers { spawn(|| while let Some(port) = next(&jobs) { … }) }",
        ]),
    check("waits-for-free-descriptors", 8, waits_for_free_descriptors)
        .stage(4)
        .says("with 64 descriptors and 500 threads every port's state is right, also behind 100 silent ones")
        .reads("When descriptors run out")
        .hints([
            "What does `connect` return when your own process has too many open files? What does that say about the port?",
            "Nothing. It is `EMFILE`, error 24 (23 for the whole machine), and it will be over as soon as another thread has closed its socket. Wait a little, and ask again. Book: \"When descriptors run out\".",
            "loop { match probe(…) { Err(NoDescriptor) => sleep(20 ms), result => return result } }",
        ]),
    check("loses-no-result", 6, loses_no_result)
        .stage(4)
        .says("200 open of 400 ports, scanned 20 times by 32 threads: all of them, each time")
        .reads("Build it, stage 4: many at once")
        .hints([
            "How do you know that all threads have ended when you print?",
            "Who doesn't `join` prints what is there so far. And who copies a shared list, adds to it and puts it back, throws away what others have added meanwhile. Book: \"Build it, stage 4: many at once\".",
            "thread::scope(|scope| { for … { scope.spawn(…) } }) returns when all have ended",
        ]),
];

fn refuses_impossible_ports(bench: &mut Bench) -> Result<(), Fault> {
    for ports in ["0", "65536", "70000", "65616", "30-20", "x", "", "80,", "1-2-3", "20-0"] {
        scan(bench, ports, &[])?.code(2)?.stdout_is("")?;
    }
    bench.needs_default_ports()?;
    let printed = "Port 1 is closed/filtered (refused)\nPort 65535 is closed/filtered (refused)\n";
    scan(bench, "1,65535", &[])?.code(0)?.stdout_is(&format!("{printed}Open ports: none\n"))?;
    Ok(())
}

fn says_nothing_to_open_ports(bench: &mut Bench) -> Result<(), Fault> {
    let ports = Ports::hold(bench, 1, 0, 0)?;
    let listener = &ports.open[0];
    let scanner = bench.start("port-scan", ["--host", "127.0.0.1", "--ports", &listener.port()])?;
    let mut server = listener.accept(scanner.pid())?;
    let (bytes, _) = server.read_to_end(PATIENCE)?;
    ensure(bytes.is_empty(), || {
        Fault::expected("a connection, no byte, and its end").got(wire::bytes::escape(&bytes))
    })?;
    bench.end_of(scanner, PATIENCE)?.code(0)?.stdout_is(&ports.printed())?;
    ensure(listener.nobody_came(), || {
        Fault::expected("one connection to a port that is open").got("a second one")
    })
}

fn tries_all_addresses(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("scanner");
    // IPv6 first (RFC 6724), and nobody listens there.
    bench.hosts(&["127.0.0.1 localhost", "::1 localhost"])?;
    let listener = bench.listen()?;
    expect_open(bench, "localhost", &listener.port())?;

    bench.hosts(&["127.0.0.1 two.test", "127.0.0.2 two.test"])?;
    let listener = bench.listen()?;
    expect_open(bench, "two.test", &listener.port())?;
    let closed = bench.closed_port()?;
    let _second = bench.listen_on(&format!("127.0.0.2:{}", closed.port()))?;
    expect_open(bench, "two.test", &closed.port())?;
    let silent = bench.deaf_port()?;
    let _second = bench.listen_on(&format!("127.0.0.2:{}", silent.port()))?;
    expect_open(bench, "two.test", &silent.port())
}

fn expect_open(bench: &mut Bench, host: &str, port: &str) -> Result<(), Fault> {
    let printed = format!("Port {port} is open\nOpen ports: {port}\n");
    bench.run("port-scan", ["--host", host, "--ports", port])?.code(0)?.stdout_is(&printed)?;
    Ok(())
}

fn sees_through_self_connections(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_default_ports()?;
    bench.plays("scanner");
    let [own, open] = [bench.random().u16(40_000..50_000), bench.random().u16(20_000..30_000)];
    let _listener = bench.listen_on(&format!("127.0.0.1:{open}"))?;
    // The only port that the kernel has to give: whoever connects there has it.
    bench.ephemeral_ports(own..=own)?;
    let printed =
        format!("Port {open} is open\nPort {own} is closed/filtered (refused)\n") + &summary([open]);
    scan(bench, &format!("{open},{own}"), &[])?.code(0)?.stdout_is(&printed)?;
    Ok(())
}

fn calls_a_port_open_that_resets(bench: &mut Bench) -> Result<(), Fault> {
    let ports = Ports::hold(bench, 1, 0, 0)?;
    let listener = &ports.open[0];
    // Time enough to see the reset, for a scanner that waits for something.
    let flags = ["--host", "127.0.0.1", "--ports", &listener.port(), "--timeout", "5"];
    let scanner = bench.start("port-scan", flags)?;
    let server = listener.accept(scanner.pid())?;
    // Not within its `connect`, which would tell it; it has ended, or waits for something.
    scanner.wait_until_asleep()?;
    server.reset()?;
    bench.end_of(scanner, PATIENCE * 2)?.code(0)?.stdout_is(&ports.printed())?;
    Ok(())
}

fn keeps_to_its_workers(bench: &mut Bench) -> Result<(), Fault> {
    const MOST: usize = 54;
    bench.limit_tasks(ROOM_FOR_THREADS);
    let ports = Ports::hold(bench, 0, 0, 500)?;
    let list = ports.list(bench);
    let flags = ["--host", "127.0.0.1", "--ports", &list, "--timeout", "0.2", "--threads", "50"];
    let mut scanner = bench.start("port-scan", flags)?;
    let mut most = 0;
    Deadline::after(PATIENCE * 4).poll(|| {
        // It may end while we look.
        most = most.max(scanner.facts().threads().unwrap_or(0));
        (most > MOST || scanner.status().is_some()).then_some(())
    });
    ensure(most <= MOST, || {
        Fault::expected(format!("at most {MOST} threads with `--threads 50`")).got(format!("{most}"))
    })?;
    bench.end_of(scanner, PATIENCE)?.code(0)?.stdout_is(&ports.printed())?;
    Ok(())
}

fn waits_for_free_descriptors(bench: &mut Bench) -> Result<(), Fault> {
    // Where the kernel gives no port by itself, so that they come behind the silent ones.
    const FIRST_OPEN: u16 = 61_000;
    bench.needs_default_ports()?;
    bench.limit_tasks(ROOM_FOR_THREADS);
    let mut ports = Ports::hold(bench, 0, 0, 100)?;
    for port in FIRST_OPEN..FIRST_OPEN + 20 {
        ports.open.push(bench.listen_on(&format!("127.0.0.1:{port}"))?);
    }
    bench.limit_open_files(64);
    let list = ports.list(bench);
    scan(bench, &list, &["--timeout", "0.3", "--threads", "500"])?.code(0)?.stdout_is(&ports.printed())?;
    Ok(())
}

fn loses_no_result(bench: &mut Bench) -> Result<(), Fault> {
    const RUNS: usize = 20;
    // The silent ones keep some of the workers busy when the others have done all that there is to do.
    let ports = Ports::hold(bench, 200, 196, 4)?;
    let list = ports.list(bench);
    let printed = ports.printed();
    for _ in 0..RUNS {
        scan(bench, &list, &["--timeout", "0.3", "--threads", "32"])?.code(0)?.stdout_is(&printed)?;
    }
    Ok(())
}
