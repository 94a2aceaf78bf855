//! What the instrument itself costs: `net-bench --http` beside `wrk`, on the same web server.
//!
//! ```text
//! cargo bench -p async-echo --bench beside-wrk -- [PAIRS] [CONNECTIONS]
//! ```
//!
//! Both ask nginx for the same small file, over the same number of connections, in turns: one pair after the other, and
//! who begins alternates. What is compared is the processor time (user and system) of the tool, for each request that it
//! counted. An instrument that needs more of it leaves less to the server that it measures.
//!
//! The ratios below 1 are pairs in which net-bench needed less. Needs nginx and wrk; without them it says so and ends.

use std::error::Error;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_echo::bench::compare::Ratio;
use nix::sys::resource::{UsageWho, getrusage};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Long enough that to start a process and to connect weighs little.
const REQUESTS: u64 = 200_000;

fn main() -> Result<()> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let pairs = numbers.first().copied().unwrap_or(10);
    let connections = numbers.get(1).copied().unwrap_or(50);
    let (Some(nginx), Some(wrk)) = (installed("nginx"), installed("wrk")) else {
        println!("skipped: nginx or wrk is not installed");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let server = Nginx::start(&nginx, folder.path())?;
    let host_port = format!("127.0.0.1:{}", server.port);

    let mut rate = 0.0;
    let ours = || net_bench(&host_port, connections);
    let theirs = |seconds: f64| run_wrk(&wrk, &host_port, connections, seconds);
    println!("{:>4} {:>22} {:>22} {:>7}", "pair", "net-bench µs/request", "wrk µs/request", "ratio");
    let mut ratios = Vec::new();
    for pair in 0..pairs {
        // wrk is told how long, not how much: as long as net-bench needed for its requests.
        let seconds = if rate > 0.0 { REQUESTS as f64 / rate } else { 2.0 };
        let (a, b) = if pair % 2 == 0 {
            let a = ours()?;
            (a, theirs(seconds)?)
        } else {
            let b = theirs(seconds)?;
            (ours()?, b)
        };
        rate = a.per_second;
        ratios.push(a.cpu_each / b.cpu_each);
        println!(
            "{:>4} {:>9.2} ({:>6.0} /s) {:>9.2} ({:>6.0} /s) {:>7.3}",
            pair + 1,
            a.cpu_each,
            a.per_second,
            b.cpu_each,
            b.per_second,
            a.cpu_each / b.cpu_each
        );
    }
    if let Some(Ratio { median, lowest, highest }) = Ratio::of(ratios) {
        println!("net-bench/wrk: median {median:.3} of {pairs} pairs, {lowest:.3} to {highest:.3}");
    }
    Ok(())
}

/// What one run of a tool did.
struct Run {
    /// Processor time for each request, in microseconds.
    cpu_each: f64,
    per_second: f64,
}

fn net_bench(host_port: &str, connections: u64) -> Result<Run> {
    let each = (REQUESTS / connections).max(1);
    let mut command = Command::new(env!("CARGO_BIN_EXE_net-bench"));
    command.args([host_port, &connections.to_string(), &each.to_string(), "--http", "/", "--json"]);
    let (text, cpu) = measured(command)?;
    let report: serde_json::Value = serde_json::from_str(&text)?;
    if report["failed"] != 0 {
        return Err(format!("net-bench counted failures: {text}").into());
    }
    let ok = report["ok"].as_f64().ok_or("no `ok`")?;
    let per_second = report["rps"].as_f64().ok_or("no `rps`")?;
    Ok(Run { cpu_each: cpu.as_secs_f64() * 1e6 / ok, per_second })
}

fn run_wrk(wrk: &Path, host_port: &str, connections: u64, seconds: f64) -> Result<Run> {
    let mut command = Command::new(wrk);
    let duration = format!("{}s", seconds.round().max(1.0));
    command.args(["-t1", &format!("-c{connections}"), "-d", &duration, &format!("http://{host_port}/")]);
    let (text, cpu) = measured(command)?;
    if text.contains("Socket errors") || text.contains("Non-2xx") {
        return Err(format!("wrk counted failures: {text}").into());
    }
    // `  123456 requests in 2.00s, 27.31MB read`
    let line = text.lines().find(|line| line.contains(" requests in ")).ok_or("wrk told no requests")?;
    let ok: f64 = line.split_whitespace().next().ok_or("an empty line")?.parse()?;
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).ok_or("wrk told no rate")?;
    Ok(Run { cpu_each: cpu.as_secs_f64() * 1e6 / ok, per_second: rate.trim().parse()? })
}

/// Runs it to its end. The processor time is what the children that were waited for have used more than before; nginx is
/// not waited for.
fn measured(mut command: Command) -> Result<(String, Duration)> {
    let before = cpu_of_children()?;
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let cpu = cpu_of_children()? - before;
    if !output.status.success() {
        return Err(format!("{command:?} ended with {}", output.status).into());
    }
    Ok((String::from_utf8(output.stdout)?, cpu))
}

fn cpu_of_children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let times = [usage.user_time(), usage.system_time()];
    Ok(times
        .iter()
        .map(|time| Duration::from_micros(time.tv_sec() as u64 * 1_000_000 + time.tv_usec() as u64))
        .sum())
}

fn installed(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let mut folders: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    folders.push("/usr/sbin".into());
    folders.into_iter().map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// A web server with one page, one worker, and connections that stay open.
struct Nginx {
    child: Child,
    port: u16,
}

impl Nginx {
    fn start(nginx: &Path, folder: &Path) -> Result<Nginx> {
        // Nginx can't be asked which port the kernel gave it: this one was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let here = folder.display();
        std::fs::write(folder.join("index.html"), "It works.\n".repeat(10))?;
        // Started by root, its worker would be another user, who may not read the folder.
        let user = if nix::unistd::geteuid().is_root() { "user root;" } else { "" };
        let config = format!(
            "{user} worker_processes 1; daemon off; pid {here}/pid; error_log stderr error;
             events {{ worker_connections 4096; }}
             http {{
                 access_log off; keepalive_requests 1000000000; client_body_temp_path {here}/t1; proxy_temp_path {here}/t2;
                 fastcgi_temp_path {here}/t3; uwsgi_temp_path {here}/t4; scgi_temp_path {here}/t5;
                 server {{ listen 127.0.0.1:{port} backlog=4096; root {here}; }}
             }}"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config)?;
        let child =
            Command::new(nginx).arg("-p").arg(folder).arg("-c").arg(&file).stdin(Stdio::null()).spawn()?;
        let server = Nginx { child, port };
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(_) => return Ok(server),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(error) => return Err(format!("nginx does not answer: {error}").into()),
            }
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM ends master and worker in order; a master that is killed leaves its worker behind.
        let master = nix::unistd::Pid::from_raw(self.child.id() as i32);
        let _ = nix::sys::signal::kill(master, nix::sys::signal::Signal::SIGTERM);
        let _ = self.child.wait();
    }
}
