//! The table in `REPORT.md`, and whether a measurement can have given it.

use std::collections::BTreeMap;

use crate::{Bench, Fault, ensure};

/// What the table's first row says.
const COLUMNS: [&str; 10] = [
    "server",
    "connections",
    "threads",
    "accept all",
    "peak RSS",
    "memory a connection",
    "req/s",
    "p50",
    "p99",
    "answered",
];

const SERVERS: [&str; 3] = ["threaded-echo", "async-echo", "c10k-server"];

/// The connections of a server's first rows; one more row has more.
const SIZES: [u64; 3] = [10, 100, 1000];

/// More threads than that are not the idea of a server with tasks.
const FEW_THREADS: f64 = 64.0;

/// Whoever counts threads looks now and then, and early clients may have left when the last ones come: so many times fewer may
/// have been seen.
const MOST_AT_ONCE: f64 = 2.0;

/// A row's numbers.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    threads: f64,
    /// Milliseconds.
    accept_all: f64,
    /// MiB.
    peak: f64,
    /// KiB.
    each: f64,
    rate: f64,
    /// Milliseconds; without an answer there are none.
    p50: Option<f64>,
    p99: Option<f64>,
    answered: f64,
    asked: f64,
}

/// The rows by server and connections.
type Rows = BTreeMap<(&'static str, u64), Row>;

pub(super) fn reports_what_was_measured(bench: &mut Bench) -> Result<(), Fault> {
    let mut probe = bench.probe()?;
    let answer = probe.ask("report")?;
    let text = from_hex(answer.strip_prefix("ok ").unwrap_or_default()).ok_or_else(|| {
        Fault::expected("the text of REPORT.md").got(answer.chars().take(40).collect::<String>())
    })?;
    judge(&text)
}

fn from_hex(hex: &str) -> Option<String> {
    let digits = hex.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> =
        digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()).collect();
    String::from_utf8(bytes?).ok()
}

fn judge(text: &str) -> Result<(), Fault> {
    let rows = table(text)?;
    let most = expect_all_rows(&rows)?;
    for (&(server, connections), row) in &rows {
        expect_possible(&format!("{server} at {connections}"), row)?;
        let is_threaded = server == SERVERS[0];
        let fits = if is_threaded {
            row.answered < row.asked || row.threads >= connections as f64 / MOST_AT_ONCE
        } else {
            row.threads <= FEW_THREADS
        };
        let kind = if is_threaded { "a thread for each connection" } else { "few threads" };
        ensure(fits, || {
            Fault::expected(format!("{kind} of {server} at {connections}")).got(format!("{}", row.threads))
        })?;
    }
    for server in SERVERS {
        let [small, large] = [10, most].map(|connections| rows[&(server, connections)].peak);
        ensure(large > small, || {
            Fault::expected(format!("more memory of {server} at {most} connections than at 10"))
                .got(format!("{large} MiB and {small} MiB"))
        })?;
    }
    expect_measured(&rows, most)
}

/// Finds the table and understands all of its rows; those of other servers are somebody's own business.
fn table(text: &str) -> Result<Rows, Fault> {
    let mut lines = text.lines().map(cells).skip_while(|cells| *cells != COLUMNS);
    let header = format!("| {} |", COLUMNS.join(" | "));
    lines.next().ok_or_else(|| {
        Fault::expected(format!("a table in REPORT.md that begins with `{header}`")).got("no such line")
    })?;
    let mut rows = Rows::new();
    for cells in lines.skip(1).take_while(|cells| !cells.is_empty()) {
        let Some(&server) = SERVERS.iter().find(|&server| cells.first() == Some(server)) else { continue };
        let line = format!("| {} |", cells.join(" | "));
        let row = understand(&cells).ok_or_else(|| {
            Fault::expected(format!("a number in every column of {server}'s rows, with the script's units"))
                .got(line.clone())
        })?;
        ensure(rows.insert((server, row.0), row.1).is_none(), || {
            Fault::expected(format!("one row of {server} with so many connections"))
                .got(format!("a second one: {line}"))
        })?;
    }
    Ok(rows)
}

/// The cells of a line of a table; of another line, none.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().strip_prefix('|').and_then(|rest| rest.strip_suffix('|'));
    inner.map_or_else(Vec::new, |inner| inner.split('|').map(str::trim).collect())
}

fn understand(cells: &[&str]) -> Option<(u64, Row)> {
    let [_, connections, threads, accept_all, peak, each, rate, p50, p99, answered] = cells else {
        return None;
    };
    let (ok, asked) = answered.split_once(" of ")?;
    let time = |cell: &str| if cell == "-" { Some(None) } else { milliseconds(cell).map(Some) };
    let row = Row {
        threads: number(threads)?,
        accept_all: milliseconds(accept_all)?,
        peak: number(peak.strip_suffix("MiB")?)?,
        each: number(each.strip_suffix("KiB")?)?,
        rate: number(rate)?,
        p50: time(p50)?,
        p99: time(p99)?,
        answered: number(ok)?,
        asked: number(asked)?,
    };
    Some((number(connections)? as u64, row))
}

fn milliseconds(cell: &str) -> Option<f64> {
    match cell.strip_suffix("ms") {
        Some(milliseconds) => number(milliseconds),
        None => Some(number(cell.strip_suffix('s')?)? * 1000.0),
    }
}

