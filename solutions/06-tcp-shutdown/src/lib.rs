//! Lab 06: how a stream ends. A file is sent and received, and a server counts words.
//!
//! A connection has two directions, and each ends by itself. FIN means *I have said everything*, in one direction. RST
//! means that the whole connection is no more. A program must tell the two apart: after the first it has all the bytes,
//! after the second it does not know.
//!
//! # What goes over the wire
//!
//! *A transfer.* The sender sends the bytes of a file as they are, and FIN. The receiver takes one connection, stores
//! what comes, and closes too.
//!
//! *Counting.* The client sends bytes and FIN. FIN is the only end of the question there is, so the client half-closes:
//! it has finished, and still listens. The server answers `<lines> <words> <bytes>` and a newline, sends FIN, and
//! takes the next client. Lines are newlines; a word is as long a run as possible of bytes other than space, `\t`, `\n`,
//! `\v` (0x0b), `\f` (0x0c) and `\r`. Bytes are never looked at as text.
//!
//! A peer that sends nothing for as long as `--idle-timeout` says is left.
//!
//! # What the programs print
//!
//! | program | on standard output | on standard error |
//! |---|---|---|
//! | `send` | nothing | `sent N bytes, end of file` |
//! | `recv` | `Receiver listening on A`; without `--out` also the bytes | `received N bytes, end of file`, or `connection reset after N bytes`, or `idle for 1s after N bytes` |
//! | `wc-server` | `Word counter listening on A` | for each client its address, and what it was told or what went wrong |
//! | `wc-client` | the server's answer | `connection reset after N bytes` |
//!
//! # Modules
//!
//! - [`copy`]: from anything that can be read to anything that can be written
//! - [`wc`]: lines, words and bytes of a stream that comes in pieces
//! - [`close`]: so that the last words arrive
//! - [`net`]: the four programs, made of these three

pub mod close;
pub mod copy;
pub mod net;
pub mod wc;

use std::time::Duration;

/// The receiver's port, unless `-p` says otherwise.
pub fn default_transfer_port() -> u16 {
    // begin solution: the port that the contract gives to the receiver
    1060
    // end solution
}

/// The word counter's port, unless `-p` says otherwise.
pub fn default_wc_port() -> u16 {
    // begin solution: the port that the contract gives to the word counter
    1061
    // end solution
}

/// How long a client of the word counter may be silent, unless `--idle-timeout` says otherwise.
pub fn default_idle_timeout() -> Duration {
    // begin solution: the time that the contract gives to a silent client
    Duration::from_secs(30)
    // end solution
}
