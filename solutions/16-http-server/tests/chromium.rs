//! The servers and a browser.
//!
//! A browser wants more address space than a cell gives, so this one runs beside it, on loopback, where it is told to
//! find nothing else.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A server that ends with the test.
struct Running {
    server: Child,
    address: String,
    /// Held open: a server that can't print its requests ends.
    _stdout: BufReader<ChildStdout>,
}

impl Running {
    /// Starts a server on a free port of loopback.
    fn start(binary: &str) -> Running {
        let mut command = Command::new(binary);
        command.args(["--bind", "127.0.0.1", "--port", "0"]).stdout(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        let mut ready = String::new();
        stdout.read_line(&mut ready).unwrap();
        let address = ready.trim().rsplit(' ').next().unwrap().to_owned();
        Running { server, address, _stdout: stdout }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

/// What a browser makes of a page, as HTML again; `None`, and a word about it, where there is none.
fn dom(profile: &str, flags: &[&str], url: &str) -> Option<String> {
    const CHROMIUM: &str = "/usr/bin/chromium";
    if !Path::new(CHROMIUM).exists() {
        eprintln!("skipped: chromium is not installed (Debian: chromium)");
        return None;
    }
    let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(profile);
    let mut browser = Command::new("timeout");
    browser.args(["120", CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
    browser.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    browser.arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
    browser.arg(format!("--user-data-dir={}", profile.display())).args(flags).args(["--dump-dom", url]);
    let shown = browser.output().unwrap();
    let _ = std::fs::remove_dir_all(profile);
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    Some(String::from_utf8(shown.stdout).unwrap())
}

#[test]
fn a_browser_is_counted() {
    let server = Running::start(env!("CARGO_BIN_EXE_http-visitor"));
    let Some(page) = dom("visitor", &[], &format!("http://{}/", server.address)) else { return };
    assert!(page.contains("<title>Socket Server</title>"), "{page}");
    assert!(page.contains("<p>You are visitor #1</p>"), "{page}");
}

#[test]
fn a_browser_sees_what_it_asked() {
    let server = Running::start(env!("CARGO_BIN_EXE_http-server"));
    let Some(page) = dom("hello", &[], &format!("http://{}/hello?x=1#y", server.address)) else { return };
    assert!(page.contains("<p><strong>Path:</strong> /hello</p>"), "{page}");
    assert!(page.contains("<p><strong>Browser:</strong> Mozilla/5.0 (X11; Linux"), "{page}");

    let missing = dom("missing", &[], &format!("http://{}/nope", server.address)).unwrap();
    assert!(missing.contains("<h1>404 Not Found</h1>"), "{missing}");
}

#[test]
fn a_browser_runs_no_script_of_its_own() {
    let server = Running::start(env!("CARGO_BIN_EXE_http-server"));
    let script = "--user-agent=<script>document.title='mine'</script>";
    let Some(page) = dom("script", &[script], &format!("http://{}/", server.address)) else { return };
    assert!(!page.contains("<title>"), "{page}");
    assert!(page.contains("&lt;script&gt;document.title='mine'&lt;/script&gt;"), "{page}");
}
