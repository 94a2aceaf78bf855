//! The client, and the web server that much of the web has: what it prints is what curl prints, byte by byte.
//!
//! nginx asks who it is before it does anything, and a cell has no `/etc/passwd` that could tell. So it runs beside the cell,
//! on loopback, with files of its own.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const NGINX: &str = "/usr/sbin/nginx";
const CURL: &str = "/usr/bin/curl";

/// nginx in one process, which ends with the test.
struct Nginx {
    server: Child,
    port: u16,
    folder: PathBuf,
}

impl Nginx {
    /// Starts it on a free port; `None`, and a word about it, where it is not installed.
    fn start(name: &str) -> Option<Nginx> {
        for program in [NGINX, CURL] {
            if !Path::new(program).exists() {
                eprintln!("skipped: there is no {program} (Debian: nginx-light, curl)");
                return None;
            }
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let big: Vec<u8> =
            (0..1_u32 << 18).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        fs::write(folder.join("length.bin"), &big).unwrap();
        // Only the headers say that it is packed, and a client that unpacks nothing leaves it as it is.
        fs::write(folder.join("packed.gz"), &big[..5000]).unwrap();
        let page: String = (0..2000).map(|line| format!("<p>line {line}</p>\r\n")).collect();
        fs::write(folder.join("chunked.html"), &page).unwrap();
        fs::write(folder.join("to-eof.html"), &page).unwrap();

        // It can't say which port the kernel gave it, so it gets one that was free a moment ago. Perhaps it is no more.
        (0..10).find_map(|_| Nginx::start_in(&folder)).map(Some).expect("nginx starts in ten attempts")
    }

    fn start_in(folder: &Path) -> Option<Nginx> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::write(folder.join("nginx.conf"), config(folder, port)).unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        let mut command = Command::new(NGINX);
        command.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(folder).stdin(Stdio::null()).stderr(log);
        let mut nginx = Nginx { server: command.spawn().unwrap(), port, folder: folder.to_owned() };
        let deadline = Instant::now() + Duration::from_secs(20);
        while nginx.server.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(nginx);
            }
            assert!(Instant::now() < deadline, "nginx does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        eprintln!("{}", fs::read_to_string(folder.join("log")).unwrap());
        // Dropped, it would be killed, and is gone already.
        None
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What a client writes to a file that it is told by `-o`, and what it says besides.
    fn fetched(&self, program: &str, flags: &[&str], path: &str) -> (Vec<u8>, Output) {
        let file = self.folder.join("fetched");
        let _ = fs::remove_file(&file);
        let output =
            Command::new(program).args(flags).arg("-o").arg(&file).arg(self.url(path)).output().unwrap();
        assert!(output.status.success(), "{path}: {output:?}");
        // Where there is no body, curl makes no file.
        (fs::read(&file).unwrap_or_default(), output)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.server.kill();
        self.server.wait().unwrap();
    }
}

fn config(folder: &Path, port: u16) -> String {
    let here = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|part| format!("{part}_temp_path {here}/{part};\n"))
        .concat();
    format!(
        "daemon off;
        master_process off;
        pid {here}/nginx.pid;
        error_log stderr;
        events {{ worker_connections 16; }}
        http {{
            {temporary}
            access_log off;
            default_type text/html;
            server {{
                listen 127.0.0.1:{port};
                root {here};
                # Server-side includes: the page is made while it is sent, so nobody knows its length beforehand.
                location = /chunked.html {{ ssi on; }}
                location = /to-eof.html {{ ssi on; chunked_transfer_encoding off; }}
                location = /packed.gz {{ add_header Content-Encoding gzip; }}
                location = /empty {{ return 204; }}
                location = /unchanged {{ return 304; }}
                location = /moved {{ return 302 http://127.0.0.1:9/; }}
            }}
        }}"
    )
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn bodies_are_those_that_curl_gets() {
    let Some(nginx) = Nginx::start("nginx-bodies") else { return };
    let http_get = env!("CARGO_BIN_EXE_http-get");
    for (path, status, header) in [
        ("/length.bin", "200 OK", "Content-Length: 1048576"),
        ("/chunked.html", "200 OK", "Transfer-Encoding: chunked"),
        ("/to-eof.html", "200 OK", "Connection: close"),
        ("/packed.gz", "200 OK", "Content-Encoding: gzip"),
        ("/empty", "204 No Content", "Connection: close"),
        ("/unchanged", "304 Not Modified", "Connection: close"),
        ("/moved", "302 Moved Temporarily", "Location: http://127.0.0.1:9/"),
        ("/nowhere", "404 Not Found", "Content-Type: text/html"),
        ("/", "403 Forbidden", "Content-Type: text/html"),
    ] {
        let (ours, said) = nginx.fetched(http_get, &["-v"], path);
        let (theirs, _) = nginx.fetched(CURL, &["-s"], path);
        assert!(ours == theirs, "{path}: {} bytes, and curl has {}", ours.len(), theirs.len());
        let head = text(&said.stderr);
        for line in [&format!("< HTTP/1.1 {status}"), header] {
            assert!(head.contains(line), "{path}: no {line} in\n{head}");
        }
        if path == "/to-eof.html" {
            assert!(!head.contains("< Content-Length") && !head.contains("< Transfer-Encoding"), "{head}");
            assert!(ours.len() > 30_000, "{}", ours.len());
        }
    }
}

#[test]
fn heads_are_shown_as_curl_shows_them() {
    let Some(nginx) = Nginx::start("nginx-heads") else { return };
    let lines = |program: &str, flags: &[&str]| -> Vec<String> {
        let (_, said) = nginx.fetched(program, flags, "/nowhere");
        let lines = text(&said.stderr).lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        // Curl tells the server more about itself, and says what it does.
        let is_common = |line: &String| {
            line.starts_with(['>', '<'])
                && !["> User-Agent", "> Accept", "< Date"].iter().any(|own| line.starts_with(own))
        };
        lines.into_iter().filter(is_common).collect()
    };
    let ours = lines(env!("CARGO_BIN_EXE_http-get"), &["-v"]);
    assert_eq!(ours, lines(CURL, &["-sv", "-H", "Connection: close"]));
    assert!(ours.len() > 5, "{ours:?}");
}
