//! Takes out of a record what differs from run to run and teaches nothing, so that a record that differs
//! means that a program does.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// One rule: what varies, and what stands in its place.
struct Rule {
    pattern: Regex,
    replacement: &'static str,
}

/// Times, durations (as measured, with more digits than anybody chooses) and versions get a fixed text (the date is the one that the fixtures use). In ISO form only a time
/// that a program tells on a line of its own is the present one; those of captures never change. Of tcpdump's output
/// windows and options are left out, which depend on the machine's memory, and the counts at its end, which depend on
/// its processors. How much buffers hold depends on the kernel and the moment, but for its order of magnitude. A median is
/// either that of round trips which waited for an acknowledgement, or none worth telling.
static FIXED: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    [
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2025-01-20 14:30:45"),
        (r"(?m)^\| \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", "| 2025-01-20T14:30:45.123456Z"),
        (r"server time: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "server time: 2025-01-20T14:30:45.123456Z"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2025-01-20 14:30 UTC"),
        (r"Starting Nmap [\d.]+\w* ", "Starting Nmap "),
        (r"\d+(\.\d+)?s latency", "0.0001s latency"),
        (r"scanned in \d+\.\d+ seconds", "scanned in 1.00 seconds"),
        (r", (win \d+|options \[[^\]]*\])", ""),
        (r"(?m)^\| (tcpdump: verbose output|\d+ packets? (captured|received by|dropped by)).*\n", ""),
        (r"time=\d+\.\d+ ms", "time=0.05 ms"),
        // Where a kernel waits for readiness is called one thing or the other.
        (r"(?m)^\| (do_epoll_wait|ep_poll)$", "| ep_poll"),
        (r"uptime_s=\d+", "uptime_s=7"),
        (r"thread '(\w+)' \(\d+\) panicked", "thread '$1' (101) panicked"),
        (r"p50=\d{2,}\.\d ms", "p50=44.0 ms"),
        (r"p50=\d\.\d ms", "p50=0.0 ms"),
        (r"after \d{5} bytes sent", "after 49152 bytes sent"),
        (r"after \d{7,} bytes sent", "after 8173568 bytes sent"),
        (r"(ICMP echo \w+), id \d+", "$1, id 1"),
        (r"\b\d+\.\d{3,6}ms", "104.1ms"),
        (r"(?m)^(   got +[+-])3\.(499|500)\d* s$", "${1}3.5 s"),
        (r"or take 0\.0\d\d s", "or take 0.050 s"),
        // The end of a datagram of NTP in a ladder, which has no room for the middle: a time.
        (r##"(datagram "[#$]\\x\d\d…).*?(" ─+[▶│])"##, "$1 (the time) $2"),
        // The kernel's own devices differ from machine to machine, and with them the numbers of all others.
        (r"@if\d+", "@if2"),
        (r"\bindex=\d+", "index=2"),
        (r"(ttl \d+), id [1-9]\d*, offset", "$1, id 1, offset"),
    ]
    .into_iter()
    .map(|(pattern, replacement)| Rule { pattern: pattern_of(pattern), replacement })
    .collect()
});

/// A number where a port may stand: behind an address, or as an argument.
static PORT: LazyLock<Regex> = LazyLock::new(|| {
    pattern_of(r"(?<before>[:.]|127\.0\.0\.\d+ |localhost |udp port |--port |-p )(?<port>\d{5})\b")
});

/// Ports that clients and scanners choose at random.
const CHOSEN: RangeInclusive<u32> = 32_768..=65_535;

/// Default ports of the course's servers, which lie among those.
const OURS: RangeInclusive<u32> = 65_430..=65_439;

/// An absolute sequence number: tcpdump prints it where it has not seen the connection's start.
static SEQUENCE: LazyLock<Regex> = LazyLock::new(|| pattern_of(r"(?<before>seq |ack )(?<number>\d{5,10})\b"));

/// What a time client measured. A tenth of a second is what a session is about, the rest is the machine's.
static MEASURED: LazyLock<Regex> =
    LazyLock::new(|| pattern_of(r"(?<what>offset|delay): (?<seconds>[+-]?\d+\.\d{6}) s\b"));

static PROCESS: LazyLock<Regex> = LazyLock::new(|| pattern_of(r"pid=(?<number>\d+)"));

fn pattern_of(text: &str) -> Regex {
    Regex::new(text).expect("the patterns are fixed")
}

/// `text` with times fixed, and with ports, process ids and sequence numbers counted in order of appearance.
pub(crate) fn normalise(text: &str) -> String {
    let mut text = text.to_owned();
    for rule in FIXED.iter() {
        text = rule.pattern.replace_all(&text, rule.replacement).into_owned();
    }
    text = MEASURED
        .replace_all(&text, |found: &Captures<'_>| {
            let what = &found["what"];
            match (what, found["seconds"].parse::<f64>()) {
                ("offset", Ok(seconds)) => format!("offset: {seconds:+.1}00041 s"),
                (_, Ok(seconds)) => format!("{what}: {seconds:.1}00210 s"),
                (_, Err(_)) => found[0].to_owned(),
            }
        })
        .into_owned();
    let mut ports = Names::new(50_001);
    text = PORT
        .replace_all(&text, |found: &Captures<'_>| {
            let chosen = |port| CHOSEN.contains(&port) && !OURS.contains(&port);
            if !found["port"].parse().is_ok_and(chosen) {
                return found[0].to_owned();
            }
            format!("{}{}", &found["before"], ports.of(&found["port"]))
        })
        .into_owned();
    let mut processes = Names::new(101);
    text = PROCESS
        .replace_all(&text, |found: &Captures<'_>| format!("pid={}", processes.of(&found["number"])))
        .into_owned();
    sequence_numbers(&text)
}

