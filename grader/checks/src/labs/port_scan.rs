//! Lab 17: a port scanner, first one port after the other, then many at once.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Bench, Check, Deadline, Ended, Fault, HeldPort, Lab, Listener, PATIENCE, Timer, check, ensure};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "port-scan",
    number: 17,
    title: "A port scanner, one by one and all at once",
    signatures: include_str!("../../signatures/port-scan.toml"),
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check("reads-lists-and-ranges", 8, reads_lists_and_ranges)
        .stage(1)
        .says("`80, 20-25,80` are the ports 20 to 25 and 80: sorted, none twice, both ends of a range, spaces allowed")
        .reads("Build it, stage 1: which ports")
        .hints([
            "Which ports does your code make of `25-25`, and of `80,22,80`?",
            "In Rust, `a..b` ends before b, and `a..=b` with it. A `BTreeSet` is sorted and holds nothing twice. Book: \"Build it, stage 1: which ports\".",
            "for part in text.split(',') { match part.split_once('-') { Some((a, b)) => ports.extend(parse(a)?..=parse(b)?), None => ports.insert(parse(part)?) } }",
        ]),
    check("tells-open-refused-and-silent-apart", 14, tells_open_refused_and_silent_apart)
        .stage(2)
        .says("of an open, a closed and a silent port each has its own line, `is open`, `is closed/filtered (refused)`, `is closed/filtered (timeout)`")
        .reads("Build it, stage 2: one port")
        .hints([
            "Three things may come back from `connect_timeout`. What does each of them mean?",
            "That an answer came in time is not yet a yes: RST is an answer, too. The kind of the error tells a refusal from silence. Book: \"Build it, stage 2: one port\".",
            "match TcpStream::connect_timeout(&address, timeout) { Ok(_) => Open, Err(e) => match e.kind() { ConnectionRefused => Closed, TimedOut => Filtered, … } }",
        ]),
    check("gives-up-on-a-silent-port-in-time", 6, gives_up_on_a_silent_port_in_time)
        .stage(2)
        .says("with `--timeout 0.3` each of six silent ports is decided after 0.3 s, not before and not much later")
        .reads("Build it, stage 2: one port")
        .hints([
            "How long does `connect` wait for a machine that says nothing?",
            "For about two minutes, by itself. `connect_timeout` takes one address and your patience, with its fractions of a second. Book: \"Build it, stage 2: one port\".",
            "TcpStream::connect_timeout(&address, timeout)",
        ]),
    check("says-that-a-name-is-none", 8, says_that_a_name_is_none)
        .stage(2)
        .says("a name that can't exist gives `Hostname NAME could not be resolved` and exit code 3")
        .reads("The contract")
        .hints([
            "What does `to_socket_addrs` return for a name that nobody knows?",
            "An error without a kind that one could match: but whatever goes wrong in a lookup is about the name. Book: \"The contract\".",
            "(host, 0).to_socket_addrs().map_err(|_| Failure::new(exit::NAME, format!(\"Hostname {host} could not be resolved\")))",
        ]),
    check("asks-only-a-person", 6, asks_only_a_person)
        .stage(3)
        .says("without `--host` a person at a terminal is asked (ports 20 to 100 by default), anybody else gets a usage error, exit code 2")
        .reads("Build it, stage 3: somebody at a terminal")
        .hints([
            "What should happen when a script forgets the host: wait for ever, or fail?",
            "`std::io::IsTerminal` tells whether a person can answer. An empty answer means the default. A prompt without a newline must be flushed. Book: \"Build it, stage 3: somebody at a terminal\".",
            "match host { Some(host) => host, None if stdin().is_terminal() => ask(…), None => return Err(no target) }",
        ]),
    check("ends-with-a-sorted-summary", 6, ends_with_a_sorted_summary)
        .stage(4)
        .says("ports given in any order, some of them twice, are printed in the order of their numbers, once, also by four threads; the open ones again at the end")
        .reads("Build it, stage 4: many at once")
        .hints([
            "In which order do your threads finish, and who prints?",
            "A silent port takes longer than an open one, whatever its number. Workers hand in results; when all have ended, somebody sorts and prints them. Book: \"Build it, stage 4: many at once\".",
            "let mut states: Vec<_> = results.into_iter().collect(); states.sort(); then write_text",
        ]),
    check("waits-for-silent-ports-together", 12, waits_for_silent_ports_together)
        .stage(4)
        .says("64 silent ports with `--timeout 0.3 --threads 32` take less than 2.5 s, and the result is that of one thread")
        .reads("Build it, stage 4: many at once")
        .hints([
            "How many of your threads wait for a port at the same time? Print a line before and after each probe.",
            "A lock that is held while you connect lets one thread work and 31 wait for it. So does `join` right behind `spawn`. Book: \"Build it, stage 4: many at once\".",
            "fn next(jobs) -> Option<u16> { jobs.lock()….next() }; while let Some(port) = next(&jobs) { … probe … }",
        ]),
];

