//! Lab 21: a half-open port scanner.
//!
//! A SYN asks a port whether it would take a connection. The answer tells: SYN+ACK, open; RST+ACK, closed; an ICMP
//! error or silence, filtered. No connection is made: nobody on the other side ever accepts one.
//!
//! A scan goes through the modules from top to bottom: [`source`] finds our own address, [`probe`] makes the
//! questions, [`engine`] sends them through a [`channel`] on a [`schedule`], [`classify`] reads the answers, [`scan`]
//! keeps what is known of each port, and [`report`] prints it. [`replay`] does the same with a capture file instead of
//! the network. [`layers`], [`ports`], [`replay`] and [`report`] are given.
//!
//! Scan only what is yours, or what you were asked to scan. On anyone else's network it is rude, and in many countries
//! an offence.

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod channel;
pub mod classify;
pub mod engine;
pub mod error;
pub mod layers;
pub mod ports;
pub mod probe;
pub mod prompt;
pub mod replay;
pub mod report;
pub mod scan;
pub mod schedule;
pub mod source;
