//! Lab 17: a port scanner, first one port after the other, then many at once.
//!
//! `port-scan --host HOST --ports 22,80,8000-8010` tries to connect to each of these ports, and says what came of it.
//! Nearly all of its time it waits for others. That is the subject: a pool of threads that wait together, and share
//! their work and their results without losing any.
//!
//! Scan only what is yours, or what you were asked to scan.
//!
//! # What goes over the wire
//!
//! For each port the kernel's handshake, and nothing else. A port that takes the connection gets no byte, and the end.
//!
//! # What the program prints
//!
//! A line for each port, in the order of their numbers, and then the open ones; all of it when the last port is known:
//!
//! | what happened | line |
//! |---|---|
//! | a connection was made | `Port 80 is open` |
//! | RST came: nobody listens | `Port 81 is closed/filtered (refused)` |
//! | nothing came in time | `Port 82 is closed/filtered (timeout)` |
//! | there is no way to it | `Port 83 is closed/filtered (unreachable)` |
//! | at the end | `Open ports: 22, 80`, or `Open ports: none` |
//!
//! A name that has no address: `Hostname NAME could not be resolved`, on standard error, exit code 3. Ports that make no
//! sense are wrong usage, exit code 2.
//!
//! # Where you write
//!
//! [`ports`], then [`target`], [`probe`] and [`report`], then [`prompt`], and [`scan`] at last. The programs are given.

pub mod ports;
pub mod probe;
pub mod prompt;
pub mod report;
pub mod scan;
pub mod target;
