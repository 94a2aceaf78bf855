//! What a check may use, and nothing more.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cell::{Cell, Rung};
use socket2::{Domain, Protocol, Socket, Type};

use crate::connection::Connection;
use crate::datagrams::{ClosedUdpPort, LossyProxy, UdpPeer, send_without_port};
use crate::deadline::{Deadline, PATIENCE};
use crate::fault::{Fault, ensure};
use crate::feed::Feed;
use crate::link::Link;
use crate::listener::{ClosedPort, DeafPort, Listener};
use crate::one_shot::Ended;
use crate::passing_address::PassingAddress;
use crate::probe::Probe;
use crate::process_facts::ProcessFacts;
use crate::program::Program;
use crate::recorder::Recorder;
use crate::spec::Needs;
use crate::tcp_table::{self, TcpTable};
use crate::terminal::Terminal;
use crate::udp_table::udp_sockets;
use crate::witness::Witnesses;
use crate::words::{in_words, shown};

/// The check's hands: starts the lab's binaries inside the cell and records all that crosses.
#[derive(Debug)]
pub struct Bench {
    cell: Arc<Cell>,
    programs: BTreeMap<String, PathBuf>,
    probe_name: String,
    needs: Needs,
    random: fastrand::Rng,
    open_files: Option<u64>,
    pub(crate) recorder: Recorder,
    pub(crate) flooded: Arc<AtomicBool>,
    pub(crate) link: Option<Link>,
    pub(crate) witnesses: Witnesses,
}

impl Bench {
    pub(crate) fn new(
        cell: Arc<Cell>,
        lab: &str,
        needs: Needs,
        programs: BTreeMap<String, PathBuf>,
        seed: u64,
    ) -> Bench {
        Bench {
            cell,
            programs,
            probe_name: format!("{lab}-probe"),
            needs,
            random: fastrand::Rng::with_seed(seed),
            open_files: None,
            recorder: Recorder::new(),
            flooded: Arc::default(),
            link: None,
            witnesses: Witnesses::default(),
        }
    }

    // --- programs ---------------------------------------------------------------------------------------------------

    /// Starts a binary of the lab.
    pub fn start<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Program, Fault> {
        let command = self.command(binary, args)?;
        Program::start(binary, command, &self.recorder, &self.flooded, &self.witnesses)
    }

    /// Starts a server and waits for its ready line, `… listening on ADDRESS`.
    pub fn serve<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Server, Fault> {
        self.recorder.name_program("server");
        let program = self.start(binary, args)?;
        let address =
            program.wait_for_stdout("the ready line `… listening on ADDRESS:PORT`", ready_address)?;
        self.recorder.remark(format!("ready on {address}"));
        // Whoever else answers there, it isn't the program under test.
        ensure(holds_it_itself(&program, address)?, || {
            Fault::expected(format!("{binary} to listen on {address} itself"))
                .got("another process holds that socket")
        })?;
        Ok(Server { program, address, recorder: self.recorder.clone() })
    }

    /// Runs a binary to its own end, with nothing on its stdin.
    pub fn run<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Ended, Fault> {
        self.run_with_input(binary, args, b"")
    }

    /// Runs a binary to its own end, with these bytes on its stdin.
    pub fn run_with_input<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Result<Ended, Fault> {
        let mut program = self.start(binary, args)?;
        if !input.is_empty() {
            // A program may rightly end before it has read all: its exit code and output are what is judged.
            program.offer_stdin(input)?;
        }
        program.close_stdin();
        self.end_of(program, PATIENCE * 2)
    }

    /// Waits for the end of a program that was started, and hands out what it wrote.
    pub fn end_of(&mut self, mut program: Program, limit: Duration) -> Result<Ended, Fault> {
        let status = program.wait_for(limit)?;
        Ok(Ended::new(Output { status, stdout: program.stdout(), stderr: program.stderr() }))
    }

