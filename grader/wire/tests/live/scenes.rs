//! What happens in the cells.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpStream};
use std::process::Output;
use std::time::Duration;

use cell::{Cell, Spec};
use wire::tcp::Flags;
use wire::{Direction, EchoAnswer, Host, Mac, PortScript, World, decode};

use crate::{find_tool, pump};

const HOST: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
const SILENT: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 3);
const FAR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
const MS: Duration = Duration::from_millis(1);

pub(crate) fn play(name: &str) {
    let cell = cell::enter(&Spec { wire: true, ..Spec::default() }).unwrap();
    match name {
        "nmap" => nmap(&cell),
        "ping" => ping(&cell),
        "arping" => arping(&cell),
        "conversation" => conversation(&cell),
        "refusals" => refusals(&cell),
        "late" => late(&cell),
        "gateway" => gateway(&cell),
        "sequence" => sequence(&cell),
        _ => panic!("no scene {name}"),
    }
}

fn host() -> Host {
    Host::new(HOST, Mac::of_host(2))
}

/// Runs a tool with raw sockets to its end.
fn tool(cell: &Cell, name: &str, args: &[&str]) -> (Output, String) {
    let path = find_tool(name).unwrap();
    let output = cell.launch(path).raw_sockets().command().args(args).output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, text)
}

fn connect(ip: Ipv4Addr, port: u16) -> io::Result<TcpStream> {
    TcpStream::connect_timeout(&SocketAddrV4::new(ip, port).into(), 2000 * MS)
}

fn nmap(cell: &Cell) {
    let script = r#"
        default = "rst"
        [ports]
        22 = "synack"
        80 = "synack"
        30-33 = "silent"
        40 = "icmp:3/13"
        41 = "icmp:3/1"
        50 = "late:30"
        100 = "other-port"
    "#;
    let world = World::new().host(Host::from_toml(HOST, Mac::of_host(2), script).unwrap());
    pump::with(world, cell.wire().unwrap(), || {
        let options =
            "-sS -n -Pn --reason --privileged --max-retries 2 --max-rtt-timeout 200ms -oG - -p 20-100";
        let args: Vec<&str> = options.split(' ').chain(["10.77.0.2"]).collect();
        let (_, text) = tool(cell, "nmap", &args);
        let ports = text.split("Ports: ").nth(1).unwrap_or_else(|| panic!("nmap lists no ports:\n{text}"));
        let in_state = |state: &str| -> Vec<u16> {
            let number = |port: &str| port.trim().split('/').next().unwrap().parse().unwrap();
            ports.split(',').filter(|port| port.contains(state)).map(number).collect()
        };
        assert_eq!(in_state("/open/"), [22, 50, 80], "{text}");
        assert_eq!(in_state("/filtered/"), [30, 31, 32, 33, 40, 41, 100], "{text}");
        assert!(ports.contains("Ignored State: closed (71)"), "{text}");
    });
}

fn ping(cell: &Cell) {
    let answers = [EchoAnswer::WrongId, EchoAnswer::WrongSequence, EchoAnswer::Right];
    let silent = Host::new(SILENT, Mac::of_host(3)).echo([]);
    let world = World::new().host(host().echo(answers)).host(silent);
    let seen = pump::with(world, cell.wire().unwrap(), || {
        let (output, text) = tool(cell, "ping", &["-n", "-c", "1", "-W", "2", "10.77.0.2"]);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("64 bytes from 10.77.0.2: icmp_seq=1"), "{text}");
        let (output, text) = tool(cell, "ping", &["-n", "-c", "1", "-W", "0.3", "10.77.0.3"]);
        assert_eq!(output.status.code(), Some(1), "{text}");
    });
    let is_echo = |frame: &[u8]| decode(frame).icmp.is_some_and(|message| message.checksum_ok);
    assert_eq!(seen.iter().filter(|seen| is_echo(&seen.frame)).count(), 2 + 3, "requests and answers");
}

