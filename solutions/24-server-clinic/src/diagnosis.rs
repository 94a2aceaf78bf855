//! What you found out about each fault: `diagnosis.toml`, which is put into the programs when they are built.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Your file.
pub const TEXT: &str = include_str!("../diagnosis.toml");

/// The eight faults: their names, what people say about them, and what the contract says instead.
pub const FAULTS: [(&str, &str, &str); 8] = [
    (
        "B1",
        "it counts clients that have long left, and grows with them",
        "`active` in STATS is the number of clients that are connected",
    ),
    (
        "B2",
        "one strange line, and it is gone",
        "a line that is no UTF-8 is answered `ERROR: Invalid encoding`, and the conversation goes on",
    ),
    (
        "B3",
        "it keeps far more requests than `--queue-size`",
        "at most `--queue-size` requests are kept, and the oldest goes first",
    ),
    (
        "B4",
        "connections that clients have closed stay half open",
        "when a client has closed its side, the server closes its own, and the descriptor is free",
    ),
    (
        "B5",
        "a client that says nothing stays for ever",
        "a client without a complete line for `--idle-timeout` seconds is closed",
    ),
    (
        "B6",
        "with six people in the office it dies",
        "one client more than `--max-clients` is told so, and nothing ends the server",
    ),
    (
        "B7",
        "the metrics are nonsense",
        "METRICS counts the lines answered, the clients connected, and the bytes of both directions",
    ),
    (
        "B8",
        "Ctrl+C, and the line that somebody was typing gets no answer",
        "after SIGINT a line that has begun may be finished, and is answered",
    ),
];

/// What is known about one fault.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// File and function in `src/bin/buggy-server/`.
    pub location: String,
    /// What one sees from outside, in numbers.
    pub symptom: String,
    /// A script in the language of scripted peers that shows it; it is played against the patient and against your server.
    pub reproduce: String,
    /// Why the code does that.
    pub cause: String,
    /// What must change.
    pub fix: String,
}

impl Entry {
    /// The first field that nobody has filled yet.
    pub fn missing(&self) -> Option<&'static str> {
        let fields = [
            ("location", &self.location),
            ("symptom", &self.symptom),
            ("reproduce", &self.reproduce),
            ("cause", &self.cause),
            ("fix", &self.fix),
        ];
        fields.into_iter().find_map(|(name, text)| text.trim().is_empty().then_some(name))
    }
}

/// The entry of a fault, `B1` to `B8`.
///
/// # Errors
/// `diagnosis.toml` is not TOML, or has another shape; or it has no such entry. In words.
pub fn entry(fault: &str) -> Result<Entry, String> {
    let mut entries: BTreeMap<String, Entry> =
        toml::from_str(TEXT).map_err(|error| format!("diagnosis.toml: {error}"))?;
    entries.remove(fault).ok_or_else(|| format!("diagnosis.toml has no entry [{fault}]"))
}