/// Keeps what matters of a sequence number: which stream it belongs to, and how far it is from the first.
fn sequence_numbers(text: &str) -> String {
    let mut starts: Vec<u32> = Vec::new();
    let replaced = SEQUENCE.replace_all(text, |found: &Captures<'_>| {
        let Ok(number) = found["number"].parse::<u32>() else { return found[0].to_owned() };
        let near = starts.iter().position(|start| number.wrapping_sub(*start) < 1_000);
        let stream = near.unwrap_or_else(|| {
            starts.push(number);
            starts.len() - 1
        });
        let shown = (stream as u32 + 1) * 1_000 + number.wrapping_sub(starts[stream]);
        format!("{}{shown}", &found["before"])
    });
    replaced.into_owned()
}

/// Numbers given out in order of appearance.
struct Names {
    next: u32,
    given: HashMap<String, u32>,
}

impl Names {
    fn new(first: u32) -> Self {
        Self { next: first, given: HashMap::new() }
    }

    fn of(&mut self, original: &str) -> u32 {
        *self.given.entry(original.to_owned()).or_insert_with(|| {
            let given = self.next;
            self.next += 1;
            given
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_keeps_its_name_throughout_and_well_known_ones_stay() {
        let text = "127.0.0.1.45678 > 127.0.0.1.9999\n127.0.0.1:33333 127.0.0.1:45678 127.0.0.1:32767 :65430";
        let expected =
            "127.0.0.1.50001 > 127.0.0.1.9999\n127.0.0.1:50002 127.0.0.1:50001 127.0.0.1:32767 :65430";
        assert_eq!(normalise(text), expected);
    }

    #[test]
    fn netcat_and_icmp_write_ports_in_their_own_way() {
        let text = "on localhost 45678\n127.0.0.1 udp port 45678 unreachable\nlength 45678";
        let expected = "on localhost 50001\n127.0.0.1 udp port 50001 unreachable\nlength 45678";
        assert_eq!(normalise(text), expected);
    }

    #[test]
    fn what_a_report_measured_is_evened_out() {
        assert_eq!(normalise("   got            103.95864ms"), "   got            104.1ms");
        assert_eq!(normalise("   got            -3.499914 s"), "   got            -3.5 s");
        assert_eq!(normalise("+3.5 s, give or take 0.051 s"), "+3.5 s, give or take 0.050 s");
        assert_eq!(normalise("   got            -4.5 s"), "   got            -4.5 s");
    }

    #[test]
    fn the_time_at_the_end_of_a_datagram_is_left_out() {
        let text = r##"│◀─ datagram "#\x00…xb2x\xb2\xda" ──│      0.3 ms"##;
        let expected = r##"│◀─ datagram "#\x00… (the time) " ──│      0.3 ms"##;
        assert_eq!(normalise(text), expected);
    }

    #[test]
    fn a_port_among_arguments_is_a_port() {
        let text = "$ client 127.0.0.1 45678 --size 45679\n$ client localhost 45680 -p 45678";
        let expected = "$ client 127.0.0.1 50001 --size 45679\n$ client localhost 50002 -p 50001";
        assert_eq!(normalise(text), expected);
    }

    #[test]
    fn sequence_numbers_keep_their_distances() {
        let text = "[S], seq 3911442337,\n[S.], seq 77777777, ack 3911442338,\n[.], ack 1";
        assert_eq!(normalise(text), "[S], seq 1000,\n[S.], seq 2000, ack 1001,\n[.], ack 1");
    }

    #[test]
    fn a_time_becomes_the_fixtures_time() {
        assert_eq!(normalise("SERVER TIME: 2026-11-21 03:30:00"), "SERVER TIME: 2025-01-20 14:30:45");
        assert_eq!(normalise("| 2026-11-21T03:30:00.000001Z\n"), "| 2025-01-20T14:30:45.123456Z\n");
        let captured = "| 10.77.0.1 2025-01-20T14:31:15.000000Z 3\n";
        assert_eq!(normalise(captured), captured);
    }

    #[test]
    fn of_an_offset_and_a_delay_the_tenths_of_a_second_stay() {
        let text = "server time: 2026-11-21T03:30:00.000001Z\noffset: +3.299871 s\ndelay: 0.401834 s\n";
        let expected = "server time: 2025-01-20T14:30:45.123456Z\noffset: +3.300041 s\ndelay: 0.400210 s\n";
        assert_eq!(normalise(text), expected);
    }

    #[test]
    fn windows_and_options_are_left_out() {
        let text = "[S], seq 1, win 65495, options [mss 65495,sackOK,TS val 1 ecr 0], length 0";
        assert_eq!(normalise(text), "[S], seq 1, length 0");
    }

    #[test]
    fn counts_at_the_end_of_a_capture_are_left_out() {
        let text =
            "| a\n| 5 packets captured\n| 1 packet received by filter\n| 0 packets dropped by kernel\n| b\n";
        assert_eq!(normalise(text), "| a\n| b\n");
    }

    #[test]
    fn of_a_median_only_its_size_is_kept() {
        assert_eq!(normalise("p50=47.6 ms\np50=1.3 ms"), "p50=44.0 ms\np50=0.0 ms");
    }

    #[test]
    fn of_what_buffers_hold_the_order_of_magnitude_is_kept() {
        assert_eq!(normalise("after 57344 bytes sent"), "after 49152 bytes sent");
        assert_eq!(normalise("after 6701056 bytes sent"), "after 8173568 bytes sent");
        assert_eq!(normalise("after 32 bytes sent"), "after 32 bytes sent");
    }

    #[test]
    fn process_ids_are_counted() {
        assert_eq!(normalise("pid=4711,fd=3 pid=9 pid=4711"), "pid=101,fd=3 pid=102 pid=101");
    }
}
