//! The lines at the end.

use crate::report::Report;

/// The final lines, each with its newline.
pub fn summary(report: &Report) -> String {
    let mut text = format!("requests: {}\nhosts:\n", report.requests());
    for (host, count) in report.hosts() {
        text += &format!("  {host} {count}\n");
    }
    text += "urls:\n";
    for url in report.urls() {
        text += &format!("  {url}\n");
    }
    match report.unlisted() {
        (0, 0) => {}
        (hosts, urls) => text += &format!("not listed: {hosts} requests by host, {urls} by URL\n"),
    }
    text
}
