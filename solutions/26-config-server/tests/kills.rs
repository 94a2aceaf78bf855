//! Two hundred rounds of `kill -9`, on a real disk: by hand, `cargo test -p config-server --test kills -- --ignored --nocapture`.
//!
//! `WIRELAB_KILLS` changes the number of rounds, `WIRELAB_SEED` repeats a run. This shows what a killed *process* leaves; what
//! a machine leaves that loses its power, no test on that machine can show.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use config_server::frames::{FrameReader, write_frame};
use config_server::path::parse_path;
use config_server::store::Running;

/// How long anything may take here.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many paths each commit changes.
const PATHS: usize = 2000;

/// The server while it runs; it is killed with this.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(store: &Path) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_config-server"));
        command.args(["--port", "0", "--store"]).arg(store).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().rsplit(' ').next().unwrap().to_owned();
        assert!(address.contains(':'), "no ready line: {line:?}, of {store:?}");
        Server { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn commit_of(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 0..PATHS {
        write_frame(&mut bytes, format!("SET p.{number} {word}").as_bytes()).unwrap();
    }
    write_frame(&mut bytes, b"COMMIT").unwrap();
    bytes
}

/// Starts a commit of all paths, kills the server after that time (or, without one, when all is answered), and returns whether
/// `OK` had come.
fn round(store: &Path, word: &str, time: Option<Duration>) -> bool {
    let server = Server::start(store);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write_frame(&mut stream, b"HELLO killer").unwrap();
    // HELLO and the SETs are answered as well; the last reply is the one that counts.
    let wanted = PATHS + 2;
    let (asked, request) = (Instant::now(), commit_of(word));
    let reader = std::thread::spawn(move || {
        // It may be killed before it has read all.
        let _ = stream.write_all(&request);
        let mut frames = FrameReader::new(&stream, PATIENCE);
        let mut replies = 0;
        while replies < wanted {
            match frames.next_frame() {
                Ok(Some(_)) => replies += 1,
                Ok(None) | Err(_) => break,
            }
        }
        replies == wanted
    });
    let Some(time) = time else { return reader.join().unwrap() };
    std::thread::sleep(time.saturating_sub(asked.elapsed()));
    drop(server);
    reader.join().unwrap()
}

/// The version of the file, all of whose values must be of one commit.
fn whole_version(store: &Path) -> (u64, Option<String>) {
    let running = Running::load(store).unwrap_or_else(|error| panic!("{store:?} does not parse: {error}"));
    let first = running.map.get(&parse_path("p.0").unwrap()).cloned();
    assert!(running.map.values().all(|value| Some(value) == first.as_ref()), "half of a commit");
    assert!(running.map.is_empty() || running.map.len() == PATHS, "{} paths", running.map.len());
    (running.version, first)
}

#[test]
#[ignore = "takes a minute"]
fn no_kill_costs_what_was_promised() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let rounds = number("WIRELAB_KILLS").unwrap_or(200);
    let seed = number("WIRELAB_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("WIRELAB_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kills-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let store = directory.join("running.conf");

    // How long it takes here, so that kills come before, in, and after a commit.
    let began = Instant::now();
    assert!(round(&store, "first", None));
    let longest = began.elapsed().mul_f64(1.2);
    println!("undisturbed: {:.1?}", began.elapsed());
    let (mut version, _) = whole_version(&store);
    let (mut promised, mut late) = (0, 0);
    for number in 1..=rounds {
        let word = format!("round-{number}");
        let is_promised = round(&store, &word, Some(longest.mul_f64(random.f64())));
        let (now, value) = whole_version(&store);
        let is_there = value.as_deref() == Some(&word);
        assert!(is_there || !is_promised, "round {number}: version {now} after an OK, without its values");
        assert_eq!(now, version + u64::from(is_there), "round {number}");
        version = now;
        promised += u64::from(is_promised);
        late += u64::from(is_there && !is_promised);
    }
    println!(
        "{rounds} kills: {promised} after OK, {late} between the rename and OK, {} before",
        rounds - promised - late
    );
    std::fs::remove_dir_all(&directory).unwrap();
}
