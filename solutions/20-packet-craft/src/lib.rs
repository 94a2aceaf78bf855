//! Lab 20: packets as bytes: taken apart, built, sent, and watched.
//!
//! # `pkt dissect FILE|HEX`
//!
//! Shows each frame of a capture file, or the one Ethernet frame that is written in hex on the command line, layer by
//! layer. [`parse`] takes it apart; [`render`] prints it, and verifies its checksums with the functions of [`checksum`].
//!
//! # `icmp-ping HOST [-c 4] [-i 1] [-W 1] [-s 56]`
//!
//! Sends `-c` echo requests, numbered from 1, one every `-i` seconds, each with `-s` bytes of payload. After each it waits
//! at most `-W` seconds for the answer: an echo reply (type 0, code 0) *from HOST*, with *its* identifier and the sequence
//! number *just sent*, whose checksum is right. Anything else that comes in is somebody else's. It prints
//!
//! ```text
//! Reply from 10.77.0.2: icmp_seq=1 bytes=64 time=0.05 ms
//! No reply: icmp_seq=2
//! 2 sent, 1 received, 50% loss
//! ```
//!
//! `bytes` counts the ICMP message with its header of 8 bytes; `time` has two decimals. The exit code is 0 if anything was
//! received and else 5; 3 if HOST has no IPv4 address; 77 and `needs CAP_NET_RAW` on stderr without that privilege.
//!
//! # `tcp-watch (--read FILE | --iface NAME) --port P [--count N]`
//!
//! Prints a line for each segment from or to that port, and ends with the file, or after `N` segments:
//!
//! ```text
//! C>S SYN seq=0
//! S>C SYN,ACK seq=0 ack=1
//! C>S ACK seq=1 ack=1
//! handshake: 3-way
//! C>S PSH,ACK seq=1 ack=1 len=2
//! S>C ACK seq=1 ack=3
//! C>S FIN,ACK seq=3 ack=1
//! S>C ACK seq=1 ack=4
//! S>C FIN,ACK seq=1 ack=4
//! C>S ACK seq=4 ack=2
//! close: 4-way
//! ```
//!
//! C is who sent the SYN; if nobody saw it, whoever is not at the port. Numbers are relative: a SYN has number 0. Of a side
//! whose SYN was not seen, the first number that is seen, in its own segment or as the other's acknowledgment, counts as 1.
//! `len` counts the payload as it was on the wire, also if the capture kept less of it.
//!
//! | line | comes after | when |
//! |---|---|---|
//! | `handshake: 3-way` | the client's first ACK | SYN, SYN+ACK and this ACK were seen |
//! | `close: 4-way` | the last ACK | each side acknowledged the other's FIN in a segment before its own |
//! | `close: 3-segment` | the last ACK | the second FIN acknowledges the first |
//! | `close: simultaneous` | the last ACK | both FINs were sent before either side saw the other's |
//! | `close: refused` | the RST | it is the server's answer to the SYN |
//! | `close: reset` | the RST | at any other time |
//!
//! What is sent again is printed again, and changes nothing. The lines of a second connection begin with `#2 `, those of a
//! third with `#3 `. Without CAP_NET_RAW `--iface` ends with `needs CAP_NET_RAW` on stderr and exit code 77.
//!
//! # Where to start
//!
//! [`checksum`], [`build`], [`parse`], [`flow`]; then [`live`] and [`ping`], which need a privilege. [`layers`],
//! [`render`], [`segment`], [`socket`] and [`watch`] are given.

pub mod build;
pub mod checksum;
pub mod flow;
pub mod layers;
pub mod live;
pub mod parse;
pub mod ping;
pub mod render;
pub mod segment;
pub mod socket;
pub mod watch;
