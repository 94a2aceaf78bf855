//! Endpoints: an address and a port.

use std::net::SocketAddr;

/// The endpoint that a text means: `8.8.8.8:53`, or `[::1]:53`.
///
/// An IPv6 address has colons of its own, so it stands in brackets (RFC 3986 §3.2.2). Names are no addresses, and an
/// address without a port is no endpoint.
///
/// # Errors
///
/// Says how an endpoint is written, for whoever wrote something else.
pub fn parse_endpoint(text: &str) -> Result<SocketAddr, String> {
    todo!("turn the text into an address and a port; the standard library knows how")
}
