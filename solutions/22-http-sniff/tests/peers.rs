//! curl visits nginx on loopback; tcpdump records it, and http-sniff listens. What we hear live and what we read in tcpdump's
//! file is what tshark finds in it.
//!
//! On loopback a packet socket is shown each frame twice, on its way out and on its way in. libpcap, which tcpdump uses, and
//! `labkit::sniff::Live` drop one of them, each in its own way; so each request must be there once in both.
//!
//! nginx asks who it is before it does anything, and a cell has no `/etc/passwd` that could tell. So all of this runs beside
//! the cell, on loopback, with a port and files of its own.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use labkit::caps::{self, Cap};

const NGINX: &str = "/usr/sbin/nginx";
const CURL: &str = "/usr/bin/curl";
const TCPDUMP: &str = "/usr/bin/tcpdump";
const TSHARK: &str = "/usr/bin/tshark";

/// The field of `/proc/net/packet` that holds the interface's number, and that of `lo`.
const INTERFACE: usize = 4;
const LO: &str = "1";

/// A program that ends with the test.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Running {
        Running(command.stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks until there is an answer.
fn wait_for<T>(what: &str, mut question: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = question() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not within a minute");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn live_and_from_a_file_we_hear_what_tshark_finds() {
    for program in [NGINX, CURL, TCPDUMP, TSHARK] {
        if !Path::new(program).exists() {
            eprintln!("skipped: there is no {program} (Debian: nginx-light, curl, tcpdump, tshark)");
            return;
        }
    }
    if !caps::has(Cap::NetRaw) {
        eprintln!("skipped: needs CAP_NET_RAW");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http-sniff-peers");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    // It can't say which port the kernel gave it, so it gets one that was free a moment ago. Perhaps it is no more.
    let (_nginx, port) = (0..10).find_map(|_| nginx(&folder)).expect("nginx starts in ten attempts");
    let capture = folder.join("visits.pcap");
    let _tcpdump = tcpdump(&capture, port);
    let (port, requests) = (port.to_string(), "8");
    let mut live = http_sniff(&["--iface", "lo", "--port", &port, "--count", requests]);
    let mut live = Running::start(live.stdout(Stdio::piped()));
    wait_for("a packet socket on lo", || listens(live.0.id()).then_some(()));

    visit(&folder, &port);
    let mut heard_live = Vec::new();
    live.0.stdout.take().unwrap().read_to_end(&mut heard_live).unwrap();
    let heard_live = lines(heard_live);
    // Everything before it is in the file when this is.
    wait_for("the last request in tcpdump's file", || holds(&fs::read(&capture).unwrap(), b"/last"));
    let read = http_sniff(&["--port", &port, "--read"]).arg(&capture).output().unwrap();
    let heard = lines(read.stdout);
    assert_eq!(heard, heard_live);

    let mut ours: Vec<String> = heard.iter().map(|line| as_fields(line)).collect();
    let mut theirs = lines(tshark(&capture, &port));
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len().to_string(), requests);
}

/// Eight requests: on one connection and on several, with bodies of known length, in chunks and none, and with a head of three
/// segments at least.
fn visit(folder: &Path, port: &str) {
    let body = folder.join("body");
    // It looks like requests, too.
    fs::write(&body, b"GET /not/asked HTTP/1.1\r\nHost: body.test\r\n\r\n".repeat(2000)).unwrap();
    let body = format!("@{}", body.display());
    let (url, cookie) = (format!("http://127.0.0.1:{port}"), format!("Cookie: {}", "c".repeat(5000)));
    for args in [
        vec![format!("{url}/one"), format!("{url}/two?x=y"), format!("{url}/one")],
        vec!["--data-binary".into(), body.clone(), format!("{url}/post"), format!("{url}/post/again")],
        vec![
            "-H".into(),
            "Transfer-Encoding: chunked".into(),
            "-T".into(),
            body[1..].into(),
            format!("{url}/chunks"),
        ],
        vec!["-I".into(), "-H".into(), "host: Some.Name.test".into(), format!("{url}/head")],
        vec!["-H".into(), cookie, format!("{url}/last")],
    ] {
        // A response is thrown away, and with several URLs each needs to be told so.
        let status =
            Command::new(CURL).args(["-s", "--max-time", "30"]).args(&args).stdout(Stdio::null()).status();
        assert!(status.unwrap().success(), "{args:?}");
    }
}

fn nginx(folder: &Path) -> Option<(Running, u16)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let here = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|part| format!("{part}_temp_path {here}/{part};\n"))
        .concat();
    let config = format!(
        "daemon off; master_process off; pid {here}/nginx.pid; error_log stderr;
        events {{ worker_connections 16; }}
        http {{
            {temporary}
            access_log off;
            large_client_header_buffers 4 16k;
            server {{ listen 127.0.0.1:{port}; location / {{ return 200 hello; }} }}
        }}"
    );
    fs::write(folder.join("nginx.conf"), config).unwrap();
    let mut command = Command::new(NGINX);
    command.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(folder).stderr(Stdio::null());
    let mut nginx = Running::start(&mut command);
    wait_for("nginx to listen", || {
        let has_ended = nginx.0.try_wait().unwrap().is_some();
        (has_ended || TcpStream::connect(("127.0.0.1", port)).is_ok()).then_some(!has_ended)
    })
    .then_some((nginx, port))
}

