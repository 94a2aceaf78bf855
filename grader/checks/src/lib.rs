//! The public checks, one file a lab in [`labs`], and the API they are written in.
//!
//! A check is a function over a [`Bench`]: it starts the lab's binaries inside a cell, talks to them, and returns a
//! [`Fault`] when something is wrong. It waits for events with a deadline, and judges by what crossed: bytes, exit
//! codes, kernel facts. [`run()`] starts it in a process of its own; [`cargo_test`] makes a lab's checks tests.
//!
//! ```no_run
//! use checks::{Bench, Fault, Lab, check};
//!
//! pub static LAB: Lab = Lab {
//!     name: "tcp-echo",
//!     number: 3,
//!     title: "A blocking echo server",
//!     signatures: "",
//!     checks: &[check("echoes-a-line", 10, echoes_a_line).says("`Hello` comes back as `ECHO: Hello`")],
//! };
//!
//! fn echoes_a_line(bench: &mut Bench) -> Result<(), Fault> {
//!     let server = bench.serve("tcp-echo-server", ["--port", "0"])?;
//!     let mut client = server.connect()?;
//!     client.send(b"Hello\n")?;
//!     client.expect_line("ECHO: Hello")
//! }
//! ```

mod bench;
mod by_hand;
mod captures;
mod clock;
mod connection;
pub mod crowd;
mod datagrams;
mod deadline;
mod echo_peer;
mod fault;
mod feed;
mod flavours;
mod front_end;
mod golden;
mod habit;
mod held_port;
pub mod labs;
mod lines;
mod link;
mod listener;
mod multitude;
mod one_shot;
mod outcome;
mod passing_address;
mod play;
mod probe;
mod process_facts;
mod program;
mod real_program;
mod recorder;
pub mod report;
mod run;
mod runner;
pub mod screen;
mod seed;
mod server;
pub mod signatures;
mod sniffing;
mod spec;
mod starvation;
mod surroundings;
mod tcp_table;
mod terminal;
mod timer;
mod two_machines;
mod udp_table;
mod witness;
mod words;

pub use bench::Bench;
pub use by_hand::{NEIGHBOURHOOD, run_by_hand};
pub use captures::{CAPTURE_START, capture};
pub use cell;
pub use clock::utc_now;
pub use connection::{Connection, End};
pub use datagrams::{Datagram, LossyProxy, UdpPeer};
pub use deadline::{Deadline, PATIENCE, SLACK};
pub use echo_peer::{Answer, Asked, EchoPeer, Manners, Visits};
pub use fault::{Expected, Fault, ensure};
pub use feed::Feed;
pub use flavours::Flavour;
pub use front_end::{cargo_test, cargo_test_beside};
pub use golden::golden;
pub use held_port::HeldPort;
pub use lines::expect_lines;
pub use link::Link;
pub use listener::Listener;
pub use multitude::Multitude;
pub use nix::sys::signal::Signal;
pub use one_shot::Ended;
pub use outcome::{FaultReport, Isolation, LastWords, Outcome, Step, Story, Verdict, Way};
pub use passing_address::PassingAddress;
pub use play::{ASKER, Played, play, play_as_far_as_it_goes, play_datagrams, play_over};
pub use predicates;
pub use probe::{Probe, hex};
pub use process_facts::ProcessFacts;
pub use program::Program;
pub use real_program::{RealProgram, is_installed};
pub use run::{Job, run};
pub use runner::take_over_if_asked;
pub use seed::{digest_of, seed};
pub use server::Server;
pub use sniffing::KERNEL_PATIENCE;
pub use spec::{Audience, Body, Check, Lab, Needs, check};
pub use surroundings::surroundings;
pub use terminal::Terminal;
pub use timer::Timer;
pub use two_machines::TwoMachines;
pub use wire;