/// Ports of loopback that are held in a known state.
#[derive(Debug)]
pub struct Ports {
    /// Somebody listens.
    pub open: Vec<Listener>,
    /// Nobody does.
    pub closed: Vec<HeldPort>,
    /// Nobody answers.
    pub silent: Vec<HeldPort>,
}

impl Ports {
    /// Takes so many of each kind.
    pub fn hold(bench: &mut Bench, open: usize, closed: usize, silent: usize) -> Result<Ports, Fault> {
        bench.plays("scanner");
        Ok(Ports {
            open: (0..open).map(|_| bench.listen()).collect::<Result<_, _>>()?,
            closed: (0..closed).map(|_| bench.closed_port()).collect::<Result<_, _>>()?,
            silent: (0..silent).map(|_| bench.deaf_port()).collect::<Result<_, _>>()?,
        })
    }

    /// What a scanner must say of each.
    fn table(&self) -> BTreeMap<u16, &'static str> {
        let open = self.open.iter().map(|listener| (listener.address().port(), "open"));
        let held = |ports: &'_ [HeldPort], words: &'static str| {
            ports.iter().map(|port| (port.address().port(), words)).collect::<Vec<_>>()
        };
        let closed = held(&self.closed, "closed/filtered (refused)");
        open.chain(closed).chain(held(&self.silent, "closed/filtered (timeout)")).collect()
    }

    /// All of them as `--ports` takes them, in random order.
    pub fn list(&self, bench: &mut Bench) -> String {
        let mut ports: Vec<String> = self.table().keys().map(u16::to_string).collect();
        bench.random().shuffle(&mut ports);
        ports.join(",")
    }

    /// What a scanner must print.
    pub fn printed(&self) -> String {
        let table = self.table();
        let lines: String = table.iter().map(|(port, words)| format!("Port {port} is {words}\n")).collect();
        let open = table.iter().filter(|(_, words)| **words == "open");
        lines + &summary(open.map(|(port, _)| *port))
    }
}

/// The last line: `Open ports: 22, 80`.
pub fn summary(open: impl IntoIterator<Item = u16>) -> String {
    let open: Vec<String> = open.into_iter().map(|port| port.to_string()).collect();
    format!("Open ports: {}\n", if open.is_empty() { "none".to_owned() } else { open.join(", ") })
}

/// Has ports of loopback scanned, to the end.
pub fn scan(bench: &mut Bench, ports: &str, flags: &[&str]) -> Result<Ended, Fault> {
    bench.plays("scanner");
    bench.run("port-scan", [&["--host", "127.0.0.1", "--ports", ports], flags].concat())
}

fn reads_lists_and_ranges(bench: &mut Bench) -> Result<(), Fault> {
    let mut code = bench.probe()?;
    let [a, b, c] = [(); 3].map(|()| bench.random().u16(1000..30_000));
    let last = c + bench.random().u16(3..9);
    let range: Vec<String> = (c..=last).map(|port| port.to_string()).collect();
    let (first, second) = (a.min(b), a.max(b));
    let pair = if a == b { a.to_string() } else { format!("{first} {second}") };
    for (text, ports) in [
        ("80", "80".to_owned()),
        ("1,65535", "1 65535".to_owned()),
        ("25-25", "25".to_owned()),
        ("20-25", "20 21 22 23 24 25".to_owned()),
        ("443 , 80,22, 80", "22 80 443".to_owned()),
        ("80, 20-25,80", "20 21 22 23 24 25 80".to_owned()),
        ("24-26,22,20 - 24", "20 21 22 23 24 25 26".to_owned()),
        (&format!("{second},{first},{second}"), pair),
        (&format!("{c}-{last}"), range.join(" ")),
    ] {
        code.expect(&format!("ports {text}"), &format!("ok {ports}"))?;
    }
    Ok(())
}

fn tells_open_refused_and_silent_apart(bench: &mut Bench) -> Result<(), Fault> {
    for (open, closed, silent) in [(1, 1, 1), (0, 1, 1), (2, 1, 0)] {
        let ports = Ports::hold(bench, open, closed, silent)?;
        let list = ports.list(bench);
        scan(bench, &list, &["--timeout", "0.5"])?.code(0)?.stdout_is(&ports.printed())?;
    }
    Ok(())
}

fn gives_up_on_a_silent_port_in_time(bench: &mut Bench) -> Result<(), Fault> {
    // So many that it takes longer than a busy machine needs to start a program.
    const SILENT: usize = 6;
    let ports = Ports::hold(bench, 0, 0, SILENT)?;
    let list = ports.list(bench);
    let timer = Timer::start(Duration::from_millis(300) * SILENT as u32);
    let ended = scan(bench, &list, &["--timeout", "0.3"])?;
    timer.expect_on_time()?;
    ended.code(0)?.stdout_is(&ports.printed())?;
    Ok(())
}

