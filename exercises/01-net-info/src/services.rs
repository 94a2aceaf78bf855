//! Services and their ports, as a file like `/etc/services` lists them (services(5)).

use clap::ValueEnum;

/// A transport protocol. Each has ports of its own: port 514 of TCP and port 514 of UDP are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Proto {
    /// Streams.
    Tcp,
    /// Datagrams.
    Udp,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its official name.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// The protocol to which the port belongs.
    pub proto: Proto,
    /// Other names that mean the same.
    pub aliases: Vec<String>,
}

/// The services in such a file, in its order.
///
/// A line is `NAME PORT/PROTOCOL ALIAS…`, with any blanks and tabs between and around the words. `#` begins a comment,
/// also in the middle of a line. A line that is not written like that, or is about a protocol other than `tcp` and
/// `udp`, is passed over: the rest of the file is still good.
pub fn parse_services(text: &str) -> Vec<Service> {
    todo!("line by line: cut the comment off, split it into words, and keep it if it is a service")
}

/// The port of the service with that name or alias; of several, the first.
pub fn by_name(services: &[Service], name: &str, proto: Proto) -> Option<u16> {
    todo!("find the first service of that protocol that has the name, or has it among its aliases")
}

/// The official name of the service with that port; of several, the first.
pub fn by_port(services: &[Service], port: u16, proto: Proto) -> Option<&str> {
    todo!("find the first service with that port of that protocol")
}

// Your part: steps that you like to have as functions of their own
