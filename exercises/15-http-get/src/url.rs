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
    todo!("refuse characters that no URL holds; then cut off the scheme, the fragment, the host and its port")
}

// Your part: steps that you like to have as functions of their own

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
