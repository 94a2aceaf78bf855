//! Exit codes: how a program tells its caller what went wrong, without a word.
//!
//! `main` returns them: `ExitCode::from(exit::REFUSED)`. A panic exits with 101, which is always a failure.

/// Everything asked for was done.
pub const OK: u8 = 0;
/// A failure that has no code of its own.
pub const FAILURE: u8 = 1;
/// Wrong usage: an unknown flag, a missing or impossible argument. clap exits with this one by itself.
pub const USAGE: u8 = 2;
/// The host name could not be resolved.
pub const NAME: u8 = 3;
/// The connection was refused: the host answered, nothing listens on that port.
pub const REFUSED: u8 = 4;
/// Nothing happened in time: no answer, or a transfer that stalled.
pub const TIMEOUT: u8 = 5;
/// The peer misbehaved: reset, closed too early, or broke the protocol.
pub const PEER: u8 = 6;
/// The host or its network can't be reached.
pub const UNREACHABLE: u8 = 7;
/// The address to listen on is taken.
pub const IN_USE: u8 = 8;
/// A privilege is missing, as CAP_NET_RAW for raw sockets.
pub const PRIVILEGE: u8 = 77;
/// Ended by a second SIGINT (128 + 2, as a shell reports a program that died of SIGINT).
pub const INTERRUPTED: u8 = 130;