/// A number that is none of a machine's moods: finite, and not below zero. Thousands may be set apart by commas.
fn number(cell: &str) -> Option<f64> {
    let number: f64 = cell.trim().replace(',', "").parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// How many connections the largest rows have.
fn expect_all_rows(rows: &Rows) -> Result<u64, Fault> {
    let most = rows.keys().map(|&(_, connections)| connections).max().unwrap_or(0);
    let last = SIZES[SIZES.len() - 1];
    ensure(most > last, || {
        Fault::expected("rows with as many connections as the machine allows, up to 10,000")
            .got(format!("{most} at most"))
    })?;
    for server in SERVERS {
        for connections in SIZES.into_iter().chain([most]) {
            ensure(rows.contains_key(&(server, connections)), || {
                Fault::expected(format!("a row of {server} with {connections} connections")).got("none")
            })?;
        }
    }
    Ok(most)
}

fn expect_possible(what: &str, row: &Row) -> Result<(), Fault> {
    let percentiles = row.p50.zip(row.p99);
    let all = [
        (row.threads >= 1.0, "at least one thread"),
        (row.accept_all > 0.0, "a time to accept all"),
        (row.peak > 0.0, "a peak of memory"),
        (row.answered <= row.asked && row.asked > 0.0, "no more answers than requests"),
        (row.answered == 0.0 || row.rate > 0.0, "a rate where there are answers"),
        (row.answered == 0.0 || percentiles.is_some(), "percentiles where there are answers"),
        (percentiles.is_none_or(|(p50, p99)| p50 <= p99), "a p50 that is not above the p99"),
    ];
    all.iter().try_for_each(|(holds, expected)| {
        ensure(*holds, || Fault::expected(format!("{expected} ({what})")).got(format!("{row:?}")))
    })
}

/// No column is the same everywhere, and the largest rows are no copies of those before.
fn expect_measured(rows: &Rows, most: u64) -> Result<(), Fault> {
    type Column = (&'static str, fn(&Row) -> f64);
    let columns: [Column; 5] = [
        ("accept all", |row| row.accept_all),
        ("peak RSS", |row| row.peak),
        ("memory a connection", |row| row.each),
        ("req/s", |row| row.rate),
        ("p99", |row| row.p99.unwrap_or(0.0)),
    ];
    for (name, value) in columns {
        let first = rows.values().next().map(value);
        ensure(rows.values().any(|row| Some(value(row)) != first), || {
            Fault::expected(format!("measured numbers in the column `{name}`"))
                .got("the same one in every row")
        })?;
    }
    for server in SERVERS {
        let last = SIZES[SIZES.len() - 1];
        let [before, largest] = [last, most].map(|connections| &rows[&(server, connections)]);
        let is_copy = |&(_, value): &Column| value(before) == value(largest);
        ensure(!columns.iter().all(is_copy), || {
            Fault::expected(format!("a measurement of {server} at {most} connections"))
                .got(format!("the numbers of {last} connections once more"))
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(change: impl Fn(&str, u64, &mut String)) -> String {
        let mut text = format!("# Mine\n\n| {} |\n{}|\n", COLUMNS.join(" | "), "|---".repeat(COLUMNS.len()));
        for server in SERVERS {
            for connections in [10, 100, 1000, 9_800] {
                let threads = if server == SERVERS[0] { connections + 1 } else { 1 };
                let mut row = format!(
                    "| {server} | {connections} | {threads} | {connections}.5 ms | {}.0 MiB | 1.{connections} KiB | \
                     {}00 | 0.5 ms | 1.{connections} ms | 99 of 100 |",
                    2 + connections / 10,
                    20_000 - connections,
                );
                change(server, connections, &mut row);
                text.push_str(&row);
                text.push('\n');
            }
        }
        text + "\nWhat it means.\n"
    }

    fn complaint(change: impl Fn(&str, u64, &mut String)) -> String {
        judge(&report(change)).unwrap_err().to_string()
    }

    #[test]
    fn a_measured_table_is_taken() {
        judge(&report(|_, _, _| {})).unwrap();
        judge(&report(|_, _, row| *row = row.replace("| 9800 |", "| 9,800 |").replace("1000.5 ms", "1.0 s")))
            .unwrap();
    }

    #[test]
    fn a_table_with_less_is_not() {
        assert!(judge("nothing").is_err());
        assert!(
            complaint(|_, n, row| if n == 9800 {
                row.clear();
            })
            .contains("as many connections as")
        );
        let all_gone = |server: &str, n, row: &mut String| {
            if server == "async-echo" && n == 100 {
                *row = "| | | |".into();
            }
        };
        assert!(complaint(all_gone).contains("a row of async-echo with 100"));
        assert!(
            complaint(|_, n, row| if n == 100 {
                *row = row.replace("0.5 ms", "?");
            })
            .contains("a number in every")
        );
    }

    #[test]
    fn numbers_that_nobody_measured_are_not() {
        assert!(complaint(|_, _, row| *row = row.replace("0.5 ms", "900 ms")).contains("not above the p99"));
        let copy = |server: &str, n, row: &mut String| {
            if n == 9800 {
                *row = format!(
                    "| {server} | 9800 | 9801 | 1000.5 ms | 102.0 MiB | 1.1000 KiB | 1900000 | 0.5 ms | 1.1000 ms | 99 of 100 |"
                );
            }
        };
        let told = complaint(copy);
        assert!(told.contains("once more") || told.contains("few threads"), "{told}");
        assert!(complaint(|_, _, row| *row = row.replace("| 1 |", "| 900 |")).contains("few threads"));
    }
}