/// Starts tcpdump, and waits until it listens. It writes each packet at once.
fn tcpdump(capture: &Path, port: u16) -> Running {
    let mut command = Command::new(TCPDUMP);
    command.args(["-i", "lo", "-n", "-U", "--immediate-mode", "-Z", "root", "-w"]).arg(capture);
    let mut tcpdump = Running::start(command.arg(format!("tcp port {port}")).stderr(Stdio::piped()));
    let mut told = BufReader::new(tcpdump.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(told.any(|line| line.contains("listening on lo")), "tcpdump doesn't listen");
    tcpdump
}

fn http_sniff(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_http-sniff"));
    command.args(args).stdin(Stdio::null());
    command
}

/// Whether that process has a packet socket that is bound to `lo`.
fn listens(pid: u32) -> bool {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let sockets: Vec<PathBuf> =
        descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()).collect();
    let rows = fs::read_to_string("/proc/net/packet").unwrap();
    rows.lines().any(|row| {
        let fields: Vec<&str> = row.split_whitespace().collect();
        let inode = fields.last().copied().unwrap_or_default();
        fields.get(INTERFACE) == Some(&LO) && sockets.contains(&PathBuf::from(format!("socket:[{inode}]")))
    })
}

fn tshark(capture: &Path, port: &str) -> Vec<u8> {
    let mut tshark = Command::new(TSHARK);
    tshark.arg("-n").arg("-r").arg(capture).args(["-d", &format!("tcp.port=={port},http")]);
    tshark.args(["-Y", "http.request", "-T", "fields"]);
    for field in
        ["ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "http.request.method", "http.request.full_uri"]
    {
        tshark.args(["-e", field]);
    }
    let output = tshark.stderr(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// The lines of requests, without a summary.
fn lines(output: Vec<u8>) -> Vec<String> {
    let output = String::from_utf8(output).unwrap();
    output.lines().take_while(|line| !line.starts_with("requests: ")).map(str::to_owned).collect()
}

/// `HTTP 127.0.0.1:40000 -> 127.0.0.1:80 GET http://a/` as tshark writes its fields.
fn as_fields(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let [_, source, _, destination, method, url] = words[..] else { panic!("{line}") };
    [source.replace(':', "\t"), destination.replace(':', "\t"), method.into(), url.into()].join("\t")
}

fn holds(bytes: &[u8], what: &[u8]) -> Option<()> {
    bytes.windows(what.len()).any(|window| window == what).then_some(())
}