    /// Starts a binary on a terminal of its own.
    pub fn terminal<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Terminal, Fault> {
        let command = self.command(binary, args)?;
        Terminal::start(binary, command, &self.recorder, &self.witnesses, &self.cell)
    }

    /// Starts the lab's given probe.
    pub fn probe(&mut self) -> Result<Probe, Fault> {
        self.recorder.name_program("your code");
        let name = self.probe_name.clone();
        Ok(Probe::new(self.start(&name, [""; 0])?))
    }

    /// The command that starts a binary inside the cell. Prefer [`Bench::start`] and its kin.
    pub fn command<S: AsRef<str>>(
        &mut self,
        binary: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Command, Fault> {
        let path = self.program_path(binary)?;
        let mut launch = self.cell.launch(&path);
        if self.needs != Needs::Loopback {
            launch = launch.raw_sockets();
        }
        if let Some(limit) = self.open_files {
            launch = launch.open_files(limit);
        }
        let mut command = launch.command();
        let args: Vec<String> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        self.recorder.remark(format!("$ {binary} {}", args.join(" ")).trim_end().to_owned());
        command.args(args);
        Ok(command)
    }

    fn program_path(&self, binary: &str) -> Result<PathBuf, Fault> {
        self.programs.get(binary).cloned().ok_or_else(|| {
            Fault::infra(format!("the lab has no binary {binary}; it has {:?}", self.programs.keys()))
        })
    }

    /// Skips the check unless that program of the machine is there, to be started by its name like the lab's own: see
    /// [`cargo_test_beside`](crate::cargo_test_beside).
    pub fn needs_tool(&self, tool: &str) -> Result<(), Fault> {
        ensure(self.programs.contains_key(tool), || Fault::skip(format!("{tool} is not installed")))
    }

    /// Programs started from now on may have at most that many open descriptors.
    pub fn limit_open_files(&mut self, limit: u64) {
        self.open_files = Some(limit);
    }

    /// Takes CAP_NET_RAW from the programs that are started from now on.
    pub fn deny_raw_sockets(&mut self) {
        self.needs = Needs::Loopback;
    }

    // --- the other end ----------------------------------------------------------------------------------------------

    /// Listens on a free port of loopback: the grader plays the server.
    pub fn listen(&mut self) -> Result<Listener, Fault> {
        self.listen_on("127.0.0.1:0")
    }

    /// Listens on an address of the cell's own network; default ports are free there.
    pub fn listen_on(&mut self, address: &str) -> Result<Listener, Fault> {
        self.recorder.name_program("client");
        Listener::bind(address, &self.recorder)
    }

    /// Keeps a port of loopback on which nobody listens.
    pub fn closed_port(&self) -> Result<ClosedPort, Fault> {
        ClosedPort::reserve()
    }

    /// Keeps a port of loopback that doesn't answer: whoever connects to it waits.
    pub fn deaf_port(&self) -> Result<DeafPort, Fault> {
        DeafPort::reserve()
    }

    /// From now on programs find these lines in `/etc/hosts`, and nothing else: `127.0.0.1 two.test`.
    pub fn hosts(&self, lines: &[&str]) -> Result<(), Fault> {
        self.needs_namespaces("the machine's own names are not to be changed")?;
        self.cell.show_file("/etc/hosts", &(lines.join("\n") + "\n")).map_err(Fault::infra)?;
        self.recorder.remark(format!("/etc/hosts: {}", lines.join(" · ")));
        Ok(())
    }

    /// Is the name server from now on: programs ask it for the names that are not in `/etc/hosts`. It says nothing.
    pub fn silent_name_server(&self) -> Result<UdpPeer, Fault> {
        const NAME_SERVER: &str = "127.0.0.1";
        self.needs_namespaces("the machine's own name server is not to be changed")?;
        let server = UdpPeer::bind(&format!("{NAME_SERVER}:53"), "", &self.recorder)?;
        let file = format!("nameserver {NAME_SERVER}\n");
        self.cell.show_file("/etc/resolv.conf", &file).map_err(Fault::infra)?;
        self.recorder.remark("the name server does not answer");
        Ok(server)
    }

    /// Gives `lo` one more address, with a prefix of so many bits.
    pub fn add_address(&self, address: Ipv4Addr, prefix: u8) -> Result<(), Fault> {
        self.needs_namespaces("the machine's own addresses are not to be changed")?;
        self.cell.add_address(address, prefix).map_err(Fault::infra)?;
        self.recorder.remark(format!("$ ip address add {address}/{prefix} dev lo"));
        Ok(())
    }

    /// Skips the check where it would share the machine's network: there, default ports may be taken by others.
    pub fn needs_default_ports(&self) -> Result<(), Fault> {
        self.needs_namespaces("default ports may be taken on this machine")
    }

    /// Skips the check where the network has more than `lo`: there, other addresses may lead somewhere.
    pub fn needs_no_way_out(&self) -> Result<(), Fault> {
        self.needs_namespaces("this machine may have a way to other networks")
    }

    fn needs_namespaces(&self, why: &str) -> Result<(), Fault> {
        match self.cell.rung() {
            Rung::A | Rung::B => Ok(()),
            _ => Err(Fault::skip(format!("needs namespaces: {why}"))),
        }
    }

    /// Keeps a UDP port of loopback where nobody receives: the kernel says so to whoever sends there.
    pub fn closed_udp_port(&self) -> Result<ClosedUdpPort, Fault> {
        ClosedUdpPort::reserve()
    }

    /// How many TCP connections (IPv4) the kernel still remembers after their end (`TIME_WAIT`), for a minute each.
    pub fn in_time_wait(&self) -> Result<usize, Fault> {
        Ok(tcp_table::in_time_wait()?)
    }

    /// Opens a UDP socket on loopback: the grader plays a peer.
    pub fn udp_peer(&mut self) -> Result<UdpPeer, Fault> {
        self.udp_peer_as("")
    }

    /// Opens a UDP socket that the story calls by this name.
    pub fn udp_peer_as(&mut self, label: &str) -> Result<UdpPeer, Fault> {
        UdpPeer::bind("127.0.0.1:0", label, &self.recorder)
    }

    /// As [`Bench::udp_peer_as`], at an address of the cell's own network.
    pub fn udp_peer_on(&mut self, address: &str, label: &str) -> Result<UdpPeer, Fault> {
        UdpPeer::bind(address, label, &self.recorder)
    }

    /// Gives this machine one more address, for peers that are to vanish: see [`PassingAddress::remove`].
    pub fn passing_address(&mut self, address: Ipv4Addr) -> Result<PassingAddress, Fault> {
        PassingAddress::add(&self.cell, address, &self.recorder)
    }

    /// Sends one datagram from port 0 to an IPv4 address: an answer to it can't be sent. Skips the check where the grader
    /// has no raw sockets.
    pub fn send_datagram_without_port(&mut self, to: SocketAddr, payload: &[u8]) -> Result<(), Fault> {
        self.recorder.sent(format!("datagram {} from port 0", shown(payload)));
        send_without_port(to, payload)
    }

    /// Puts a proxy before a UDP server that loses by script: `DDP` = drop, drop, pass (see `wire::lossy`).
    pub fn lossy_proxy(&mut self, script: &str, server: SocketAddr) -> Result<LossyProxy, Fault> {
        LossyProxy::start(script, server, &self.recorder)
    }

    /// Puts scripted hosts on the far end of `lab0`, and lets them play from now on.
    pub fn link(&mut self, world: wire::World) -> Result<&Link, Fault> {
        self.recorder.name_program("your program");
        ensure(self.needs == Needs::Wire, || Fault::infra("this check has no `needs(Needs::Wire)`"))?;
        let link = Link::start(&self.cell, world, self.recorder.start())?;
        Ok(self.link.insert(link))
    }

    /// Sets how long a packet on `lab0` may be, in bytes; it is 1500 at first.
    pub fn set_mtu(&self, mtu: u32) -> Result<(), Fault> {
        self.cell.wire().map_err(Fault::skip)?;
        self.cell.set_mtu(mtu).map_err(Fault::skip)?;
        self.recorder.remark(format!("$ ip link set lab0 mtu {mtu}"));
        Ok(())
    }

    /// The link with its scripted hosts, once [`Bench::link`] has put it up.
    pub fn wire(&self) -> Result<&Link, Fault> {
        self.link.as_ref().ok_or_else(|| Fault::infra("no link was put up"))
    }

    // --- inputs -----------------------------------------------------------------------------------------------------

    /// The check's random numbers: repeatable, and other for each submission.
    pub fn random(&mut self) -> &mut fastrand::Rng {
        &mut self.random
    }

    /// That many random bytes.
    pub fn random_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A random word of lower-case letters.
    pub fn random_word(&mut self, letters: usize) -> String {
        (0..letters).map(|_| self.random.lowercase()).collect()
    }

    /// Writes a file that the student's program can read, and returns its path.
    pub fn file(&mut self, name: &str, content: &[u8]) -> Result<String, Fault> {
        let path = self.cell.scratch().join(name);
        std::fs::write(&path, content)
            .map_err(|error| Fault::infra(format!("Failed to write {}: {error}", path.display())))?;
        Ok(path.display().to_string())
    }

    /// Makes such a file that is written while the program reads it.
    pub fn feed(&mut self, name: &str) -> Result<(String, Feed), Fault> {
        let path = self.cell.scratch().join(name);
        let feed = Feed::create(&path, &self.recorder)?;
        Ok((path.display().to_string(), feed))
    }

    /// The directory for such files: the program's working directory.
    pub fn scratch(&self) -> &Path {
        self.cell.scratch()
    }

    /// Adds a remark to the story.
    pub fn remark(&self, text: impl Into<String>) {
        self.recorder.remark(text);
    }

    /// Tells the report what the program under test is: `client`, `scanner`. The first name stays.
    pub fn plays(&self, role: &str) {
        self.recorder.name_program(role);
    }
}

/// The address in a ready line: `(?i)listening on (\S+:\d+)`.
fn ready_address(line: &str) -> Option<SocketAddr> {
    const WORDS: &str = "listening on ";
    let at = line.to_ascii_lowercase().find(WORDS)?;
    line.get(at + WORDS.len()..)?.split_whitespace().next()?.parse().ok()
}

/// Whether the socket that listens on an address by TCP or, if none does, one that receives there by UDP is the program's
/// own; also when there is none at all, which others will notice.
fn holds_it_itself(program: &Program, address: SocketAddr) -> Result<bool, Fault> {
    if let Some(listener) = TcpTable::open()?.listener(address)? {
        return program.facts().holds_socket(listener.inode);
    }
    let sockets = udp_sockets(program.facts(), address)?;
    let own = sockets.iter().map(|socket| program.facts().holds_socket(socket.inode));
    Ok(sockets.is_empty() || own.collect::<Result<Vec<_>, _>>()?.contains(&true))
}

/// A student's server that said it is ready.
#[derive(Debug)]
pub struct Server {
    program: Program,
    address: SocketAddr,
    recorder: Recorder,
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens a connection to it.
    pub fn connect(&self) -> Result<Connection, Fault> {
        self.connect_as("")
    }

