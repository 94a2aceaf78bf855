//! The client asks the server that people really use, and their client asks the given server.
//!
//! chronyd asks the system which user it is, and a cell has no users: so these two run beside it, on loopback.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// chronyd, as anybody's (`-U`), beside any other one, and leaving the machine's clock alone (`-x`); `None`, and a
/// word about it, where it is not installed.
fn chronyd(name: &str) -> Option<Command> {
    let places = ["/usr/sbin/chronyd", "/usr/bin/chronyd"];
    let Some(path) = places.iter().find(|path| std::fs::exists(path).unwrap_or(false)) else {
        eprintln!("skipped: chronyd is not installed (Debian: chrony)");
        return None;
    };
    let me = Command::new("id").arg("-un").output().unwrap();
    let mut command = Command::new(path);
    command.args(["-U", "-x", "-d", "-u", String::from_utf8(me.stdout).unwrap().trim()]);
    command.args(["cmdport 0", &format!("pidfile {}/{name}.pid", env!("CARGO_TARGET_TMPDIR"))]);
    Some(command)
}

fn ask(port: u16) -> Output {
    let mut sntp = Command::new(env!("CARGO_BIN_EXE_sntp"));
    sntp.args(["127.0.0.1", "--port", &port.to_string(), "--timeout", "5"]).output().unwrap()
}

#[test]
fn the_client_asks_chrony() {
    let Some(mut chronyd) = chronyd("server") else { return };
    // It wants a number: one that was free a moment ago.
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = [&format!("port {port}"), "bindaddress 127.0.0.1", "allow 127.0.0.0/8", "local stratum 2"];
    let _server = Running(chronyd.args(listen).spawn().unwrap());

    // Until it listens, a request is refused.
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut answer = ask(port);
    while answer.status.code() == Some(4) && Instant::now() < deadline {
        answer = ask(port);
    }
    let text = String::from_utf8(answer.stdout).unwrap();
    assert!(answer.status.success(), "{text}{}", String::from_utf8_lossy(&answer.stderr));
    let lines: Vec<&str> = text.lines().collect();
    // It serves this machine's own clock.
    assert!(lines[1].starts_with("offset: +0.0") || lines[1].starts_with("offset: -0.0"), "{text}");
    assert_eq!(lines[3], "stratum: 2", "{text}");
}

#[test]
fn chrony_asks_the_given_server() {
    let Some(mut chronyd) = chronyd("client") else { return };
    let mut server = Command::new(env!("CARGO_BIN_EXE_fake-ntp"));
    let mut server =
        Running(server.args(["--port", "0", "--offset", "2.5"]).stdout(Stdio::piped()).spawn().unwrap());
    let mut ready = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let port = ready.trim().rsplit(':').next().unwrap();

    let source = format!("server 127.0.0.1 port {port} iburst");
    // -Q: ask, say by how much this clock is off, and end.
    let asked = chronyd.args(["port 0", &source, "-Q", "-t", "30"]).output().unwrap();
    let said = String::from_utf8_lossy(&asked.stderr);
    assert!(
        said.contains("System clock wrong by 2.5") || said.contains("System clock wrong by 2.49"),
        "{said}"
    );
}
