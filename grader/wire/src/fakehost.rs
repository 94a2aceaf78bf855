//! The fakehost script: a host's ports as a TOML text.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::{Table, Value};

use crate::ether::Mac;
use crate::host::Host;
use crate::icmp;
use crate::port::PortScript;

/// What is wrong with a fakehost script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FakehostError {
    /// It is not TOML; the text says where.
    #[error("{0}")]
    Toml(String),
    /// A key that means nothing.
    #[error("`{0}` is not a key of a fakehost script: it has `default` and `[ports]`")]
    UnknownKey(String),
    /// A port or a range that is none.
    #[error("`ports.{0}`: not a port (0 to 65535) or a range such as 20-100")]
    NotAPort(String),
    /// Two ranges that share ports.
    #[error("`ports.{0}` and `ports.{1}` overlap")]
    Overlap(String, String),
    /// A value that is no behaviour.
    #[error("`{key}`: {found} is not one of {BEHAVIOURS}, or a list of these")]
    NotABehaviour {
        /// The key, with its table.
        key: String,
        /// The value, as TOML.
        found: String,
    },
}

const BEHAVIOURS: &str = "\"synack\", \"rst\", \"silent\", \"icmp:3/CODE\", \"badack\", \"other-src\", \
     \"other-src:ADDRESS\", \"other-port\", \"late:MILLISECONDS\"";

impl Host {
    /// Reads the ports of a host from a fakehost script.
    ///
    /// ```toml
    /// default = "rst"             # all ports that are not named; without this line also "rst"
    ///
    /// [ports]
    /// 80 = "synack"               # open
    /// 81 = "icmp:3/13"            # destination unreachable, code 13
    /// 82 = "late:700"             # open, but the SYN,ACK comes 700 ms later
    /// 83 = ["silent", "synack"]   # the first SYN is lost, the second is answered
    /// 84 = "badack"               # SYN,ACK with ack = seq + 2
    /// 85 = "other-src"            # SYN,ACK from the next higher address; or "other-src:10.77.0.9"
    /// 86 = "other-port"           # SYN,ACK from the next higher port
    /// 100-199 = "silent"          # a range; a port of its own line takes precedence
    /// ```
    ///
    /// # Errors
    /// The first thing that is wrong, naming its key.
    pub fn from_toml(ip: Ipv4Addr, mac: Mac, text: &str) -> Result<Host, FakehostError> {
        let script: Table =
            text.parse().map_err(|error: toml::de::Error| FakehostError::Toml(error.to_string()))?;
        let mut host = Host::new(ip, mac);
        for (key, value) in &script {
            match (key.as_str(), value) {
                ("default", value) => host.default_port = behaviour("default", value, ip)?,
                ("ports", Value::Table(ports)) => host = with_ports(host, ports)?,
                _ => return Err(FakehostError::UnknownKey(key.clone())),
            }
        }
        Ok(host)
    }
}

fn with_ports(mut host: Host, ports: &Table) -> Result<Host, FakehostError> {
    let mut ranges: Vec<(&str, RangeInclusive<u16>)> = Vec::new();
    let mut singles = Vec::new();
    for (key, value) in ports {
        let script = behaviour(&format!("ports.{key}"), value, host.ip)?;
        let range = port_range(key).ok_or_else(|| FakehostError::NotAPort(key.clone()))?;
        if !key.contains('-') {
            singles.push((*range.start(), script));
            continue;
        }
        let overlap =
            |other: &RangeInclusive<u16>| other.start() <= range.end() && range.start() <= other.end();
        if let Some((other, _)) = ranges.iter().find(|(_, other)| overlap(other)) {
            return Err(FakehostError::Overlap((*other).to_owned(), key.clone()));
        }
        ranges.push((key, range.clone()));
        host = host.ports(range, script);
    }
    host.ports.extend(singles);
    Ok(host)
}

fn port_range(key: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = key.split_once('-').unwrap_or((key, key));
    let range = first.parse().ok()?..=last.parse().ok()?;
    (!range.is_empty()).then_some(range)
}

