//! What a socket's options are, and how to change them.
//!
//! An option is a number that the kernel keeps for each socket, and looks at when it decides something. `getsockopt`
//! reads one, `setsockopt` asks for another value: asks, because what the kernel makes of it may differ.

use std::fmt;
use std::io;
use std::str::FromStr;

use socket2::SockRef;

/// An option of a TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opt {
    /// Whether `bind` may have an address that old connections still use: 0 or 1.
    ReuseAddr,
    /// Whether an idle connection is tested from time to time: 0 or 1.
    KeepAlive,
    /// The size of the receive buffer, in bytes.
    RecvBuffer,
    /// The size of the send buffer, in bytes.
    SendBuffer,
    /// Whether small pieces are sent at once, although older ones are not acknowledged yet: 0 or 1.
    NoDelay,
    /// How many routers an IPv4 packet may pass.
    Ttl,
}

impl Opt {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Opt; 6] =
        [Opt::ReuseAddr, Opt::KeepAlive, Opt::RecvBuffer, Opt::SendBuffer, Opt::NoDelay, Opt::Ttl];

    /// Its name in the manual: socket(7), tcp(7), ip(7).
    pub fn name(self) -> &'static str {
        match self {
            Opt::ReuseAddr => "SO_REUSEADDR",
            Opt::KeepAlive => "SO_KEEPALIVE",
            Opt::RecvBuffer => "SO_RCVBUF",
            Opt::SendBuffer => "SO_SNDBUF",
            Opt::NoDelay => "TCP_NODELAY",
            Opt::Ttl => "IP_TTL",
        }
    }
}

impl FromStr for Opt {
    type Err = String;

    fn from_str(name: &str) -> Result<Opt, String> {
        Opt::ALL
            .into_iter()
            .find(|option| option.name() == name)
            .ok_or_else(|| format!("it is none of {}", Opt::ALL.map(Opt::name).join(", ")))
    }
}

/// What became of a value that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// What was asked for.
    pub requested: String,
    /// What the kernel says afterwards.
    pub effective: String,
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "requested={} effective={}", self.requested, self.effective)
    }
}

/// Why an option was not set.
#[derive(Debug, thiserror::Error)]
pub enum OptError {
    /// The text is no value of that option: no number, or of a switch neither 0 nor 1.
    #[error("{0:?} is no value of this option")]
    Value(String),
    /// The kernel refused it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What the kernel says that the option is: a number, and of a switch 0 or 1.
///
/// # Errors
///
/// Those of getsockopt(2).
pub fn get(socket: &SockRef<'_>, option: Opt) -> io::Result<String> {
    // begin solution: ask the socket for the option's value, and make text of it
    match option {
        Opt::ReuseAddr => socket.reuse_address().map(switch),
        Opt::KeepAlive => socket.keepalive().map(switch),
        Opt::RecvBuffer => socket.recv_buffer_size().map(|bytes| bytes.to_string()),
        Opt::SendBuffer => socket.send_buffer_size().map(|bytes| bytes.to_string()),
        Opt::NoDelay => socket.tcp_nodelay().map(switch),
        Opt::Ttl => socket.ttl_v4().map(|routers| routers.to_string()),
    }
    // end solution
}

/// Asks the kernel for a value, and tells what it made of it.
///
/// # Errors
///
/// [`OptError::Value`] if the text is no value of that option; else those of setsockopt(2) and getsockopt(2).
pub fn set(socket: &SockRef<'_>, option: Opt, value: &str) -> Result<Effective, OptError> {
    // begin solution: understand the value, set the option, and get it again
    match option {
        Opt::ReuseAddr => socket.set_reuse_address(is_on(value)?)?,
        Opt::KeepAlive => socket.set_keepalive(is_on(value)?)?,
        Opt::RecvBuffer => socket.set_recv_buffer_size(number(value)?)?,
        Opt::SendBuffer => socket.set_send_buffer_size(number(value)?)?,
        Opt::NoDelay => socket.set_tcp_nodelay(is_on(value)?)?,
        Opt::Ttl => socket.set_ttl_v4(number(value)?)?,
    }
    Ok(Effective { requested: value.to_owned(), effective: get(socket, option)? })
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
fn switch(on: bool) -> String {
    u8::from(on).to_string()
}

fn is_on(value: &str) -> Result<bool, OptError> {
    match value {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(OptError::Value(value.to_owned())),
    }
}

fn number<N: FromStr>(value: &str) -> Result<N, OptError> {
    value.parse().map_err(|_| OptError::Value(value.to_owned()))
}
// end solution item
