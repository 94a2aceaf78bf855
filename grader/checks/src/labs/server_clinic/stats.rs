//! What the server says of itself when it is asked `STATS`.

use crate::{Connection, Fault};

/// What STATS says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Who is connected.
    pub active: u64,
    /// Who was accepted.
    pub total: u64,
    /// Lines that were answered.
    pub requests: u64,
    /// How many requests are kept, and how many there is room for.
    pub queue: (u64, u64),
}

/// Reads the answer to STATS.
pub fn understand_stats(line: &[u8]) -> Result<Stats, Fault> {
    let text = String::from_utf8_lossy(line);
    let parse = || {
        let mut fields = text.strip_suffix('\n')?.split(' ');
        (fields.next()? == "STATS").then_some(())?;
        let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
        let number = |text: &str| text.parse().ok();
        let (active, total) = (number(field("active")?)?, number(field("total")?)?);
        let requests = number(field("requests")?)?;
        let (kept, size) = field("queue")?.split_once('/')?;
        let queue = (number(kept)?, number(size)?);
        fields.next().is_none().then_some(Stats { active, total, requests, queue })
    };
    parse().ok_or_else(|| {
        Fault::expected("\"STATS active=… total=… requests=… queue=…/…\\n\"").got(wire::bytes::escape(line))
    })
}

/// Asks for STATS over that connection.
pub fn ask(client: &mut Connection) -> Result<Stats, Fault> {
    client.send(b"STATS\n")?;
    understand_stats(&client.line()?)
}
