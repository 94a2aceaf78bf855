//! From frames to a report.

use std::io::{self, Write};

use labkit::pcap::Packet;

use crate::report::Report;
use crate::segment::dissect;
use crate::summary::summary;
use crate::table::Flows;
use crate::{json, report};

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Follows flows, and writes each request down as soon as its head is whole.
#[derive(Debug)]
pub struct Sniffer<W> {
    flows: Flows,
    report: Report,
    /// How many requests are wanted at most.
    count: u64,
    format: Format,
    out: W,
}

impl<W: Write> Sniffer<W> {
    /// A sniffer that has heard nothing yet, and wants `count` requests at most.
    pub fn new(flows: Flows, report: Report, count: Option<u64>, format: Format, out: W) -> Self {
        Self { flows, report, count: count.unwrap_or(u64::MAX), format, out }
    }

    /// Whether it has heard all the requests that it wants.
    pub fn has_enough(&self) -> bool {
        self.report.requests() >= self.count
    }

    /// Takes a frame.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn hear(&mut self, frame: &Packet) -> io::Result<()> {
        let Some(segment) = dissect(&frame.data) else { return Ok(()) };
        for request in self.flows.push(&segment, frame.time) {
            if self.has_enough() {
                break;
            }
            self.report.record(&request, segment.flow.destination);
            match self.format {
                Format::Text => writeln!(self.out, "{}", report::line(&segment.flow, &request))?,
                Format::Json => {
                    writeln!(self.out, "{}", json::line(&segment.flow, &request, frame.time))?;
                }
            }
        }
        Ok(())
    }

    /// Writes the summary.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<()> {
        match self.format {
            Format::Text => write!(self.out, "{}", summary(&self.report))?,
            Format::Json => writeln!(self.out, "{}", json::summary(&self.report))?,
        }
        self.out.flush()
    }
}
