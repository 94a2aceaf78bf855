//! `net-info`: the command line of this lab.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser};
use labkit::{Failure, exit, failure};
use net_info::endpoint::parse_endpoint;
use net_info::ifaces;
use net_info::ports::{classify, parse_port};
use net_info::resolve::resolve;
use net_info::services::{Proto, Service, by_name, by_port, parse_services};

/// What this machine knows about the network.
#[derive(Parser)]
enum Cli {
    /// The interfaces, with their addresses
    Interfaces,
    /// The addresses of a name
    Host(Host),
    /// The port of a service
    Service {
        /// Its name, or an alias
        name: String,
        #[command(flatten)]
        list: List,
    },
    /// The service of a port
    Port {
        /// Its number
        #[arg(value_parser = parse_port)]
        port: u16,
        #[command(flatten)]
        list: List,
    },
    /// What kind of port a number is
    Class {
        /// The number
        #[arg(value_parser = parse_port)]
        port: u16,
    },
    /// The parts of an endpoint
    Endpoint {
        /// ADDRESS:PORT; an IPv6 address stands in brackets
        #[arg(value_parser = parse_endpoint)]
        endpoint: SocketAddr,
    },
}

#[derive(Args)]
struct Host {
    /// The name, or an address
    name: String,
    /// Show this port with each address
    #[arg(long, value_parser = parse_port)]
    port: Option<u16>,
    /// Show the port of this service with each address
    #[arg(long, conflicts_with = "port")]
    service: Option<String>,
    #[command(flatten)]
    list: List,
    /// Show IPv4 addresses only
    #[arg(short = '4')]
    only_v4: bool,
    /// Show IPv6 addresses only
    #[arg(short = '6', conflicts_with = "only_v4")]
    only_v6: bool,
}

/// Where services are looked up.
#[derive(Args)]
struct List {
    /// The protocol whose ports are meant
    #[arg(long, value_enum, default_value = "tcp")]
    proto: Proto,
    /// The list of services
    #[arg(long, value_name = "FILE", default_value = "/etc/services")]
    services_file: PathBuf,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let lines = match cli {
        Cli::Interfaces => pnet::datalink::interfaces().iter().map(ifaces::describe).collect(),
        Cli::Host(host) => addresses(&host)?,
        Cli::Service { name, list } => vec![port_of(&name, &list)?.to_string()],
        Cli::Port { port, list } => {
            let services = read(&list.services_file)?;
            let name = by_port(&services, port, list.proto)
                .ok_or_else(|| unknown(&format!("no service with port {port}"), &list))?;
            vec![name.to_owned()]
        }
        Cli::Class { port } => vec![classify(port).to_string()],
        Cli::Endpoint { endpoint } => {
            let (addr, port) = (endpoint.ip(), endpoint.port());
            let family = if addr.is_ipv4() { "ipv4" } else { "ipv6" };
            vec![format!("addr={addr} port={port} family={family} class={}", classify(port))]
        }
    };
    let mut out = io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{line}")).map_err(Failure::to("print the answer"))
}

/// With their port, if one is asked for.
fn addresses(host: &Host) -> Result<Vec<String>, Failure> {
    let port = match &host.service {
        Some(name) => Some(port_of(name, &host.list)?),
        None => host.port,
    };
    let found = resolve(&host.name, port.unwrap_or(0)).map_err(|error| Failure::new(exit::NAME, error))?;
    let is_wanted = |ip: IpAddr| if ip.is_ipv4() { !host.only_v6 } else { !host.only_v4 };
    let wanted: Vec<String> = found
        .iter()
        .filter(|address| is_wanted(address.ip()))
        .map(|address| port.map_or_else(|| address.ip().to_string(), |_| address.to_string()))
        .collect();
    if wanted.is_empty() {
        return Err(Failure::new(exit::NAME, format_args!("{} has no such address", host.name)));
    }
    Ok(wanted)
}

fn port_of(name: &str, list: &List) -> Result<u16, Failure> {
    let services = read(&list.services_file)?;
    by_name(&services, name, list.proto).ok_or_else(|| unknown(&format!("no service {name}"), list))
}

fn read(path: &Path) -> Result<Vec<Service>, Failure> {
    // A stray byte in a comment is no reason to do without the list.
    let bytes = fs::read(path).map_err(Failure::to(format!("read {}", path.display())))?;
    Ok(parse_services(&String::from_utf8_lossy(&bytes)))
}

fn unknown(what: &str, list: &List) -> Failure {
    let proto = format!("{:?}", list.proto).to_lowercase();
    Failure::new(exit::FAILURE, format_args!("{what} of {proto} in {}", list.services_file.display()))
}
