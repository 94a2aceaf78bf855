//! What the user typed: which server, and what of it.

use std::fmt;

/// The port of HTTP, unless the URL names another (RFC 9110 §4.2.1).
pub const DEFAULT_PORT: u16 = 80;

/// What a URL says to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name or address of the server; one of IPv6 without its brackets.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// What is asked for: it begins with `/`, and a query (`?…`) belongs to it.
    pub path: String,
}

/// Takes a URL apart: `http://HOST[:PORT][/PATH][?QUERY][#FRAGMENT]`, in which `http://` may be left out.
///
/// | text | host | port | path |
/// |---|---|---|---|
/// | `localhost` | `localhost` | 80 | `/` |
/// | `http://a.test:8080/b/c?d=e` | `a.test` | 8080 | `/b/c?d=e` |
/// | `http://[::1]?d` | `::1` | 80 | `/?d` |
/// | `a.test/b#top` | `a.test` | 80 | `/b` |
///
/// A fragment is for whoever shows the page: it is never sent.
///
/// # Errors
///
/// Says what is wrong with the text: a character that is not visible ASCII (a space, a control character, a letter such as
/// `é`; RFC 3986 §2), another scheme than `http`, a user's name (`you@`), no host, an IPv6 address without brackets, a port
/// that is no number from 1 to 65,535.
pub fn parse_url(text: &str) -> Result<Target, String> {
    // begin solution: refuse characters that no URL holds; then cut off the scheme, the fragment, the host and its port
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a URL holds no spaces, no control characters, and only ASCII".to_owned());
    }
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => {
            return Err(format!("{scheme} is not spoken here, only http"));
        }
        _ => text,
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (host, port) = parse_authority(authority)?;
    let slash = if path.starts_with('/') { "" } else { "/" };
    Ok(Target { host, port, path: format!("{slash}{path}") })
    // end solution
}

// begin solution item: steps that you like to have as functions of their own
/// `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT`.
fn parse_authority(text: &str) -> Result<(String, u16), String> {
    if text.contains('@') {
        return Err("a user's name is not sent from here".to_owned());
    }
    let (host, port) = match text.rsplit_once(':') {
        // Else the colon stands inside the brackets.
        Some((host, port)) if !port.ends_with(']') => (host, parse_port(port)?),
        _ => (text, DEFAULT_PORT),
    };
    let bare = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address,
        None if host.contains([':', '[', ']']) => return Err("an IPv6 address stands in brackets".to_owned()),
        None => host,
    };
    if bare.is_empty() {
        return Err("there is no host in it".to_owned());
    }
    Ok((bare.to_owned(), port))
}

fn parse_port(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err("a port is a number from 1 to 65535".to_owned()),
    }
}
// end solution item

/// As a URL.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target { host, port, path } = self;
        if host.contains(':') {
            write!(f, "http://[{host}]:{port}{path}")
        } else {
            write!(f, "http://{host}:{port}{path}")
        }
    }
}
