//! Scenes on the wire. The hosts at its far end are played by hand, byte by byte.

use std::io::{self, ErrorKind, Read};
use std::net::{TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use cell::{FarEnd, Rung};

use crate::scenes::{enter, itself, output};

const LAB0_MAC: [u8; 6] = [2, 0, 10, 77, 0, 1];
const HOST_MAC: [u8; 6] = [2, 0, 0, 0, 0, 2];
const SECOND: Duration = Duration::from_secs(1);

const ARP: [u8; 2] = [8, 6];
const IPV4: [u8; 2] = [8, 0];
const TCP: u8 = 6;

pub(crate) fn play(name: &str, rest: &[&str]) {
    match (name, rest) {
        ("wire", _) => both_ways(),
        ("gateway", _) => gateway(),
        ("checksums", _) => checksums(),
        ("interfaces", _) => interfaces(),
        ("address", _) => address(),
        ("mtu", _) => mtu(),
        ("quiet", _) => quiet(),
        ("lossless", _) => lossless(),
        ("wire-on", [letter, ..]) => wire_on(letter),
        ("no-wire-on", [letter, ..]) => no_wire_on(letter),
        _ => panic!("no scene {name} {rest:?}"),
    }
}

/// The next frame for which `wanted` holds.
fn frame(far: &FarEnd, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let deadline = Instant::now() + 5 * SECOND;
    let mut buf = [0; 2048];
    while let Some(length) = far.recv(&mut buf, deadline.saturating_duration_since(Instant::now())).unwrap() {
        if wanted(&buf[..length]) {
            return buf[..length].to_vec();
        }
    }
    panic!("no such frame within five seconds");
}

/// The address that an ARP request (RFC 826) asks for.
fn asked(request: &[u8]) -> &[u8] {
    assert_eq!(request[20..22], [0, 1], "a request");
    &request[38..42]
}

fn arp_reply(request: &[u8]) -> Vec<u8> {
    let mut reply = [&LAB0_MAC, &HOST_MAC, &ARP[..], &request[14..20], &[0, 2], &HOST_MAC].concat();
    reply.extend_from_slice(asked(request));
    reply.extend_from_slice(&request[22..32]);
    reply
}

/// The Internet checksum's sum (RFC 1071): 0xffff over data that holds a right checksum.
fn sum(bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |&low| u32::from(low));
    let sum: u32 = bytes.chunks(2).map(word).sum();
    let sum = (sum & 0xffff) + (sum >> 16);
    ((sum & 0xffff) + (sum >> 16)) as u16
}

/// An IPv4 packet with source and destination swapped, which keeps its checksum right.
fn turned_round(frame: &[u8]) -> Vec<u8> {
    let mut answer = frame.to_vec();
    answer[..6].copy_from_slice(&LAB0_MAC);
    answer[6..12].copy_from_slice(&HOST_MAC);
    answer[26..30].copy_from_slice(&frame[30..34]);
    answer[30..34].copy_from_slice(&frame[26..30]);
    answer[34..36].copy_from_slice(&frame[36..38]);
    answer[36..38].copy_from_slice(&frame[34..36]);
    answer
}

/// Answers the ARP request for a host and echoes its UDP datagrams: one round.
fn echo_host(far: &FarEnd) {
    let request = frame(far, |frame| frame[12..14] == ARP);
    assert_eq!(request[..6], [0xff; 6], "to everyone");
    assert_eq!(request[6..12], LAB0_MAC);
    assert_eq!(asked(&request), [10, 77, 0, 2]);
    far.send(&arp_reply(&request)).unwrap();
    let datagram = frame(far, |frame| frame[12..14] == IPV4);
    assert_eq!(datagram[..12], [HOST_MAC, LAB0_MAC].concat());
    assert_eq!(datagram[26..30], [10, 77, 0, 1]);
    assert_eq!(&datagram[42..], b"ping");
    far.send(&turned_round(&datagram)).unwrap();
}

fn ping() {
    let socket = UdpSocket::bind("10.77.0.1:0").unwrap();
    socket.set_read_timeout(Some(5 * SECOND)).unwrap();
    socket.send_to(b"ping", "10.77.0.2:7").unwrap();
    let mut buf = [0; 16];
    let (length, from) = socket.recv_from(&mut buf).unwrap();
    assert_eq!((&buf[..length], from.to_string().as_str()), (&b"ping"[..], "10.77.0.2:7"));
}

fn both_ways() {
    let cell = enter(true);
    let far = cell.wire().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| echo_host(far));
        ping();
    });
    assert_eq!(far.lost().unwrap(), 0);
}

/// Everything that isn't local goes to the wire, by way of a gateway.
fn gateway() {
    let cell = enter(true);
    let far = cell.wire().unwrap();
    UdpSocket::bind("0.0.0.0:0").unwrap().send_to(b"x", "192.0.2.5:9").unwrap();
    let request = frame(far, |frame| frame[12..14] == ARP);
    assert_eq!(asked(&request), [10, 77, 0, 254]);
}

