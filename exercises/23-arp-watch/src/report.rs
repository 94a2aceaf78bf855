//! What is printed, word by word as the crate's documentation fixes it.

use std::time::{Duration, UNIX_EPOCH};

use labkit::time::iso8601;

use crate::arp::ArpObs;
use crate::table::{Event, Table};

/// The line that an event is worth, without its newline; `None` for what is only counted.
pub fn line(obs: &ArpObs, event: &Event) -> Option<String> {
    todo!("one line for what is told, nothing for what is usual or repeated")
}

/// The final lines, each with its newline: header, hosts, conflicts.
pub fn summary(table: &Table) -> String {
    todo!("the header, a row for each host, a line for each conflict")
}

/// A time since 1970-01-01 UTC as text; 1970-01-01 itself for one that the system can't express (a capture may say
/// anything).
pub fn utc(since_1970: Duration) -> String {
    iso8601(UNIX_EPOCH.checked_add(since_1970).unwrap_or(UNIX_EPOCH))
}
