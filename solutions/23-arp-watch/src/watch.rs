//! From frames to a report.

use std::io::{self, Write};

use labkit::pcap::Packet;

use crate::table::Table;
use crate::{arp, json, report};

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Puts every claim into a table, and writes down what is worth it as it happens.
#[derive(Debug)]
pub struct Watcher<W> {
    table: Table,
    format: Format,
    out: W,
    alerted: bool,
}

impl<W: Write> Watcher<W> {
    /// A watcher that has seen nothing yet.
    pub fn new(table: Table, format: Format, out: W) -> Self {
        Self { table, format, out, alerted: false }
    }

    /// Judges one frame.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn see(&mut self, frame: &Packet) -> io::Result<()> {
        let Some(obs) = arp::parse(&frame.data) else { return Ok(()) };
        for event in self.table.observe(&obs, frame.time).into_iter().flatten() {
            self.alerted |= event.is_alert();
            let line = match self.format {
                Format::Text => report::line(&obs, &event),
                Format::Json => json::line(&obs, &event, frame.time).map(|object| object.to_string()),
            };
            if let Some(line) = line {
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }

    /// Writes the final table; whether an address ever changed hands.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<bool> {
        match self.format {
            Format::Text => write!(self.out, "{}", report::summary(&self.table))?,
            Format::Json => writeln!(self.out, "{}", json::summary(&self.table))?,
        }
        self.out.flush()?;
        Ok(self.alerted)
    }
}
