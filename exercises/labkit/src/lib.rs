//! What every lab may use. It is given, it is not graded, and it is meant to be read: each module holds one idea.
//!
//! | you need | take |
//! |---|---|
//! | to say that the server is ready | [`ready()`] |
//! | to print a line that is seen at once | [`say()`] |
//! | to tell the operator something | [`log!`] |
//! | to end with the right exit code | [`exit`] |
//! | times and addresses on a command line | [`cli`] |
//! | the time as text | [`time`] |
//! | to close so that the last reply arrives | [`close()`], or [`drain_close()`] with bounds of your own |
//! | to say why the program can't go on, and end | [`Failure`] |
//! | the address of a UDP client that is to reach a server | [`any_port_towards()`] |
//! | standard input without blocking on it | [`stdin_channel()`] |
//! | to hear Ctrl+C without being ended by it | [`Interrupt`] |
//! | capture files | [`pcap`] |
//! | Ethernet frames, from a file or from an interface | `sniff`, with the feature of that name |
//! | to know whether raw sockets are allowed | [`caps`] |
//! | a system call that std and socket2 lack | [`sys`] |
//! | bytes as text | [`hex`] |
//!
//! [`probe`] is for the given `<lab>-probe` binaries only.

pub mod caps;
pub mod cli;
pub mod close;
pub mod exit;
pub mod failure;
pub mod hex;
pub mod interrupt;
pub mod log;
pub mod pcap;
pub mod probe;
pub mod ready;
pub mod say;
#[cfg(feature = "sniff")]
pub mod sniff;
pub mod stdin;
pub mod sys;
pub mod time;
pub mod udp;

pub use close::{close, drain_close};
pub use failure::Failure;
pub use interrupt::Interrupt;
pub use ready::ready;
pub use say::say;
pub use stdin::stdin_channel;
pub use udp::any_port_towards;
