//! Lab 01: what a machine knows about the network before a single byte is sent.
//!
//! Which interfaces has it, with which addresses? Which port belongs to the service `http`? Which addresses belong to
//! the name `localhost`? The program `net-info` answers such questions, and each module answers one of them:
//!
//! | module | question | example |
//! |---|---|---|
//! | [`ports`] | what kind of port is this? | `net-info class 80` |
//! | [`endpoint`] | which address and port does this text mean? | `net-info endpoint [::1]:53` |
//! | [`services`] | which port has this service, and which service has this port? | `net-info service http`, `net-info port 443` |
//! | [`resolve`] | which addresses has this name? | `net-info host localhost --service http` |
//! | [`ifaces`] | what interfaces are there? | `net-info interfaces` |
//!
//! The program in `src/main.rs` is given: it reads the command line, calls your functions, and prints what they return.
//! Answers go to standard output, a line each. Where there is no answer, the reason goes to standard error, and the exit
//! code is 1; 2 if the question itself was none (`class 65536`), 3 if a name has no address.

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod endpoint;
pub mod ifaces;
pub mod ports;
pub mod resolve;
pub mod services;