fn behaviour(key: &str, value: &Value, ip: Ipv4Addr) -> Result<PortScript, FakehostError> {
    let wrong =
        |value: &Value| FakehostError::NotABehaviour { key: key.to_owned(), found: value.to_string() };
    let one = |value: &Value| value.as_str().and_then(|text| word(text, ip)).ok_or_else(|| wrong(value));
    match value {
        Value::Array(list) if !list.is_empty() => {
            list.iter().map(one).collect::<Result<_, _>>().map(PortScript::Sequence)
        }
        value => one(value),
    }
}

fn word(text: &str, ip: Ipv4Addr) -> Option<PortScript> {
    let (name, argument) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
    Some(match (name, argument) {
        ("synack", None) => PortScript::Open,
        ("rst", None) => PortScript::Closed,
        ("silent", None) => PortScript::Silent,
        ("badack", None) => PortScript::BadAck,
        ("other-port", None) => PortScript::OtherPort,
        ("other-src", None) => PortScript::OtherSource((u32::from(ip).wrapping_add(1)).into()),
        ("other-src", Some(address)) => PortScript::OtherSource(address.parse().ok()?),
        ("late", Some(milliseconds)) => PortScript::Late(Duration::from_millis(milliseconds.parse().ok()?)),
        ("icmp", Some(code)) => {
            let (kind, code) = code.split_once('/')?;
            let is_unreachable = kind.parse() == Ok(icmp::UNREACHABLE);
            PortScript::Unreachable(is_unreachable.then(|| code.parse().ok())??)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const IP: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

    fn parse(text: &str) -> Result<Host, FakehostError> {
        Host::from_toml(IP, Mac::of_host(2), text)
    }

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn reads_every_behaviour() {
        let host = parse(
            r#"
            default = "silent"
            [ports]
            80 = "synack"
            81 = "rst"
            82 = "silent"
            83 = "icmp:3/13"
            84 = "badack"
            85 = "other-src"
            86 = "other-src:192.0.2.9"
            87 = "other-port"
            88 = "late:700"
            89 = ["silent", "synack"]
            200-202 = "rst"
            201 = "synack"
            "#,
        )
        .unwrap();
        let expected = [
            (80, PortScript::Open),
            (81, PortScript::Closed),
            (82, PortScript::Silent),
            (83, PortScript::Unreachable(13)),
            (84, PortScript::BadAck),
            (85, PortScript::OtherSource([10, 77, 0, 3].into())),
            (86, PortScript::OtherSource([192, 0, 2, 9].into())),
            (87, PortScript::OtherPort),
            (88, PortScript::Late(Duration::from_millis(700))),
            (89, PortScript::Sequence(vec![PortScript::Silent, PortScript::Open])),
            (200, PortScript::Closed),
            (201, PortScript::Open),
            (202, PortScript::Closed),
            (203, PortScript::Silent),
        ];
        for (port, script) in expected {
            assert_eq!(host.port_script(port), &script, "port {port}");
        }
    }

    #[test]
    fn an_empty_script_refuses_everything() {
        assert_eq!(parse("").unwrap().port_script(80), &PortScript::Closed);
    }

    #[test]
    fn errors_name_the_key() {
        assert!(
            error("[ports]\n80 = \"synak\"").starts_with("`ports.80`: \"synak\" is not one of \"synack\", ")
        );
        assert!(error("default = 5").starts_with("`default`: 5 is not one of "));
        assert!(error("[ports]\n80 = [\"silent\", \"x\"]").starts_with("`ports.80`: \"x\" is not one of "));
        assert!(error("[ports]\n80 = []").starts_with("`ports.80`: [] is not one of "));
        assert!(error("[ports]\n80 = \"icmp:11/0\"").starts_with("`ports.80`: \"icmp:11/0\" is not one of "));
        assert_eq!(
            error("[ports]\n70000 = \"rst\""),
            "`ports.70000`: not a port (0 to 65535) or a range such as 20-100"
        );
        assert!(error("[ports]\n100-20 = \"rst\"").starts_with("`ports.100-20`: not a port"));
        assert_eq!(
            error("[ports]\n20-40 = \"rst\"\n30-50 = \"silent\""),
            "`ports.20-40` and `ports.30-50` overlap"
        );
        assert_eq!(
            error("port = 80"),
            "`port` is not a key of a fakehost script: it has `default` and `[ports]`"
        );
        assert!(error("[ports\n").contains("line 1"), "{}", error("[ports\n"));
    }
}