fn arping(cell: &Cell) {
    let silent = Host::new(SILENT, Mac::of_host(3)).arp([]);
    let world = World::new().host(host()).host(silent);
    pump::with(world, cell.wire().unwrap(), || {
        let (output, text) = tool(cell, "arping", &["-c", "1", "-w", "2", "-I", "lab0", "10.77.0.2"]);
        assert!(output.status.success(), "{text}");
        assert!(text.to_lowercase().contains("02:00:0a:4d:00:02"), "{text}");
        let (output, text) = tool(cell, "arping", &["-c", "1", "-w", "1", "-I", "lab0", "10.77.0.3"]);
        assert!(!output.status.success(), "{text}");
    });
}

fn conversation(cell: &Cell) {
    let world = World::new().host(host().port(80, PortScript::Open).isn(u32::MAX));
    let seen = pump::with(world, cell.wire().unwrap(), || {
        let mut stream = connect(HOST, 80).unwrap();
        stream.set_read_timeout(Some(2000 * MS)).unwrap();
        stream.write_all(&[b'x'; 20_000]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0, "FIN is answered by FIN");
    });
    let from_student = |direction: Direction| direction == Direction::FromStudent;
    let mut bytes = 0;
    for seen in &seen {
        if let Some(tcp) = decode(&seen.frame).tcp {
            assert!(tcp.checksum_ok, "{}", wire::summary(&seen.frame));
            assert!(!tcp.flags.contains(Flags::RST), "{}", wire::summary(&seen.frame));
            bytes += if from_student(seen.direction) { tcp.payload_len } else { 0 };
        }
    }
    assert_eq!(bytes, 20_000, "nothing had to be sent twice");
}

fn refusals(cell: &Cell) {
    let scripted = host()
        .port(82, PortScript::Silent)
        .port(83, PortScript::Unreachable(13))
        .port(84, PortScript::BadAck)
        .port(85, PortScript::OtherSource([10, 77, 0, 9].into()));
    pump::with(World::new().host(scripted), cell.wire().unwrap(), || {
        let refusal = |port| {
            TcpStream::connect_timeout(&SocketAddrV4::new(HOST, port).into(), 400 * MS).unwrap_err().kind()
        };
        assert_eq!(refusal(81), io::ErrorKind::ConnectionRefused);
        assert_eq!(refusal(82), io::ErrorKind::TimedOut);
        assert_eq!(refusal(83), io::ErrorKind::HostUnreachable);
        assert_eq!(refusal(84), io::ErrorKind::TimedOut);
        assert_eq!(refusal(85), io::ErrorKind::TimedOut);
    });
}

fn late(cell: &Cell) {
    let world = World::new().host(host().port(80, PortScript::Late(300 * MS)));
    let seen = pump::with(world, cell.wire().unwrap(), || {
        connect(HOST, 80).unwrap();
    });
    let first = |wanted: Flags| {
        seen.iter().find(|seen| decode(&seen.frame).tcp.is_some_and(|tcp| tcp.flags == wanted)).unwrap().at
    };
    let waited = first(Flags::SYN | Flags::ACK) - first(Flags::SYN);
    assert!(waited >= 300 * MS, "{waited:?}");
}

fn gateway(cell: &Cell) {
    let far = Host::new(FAR, Mac::of_host(7)).port(80, PortScript::Open);
    let world = World::new().host(far).host(Host::gateway());
    pump::with(world, cell.wire().unwrap(), || {
        connect(FAR, 80).unwrap();
        assert_eq!(connect(FAR, 81).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    });
}

fn sequence(cell: &Cell) {
    let script = PortScript::Sequence(vec![PortScript::Silent, PortScript::Open]);
    let seen = pump::with(World::new().host(host().port(80, script)), cell.wire().unwrap(), || {
        connect(HOST, 80).unwrap();
    });
    let syns = seen.iter().filter(|seen| decode(&seen.frame).tcp.is_some_and(|tcp| tcp.flags == Flags::SYN));
    assert_eq!(syns.count(), 2);
}
