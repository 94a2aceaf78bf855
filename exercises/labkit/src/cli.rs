//! What the programs of the labs take on their command lines, as types for clap.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A time in seconds, with fractions: more than 0 and less than 2^32 of them (no clock overflows then).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Duration);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Seconds, String> {
        text.parse()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .filter(|time| !time.is_zero() && time.as_secs() <= u32::MAX.into())
            .map(Seconds)
            .ok_or_else(|| "not a number of seconds above 0".to_owned())
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs_f64())
    }
}

/// `HOST:PORT`: a name or an address, and a port. An address of IPv6 stands in brackets.
///
/// Only the form is looked at: whether there is such a host shows when it is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// The name or address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl FromStr for HostPort {
    type Err = String;

    fn from_str(text: &str) -> Result<HostPort, String> {
        let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = parts
            .filter(|(host, _)| !host.is_empty())
            .ok_or_else(|| "not of the form HOST:PORT".to_owned())?;
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        Ok(HostPort { host: bare.to_owned(), port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HostPort { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_positive_and_finite_and_may_have_fractions() {
        assert_eq!("0.25".parse(), Ok(Seconds(Duration::from_millis(250))));
        assert_eq!(Seconds(Duration::from_millis(2500)).to_string(), "2.5");
        assert_eq!(Seconds(Duration::from_secs(30)).to_string(), "30");
        for wrong in ["", "0", "-1", "1e-12", "1e10", "inf", "NaN", "1s"] {
            assert!(wrong.parse::<Seconds>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_host_and_its_port_come_apart_and_together() {
        for (text, host, port) in
            [("a.test:80", "a.test", 80), ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:53", "::1", 53)]
        {
            let parsed: HostPort = text.parse().unwrap();
            assert_eq!((parsed.host.as_str(), parsed.port), (host, port));
            assert_eq!(parsed.to_string(), text);
        }
        for wrong in ["", "80", ":80", "a.test", "a.test:", "a.test:65536", "a.test:x"] {
            assert!(wrong.parse::<HostPort>().is_err(), "{wrong}");
        }
    }
}