    /// Opens a connection to its port at that address of this machine.
    pub fn connect_at(&self, address: &str) -> Result<Connection, Fault> {
        let address = self.port_at(address)?;
        self.recorder.sent(format!("connect to {address}"));
        let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(|error| {
            Fault::expected(format!("the server to accept a connection on {address}")).got(in_words(&error))
        })?;
        Connection::new(stream, "", self.program.facts(), &self.recorder)
    }

    /// Expects nobody to listen on its port at that address of this machine.
    pub fn expect_refused_at(&self, address: &str) -> Result<(), Fault> {
        let address = self.port_at(address)?;
        self.recorder.sent(format!("connect to {address}"));
        let got = match TcpStream::connect_timeout(&address, PATIENCE) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                self.recorder.received("RST");
                return Ok(());
            }
            Err(error) => in_words(&error),
            Ok(_) => "a connection".to_owned(),
        };
        Err(Fault::expected(format!("a connection to {address} to be refused")).got(got))
    }

    fn port_at(&self, address: &str) -> Result<SocketAddr, Fault> {
        let ip = address.parse().map_err(|_| Fault::infra(format!("bad address {address}")))?;
        Ok(SocketAddr::new(ip, self.address.port()))
    }

    /// Opens a connection that takes a few KiB at a time (`SO_RCVBUF` 4096, set before the handshake), so that a
    /// server soon meets the limits of its own writes.
    pub fn connect_with_small_buffer(&self) -> Result<Connection, Fault> {
        self.recorder.sent("connect (with a receive buffer of 4 KiB)");
        let socket = Socket::new(Domain::for_address(self.address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_recv_buffer_size(4096)?;
        socket.connect_timeout(&self.address.into(), PATIENCE).map_err(|error| self.not_accepted(&error))?;
        Connection::new(socket.into(), "", self.program.facts(), &self.recorder)
    }

    /// Opens a connection that the story calls by this name.
    pub fn connect_as(&self, label: &str) -> Result<Connection, Fault> {
        let prefix = if label.is_empty() { String::new() } else { format!("{label}: ") };
        self.recorder.sent(format!("{prefix}connect"));
        let stream =
            TcpStream::connect_timeout(&self.address, PATIENCE).map_err(|error| self.not_accepted(&error))?;
        Connection::new(stream, label, self.program.facts(), &self.recorder)
    }

    /// Opens a UDP socket on loopback, as a client of this server, that the story calls by this name. It waits no longer
    /// than the server lives.
    pub fn udp_client(&self, label: &str) -> Result<UdpPeer, Fault> {
        let mut peer = UdpPeer::bind("127.0.0.1:0", label, &self.recorder)?;
        peer.watch(self.facts());
        Ok(peer)
    }

    fn not_accepted(&self, error: &std::io::Error) -> Fault {
        Fault::expected(format!("the server to accept a connection on {}", self.address)).got(in_words(error))
    }

    /// The program behind it.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// What the kernel says about it.
    pub fn facts(&self) -> ProcessFacts {
        self.program.facts()
    }

    /// How many connections may wait to be accepted, by the kernel's account.
    pub fn backlog(&self) -> Result<u32, Fault> {
        let listener = TcpTable::open()?.listener(self.address)?;
        listener.map(|listener| listener.backlog).ok_or_else(|| {
            Fault::expected(format!("the server to listen on {}", self.address)).got("nobody listens there")
        })
    }

    /// Waits until the server has no more descriptors open than this.
    pub fn expect_descriptors_back_to(&self, baseline: usize) -> Result<(), Fault> {
        let mut now = 0;
        Deadline::after(PATIENCE)
            .try_poll(|| {
                now = self.facts().descriptors()?;
                Ok::<_, Fault>((now <= baseline).then_some(()))
            })?
            .ok_or_else(|| {
                Fault::expected(format!("{baseline} open descriptors, as before the clients"))
                    .got(format!("{now} descriptors are still open"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_line_is_found_in_any_case_and_wording() {
        let address = Some("127.0.0.1:9999".parse().unwrap());
        assert_eq!(ready_address("TCP echo server listening on 127.0.0.1:9999"), address);
        assert_eq!(ready_address("Listening ON 127.0.0.1:9999 (line mode)"), address);
        assert_eq!(ready_address("listening on port 9999"), None);
        assert_eq!(ready_address("ready"), None);
    }
}