fn says_that_a_name_is_none(bench: &mut Bench) -> Result<(), Fault> {
    bench.plays("scanner");
    // The resolver refuses both without asking anybody: a label has 1 to 63 characters (RFC 1035 §2.3.4).
    for name in ["a..b".to_owned(), bench.random_word(70)] {
        let ended = bench.run("port-scan", ["--host", &name, "--ports", "80"])?.code(3)?;
        let told = format!("Hostname {name} could not be resolved");
        ended.stdout_is("")?.stderr(predicates::str::contains(told))?;
    }
    Ok(())
}

fn asks_only_a_person(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_default_ports()?;
    bench.plays("scanner");
    let open = bench.random().u16(30..=90);
    let _listener = bench.listen_on(&format!("127.0.0.1:{open}"))?;
    for (first, last, asked) in [
        (String::new(), String::new(), 20..=100),
        ((open - 5).to_string(), (open + 5).to_string(), open - 5..=open + 5),
    ] {
        let mut terminal = bench.terminal("port-scan", [""; 0])?;
        terminal.expect("Enter target: ")?;
        terminal.type_line("127.0.0.1")?;
        terminal.expect("Enter start port: ")?;
        terminal.type_line(&first)?;
        terminal.expect("Enter end port: ")?;
        terminal.type_line(&last)?;
        let before = terminal.expect(&format!("Port {} is closed", asked.start()))?;
        ensure(!before.contains("Port "), || {
            Fault::expected(format!("port {} first", asked.start()))
                .got(wire::bytes::escape(before.as_bytes()))
        })?;
        terminal.expect(&format!("\nPort {open} is open\r\n"))?;
        terminal
            .expect(&format!("\nPort {} is closed/filtered (refused)\r\nOpen ports: {open}", asked.end()))?;
        terminal.expect_exit(0)?;
    }

    // With a host nobody is asked: the ports have their default.
    let printed: String = (20..=100)
        .map(|port| {
            let words = if port == open { "open" } else { "closed/filtered (refused)" };
            format!("Port {port} is {words}\n")
        })
        .collect();
    let printed = printed + &summary([open]);
    bench.run("port-scan", ["--host", "127.0.0.1"])?.code(0)?.stdout_is(&printed)?;

    // A script that forgot the host gets an error, also if it has something to say.
    for input in ["", "127.0.0.1\n20\n100\n"] {
        let ended = bench.run_with_input("port-scan", [""; 0], input.as_bytes())?.code(2)?;
        let said = ended.stderr_text() + &ended.stdout_text();
        ensure(!said.contains("Enter") && !said.contains("Port "), || {
            Fault::expected("a usage error, and no prompt").got(wire::bytes::escape(said.as_bytes()))
        })?;
    }
    Ok(())
}

fn ends_with_a_sorted_summary(bench: &mut Bench) -> Result<(), Fault> {
    let mut ports = Ports::hold(bench, 3, 3, 2)?;
    // A silent port is decided last: so one that is decided at once has to have a greater number.
    let lowest = ports.silent.iter().map(|port| port.address().port()).min();
    while ports.closed.iter().all(|port| Some(port.address().port()) < lowest) {
        ports.closed.push(bench.closed_port()?);
    }
    for threads in ["1", "4"] {
        let list = [(); 2].map(|()| ports.list(bench)).join(",");
        let flags = ["--timeout", "0.3", "--threads", threads];
        scan(bench, &list, &flags)?.code(0)?.stdout_is(&ports.printed())?;
    }
    Ok(())
}

fn waits_for_silent_ports_together(bench: &mut Bench) -> Result<(), Fault> {
    let mut ports = Ports::hold(bench, 4, 4, 64)?;
    let list = ports.list(bench);
    let in_time = Deadline::after(Duration::from_millis(2500));
    let flags = ["--host", "127.0.0.1", "--ports", &list, "--timeout", "0.3", "--threads", "32"];
    let scanner = bench.start("port-scan", flags)?;
    // Longer than one thread needs: to be late is another fault than to hang.
    let ended = bench.end_of(scanner, PATIENCE * 6)?;
    ensure(!in_time.expired(), || {
        Fault::expected(format!("the result of 64 silent ports, 32 at a time, in {:?}", in_time.limit()))
            .got("it took longer: the ports were not waited for together")
    })?;
    ended.code(0)?.stdout_is(&ports.printed())?;

    // One thread says the same of some of them.
    ports.silent.truncate(3);
    let list = ports.list(bench);
    scan(bench, &list, &["--timeout", "0.3"])?.code(0)?.stdout_is(&ports.printed())?;
    Ok(())
}