/// Whoever had an address that is taken away can't be reached any more.
fn address() {
    let cell = enter(false);
    let guest = "10.77.0.9".parse().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let unreachable = |sent: io::Result<usize>| sent.unwrap_err().kind() == ErrorKind::NetworkUnreachable;
    assert!(unreachable(socket.send_to(b"x", "10.77.0.9:9")));
    cell.add_address(guest, 32).unwrap();
    let theirs = UdpSocket::bind("10.77.0.9:0").unwrap();
    theirs.send_to(b"ping", socket.local_addr().unwrap()).unwrap();
    assert_eq!(socket.recv_from(&mut [0; 16]).unwrap(), (4, theirs.local_addr().unwrap()));
    cell.remove_address(guest, 32).unwrap();
    assert!(unreachable(socket.send_to(b"x", theirs.local_addr().unwrap())));
}

/// A datagram that fits the old MTU leaves in two fragments by the new one.
fn mtu() {
    let cell = enter(true);
    let far = cell.wire().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| echo_host(far));
        ping();
    });
    cell.set_mtu(1280).unwrap();
    UdpSocket::bind("10.77.0.1:0").unwrap().send_to(&[7; 1472], "10.77.0.2:9").unwrap();
    let first = frame(far, |frame| frame[12..14] == IPV4);
    assert!(first.len() <= 14 + 1280, "{} bytes", first.len());
    assert!(frame(far, |frame| frame[12..14] == IPV4).len() < first.len(), "and the rest of it");
}

/// What the kernel sends has its checksums and fits the MTU, as on a real wire.
fn checksums() {
    let cell = enter(true);
    let far = cell.wire().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let connected = TcpStream::connect_timeout(&"10.77.0.2:80".parse().unwrap(), SECOND);
            assert!(connected.is_err(), "nobody answered the handshake");
        });
        let request = frame(far, |frame| frame[12..14] == ARP);
        far.send(&arp_reply(&request)).unwrap();
        let segment = frame(far, |frame| frame[12..14] == IPV4 && frame[23] == TCP);
        let (ip, tcp) = (&segment[14..34], &segment[34..]);
        assert_eq!(sum(ip), 0xffff, "IPv4");
        let pseudo = [&ip[12..20], &[0, TCP], &(tcp.len() as u16).to_be_bytes(), tcp].concat();
        assert_eq!(sum(&pseudo), 0xffff, "TCP");
    });
    // Two fragments of one large datagram.
    UdpSocket::bind("10.77.0.1:0").unwrap().send_to(&[7; 2000], "10.77.0.2:9").unwrap();
    for _ in 0..2 {
        assert!(frame(far, |frame| frame[12..14] == IPV4 && frame[23] == 17).len() <= 1514);
    }
}

fn interfaces() {
    let cell = enter(true);
    let mut command = cell.command(itself());
    command.args(["--act", "interfaces"]);
    let table = output(command);
    let mut names: Vec<_> = table.lines().filter_map(|line| Some(line.split_once(':')?.0.trim())).collect();
    names.sort_unstable();
    assert_eq!(names, ["lab0", "lo"]);
}

/// Nothing is on the wire that no program sent.
fn quiet() {
    let cell = enter(true);
    assert_eq!(cell.wire().unwrap().recv(&mut [0; 2048], SECOND).unwrap(), None);
}

/// A burst of frames waits for a receiver that is late.
fn lossless() {
    const FRAMES: u32 = 8_000;
    let cell = enter(true);
    let far = cell.wire().unwrap();
    let socket = UdpSocket::bind("10.77.0.1:0").unwrap();
    socket.send_to(b"first", "10.77.0.2:9").unwrap();
    let request = frame(far, |frame| frame[12..14] == ARP);
    far.send(&arp_reply(&request)).unwrap();
    frame(far, |frame| frame[12..14] == IPV4);
    for number in 0..FRAMES {
        socket.send_to(&number.to_be_bytes(), "10.77.0.2:9").unwrap();
    }
    for number in 0..FRAMES {
        assert_eq!(frame(far, |frame| frame[12..14] == IPV4)[42..46], number.to_be_bytes());
    }
    assert_eq!(far.lost().unwrap(), 0);
}

fn wire_on(letter: &str) {
    let cell = enter(true);
    assert_eq!(cell.rung().to_string(), letter);
    let far = cell.wire().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| echo_host(far));
        ping();
    });
    // A program listening on lo is still reached.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    drop(listener.accept().unwrap());
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
}

fn no_wire_on(letter: &str) {
    let cell = enter(true);
    assert_eq!(cell.rung().to_string(), letter);
    let reason = cell.wire().unwrap_err();
    assert!(reason.ends_with("open the dev container"), "{reason}");
    assert_eq!(cell.raw_sockets().is_ok(), cell.rung() == Rung::D);
}
