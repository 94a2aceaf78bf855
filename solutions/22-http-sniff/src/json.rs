//! The same report for programs: one JSON object a line.
//!
//! ```text
//! {"destination":"10.77.0.20:80","event":"request","host":"example.com","method":"GET","source":"10.77.0.11:40000","time":"2025-01-20T14:30:45.002000Z","url":"http://example.com/"}
//! {"event":"summary","hosts":[{"count":1,"host":"example.com"}],"requests":1,"unlisted":{"hosts":0,"urls":0},"urls":["http://example.com/"]}
//! ```
//!
//! `time` is that of the segment which completed the head.

use std::time::{Duration, UNIX_EPOCH};

use labkit::time::iso8601;
use serde_json::{Value, json};

use crate::flow::FlowKey;
use crate::http::Req;
use crate::report::{Report, host, url};

/// A request as an object.
pub fn line(flow: &FlowKey, request: &Req, now: Duration) -> Value {
    let FlowKey { source, destination } = flow;
    json!({
        "event": "request",
        "time": utc(now),
        "source": source.to_string(),
        "destination": destination.to_string(),
        "method": request.method,
        "host": host(request, *destination),
        "url": url(request, *destination),
    })
}

/// The final object.
pub fn summary(report: &Report) -> Value {
    let hosts: Vec<Value> =
        report.hosts().into_iter().map(|(host, count)| json!({ "host": host, "count": count })).collect();
    let (hosts_unlisted, urls_unlisted) = report.unlisted();
    json!({
        "event": "summary",
        "requests": report.requests(),
        "hosts": hosts,
        "urls": report.urls(),
        "unlisted": { "hosts": hosts_unlisted, "urls": urls_unlisted },
    })
}

/// A time since 1970-01-01 UTC as text; 1970-01-01 itself for one that the system can't express (a capture may say
/// anything).
fn utc(since_1970: Duration) -> String {
    iso8601(UNIX_EPOCH.checked_add(since_1970).unwrap_or(UNIX_EPOCH))
}
