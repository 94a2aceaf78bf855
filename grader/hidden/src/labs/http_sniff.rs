//! Lab 22, hidden half: overhears HTTP requests.

use std::ops::Range;

use checks::labs::http_sniff::{HELLO, START, Visit, hear, hear_frames, listen, random_url, request};
use checks::{Bench, CAPTURE_START, Check, Fault, Lab, PATIENCE, check, ensure, expect_lines, hex};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::http_sniff::LAB.with(include_str!("../../signatures/http-sniff.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("survives-what-is-no-request", 6, survives_what_is_no_request)
        .stage(4)
        .says("cut frames, headers that lie, TLS and noise give no line and no panic")
        .reads("Build it, stage 2: segments, and their order")
        .hints([
            "What does your code do with a frame of 40 bytes, or with a header that says it has 60 bytes?",
            "Every length in a packet is a claim. Take slices with `get`, which answers `None` where there is nothing.",
            "let segment = packet.get(ip_header..min(total_length, packet.len()))?; let payload = segment.get(tcp_header..)?",
        ]),
    check("finds-data-behind-options-and-before-padding", 6, finds_data_behind_options)
        .stage(4)
        .says("options of IPv4 and TCP, and Ethernet's padding, are no data; a frame with a VLAN tag is passed over")
        .reads("Build it, stage 2: segments, and their order")
        .hints([
            "How long is an IPv4 header? And how do you know where the packet ends?",
            "Both headers state their length in units of four bytes; IPv4's total length says where the packet ends, and the frame may be longer.",
            "ip_header = 4 * ihl; tcp_header = 4 * data_offset; payload = frame[14 + ip_header + tcp_header .. 14 + total_length]",
        ]),
    check("joins-a-request-of-many-segments", 8, joins_a_request_of_many_segments)
        .stage(4)
        .says("a request in 2 or in 20 segments is one line with the right URL")
        .reads("Build it, stage 2: segments, and their order")
        .hints([
            "Where may TCP cut a request?",
            "Anywhere. So keep what has come of each flow, and ask after each segment whether a head is whole.",
            "flow.begun.extend(new); while let Some(request) = next_request(&mut flow.begun)? { … }",
        ]),
    check("puts-segments-into-order-and-drops-copies", 8, puts_segments_into_order)
        .stage(4)
        .says("whatever the order, and however often bytes come, the stream is the same; sequence numbers may wrap")
        .reads("Build it, stage 2: segments, and their order")
        .hints([
            "What does a sequence number tell you about bytes that you already have, and about those that you don't?",
            "Below the next number: known, cut it off. Above: keep it until the hole is filled. The difference of two numbers is taken modulo 2^32, as a signed number.",
            "ahead = seq.wrapping_sub(next) as i32; if ahead > 0 { keep } else { stream += data[-ahead..]; then those kept that begin at or before next }",
        ]),
    check("tells-each-of-several-requests-in-a-segment", 4, tells_pipelined_requests)
        .stage(4)
        .says("requests that come in one segment are told one by one, in their order")
        .reads("Build it, stage 3: a table of flows")
        .hints([
            "How many requests can one segment complete?",
            "A client may send its next request without waiting for an answer. Ask for heads until there is no whole one.",
            "loop { match next_request(&mut begun)? { Some(request) => requests.push(request), None => break } }",
        ]),
    check("reads-captures-of-every-kind", 4, reads_captures_of_every_kind)
        .stage(4)
        .says("pcap in both byte orders, with micro- or nanoseconds, gives lines and right times; what is not Ethernet is named")
        .reads("What could go wrong")
        .hints([
            "Who says in which byte order a file is written?",
            "A capture begins with a magic number that tells byte order and unit of time. labkit's reader knows them all.",
            "for frame in labkit::sniff::Frames::from_file(path)? { sniffer.hear(&frame?)? }",
        ]),
    check("keeps-no-more-than-max-flows", 4, keeps_no_more_than_max_flows)
        .stage(4)
        .wall_seconds(180)
        .says("40,000 flows with unfinished heads take 32 MiB at most; who talks is not forgotten")
        .reads("What could go wrong")
        .hints([
            "How many flows can somebody open who only pretends to be somebody?",
            "Beyond `--max-flows` the flow that was silent longest goes, with all that was kept of it. A head has a greatest length, too.",
            "flow.last = number of this segment; by_age: BTreeMap<number, key>; while flows.len() >= max { flows.remove(by_age.pop_first().key) }",
        ]),
];

fn survives_what_is_no_request(bench: &mut Bench) -> Result<(), Fault> {
    const GARBAGE: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/http_garbage.pcap");
    let heard = hear(bench, "http_garbage.pcap", GARBAGE, &[])?;
    heard.expect(&["HTTP 10.77.0.11:40095 -> 10.77.0.20:80 GET http://example.com/honest"])?;

    // Every beginning of a frame.
    const HEADERS: usize = 54;
    let visit = Visit::to_port(bench, 80);
    let (seq, payload) = (bench.random().u32(..), request("GET", "/", "cut.test"));
    let (client, server) = (visit.client(), visit.server());
    let frame = visit.segment(seq, &payload);
    let mut probe = bench.probe()?;
    for kept in 0..=frame.len() {
        let answer = if kept < HEADERS {
            "ok none".to_owned()
        } else {
            format!("ok {client} {server} {seq} {} {}", hex(&frame[HEADERS..kept]), frame.len() - kept)
        };
        probe.expect(&format!("dissect {}", hex(&frame[..kept])), &answer)?;
    }
    // What each of the two headers says of its own length, whatever it is.
    for (at, bits) in [(14, 0), (46, 4)] {
        for units in 0..16 {
            let mut lying = frame[..80].to_vec();
            lying[at] = (lying[at] & !(0x0f << bits)) | units << bits;
            probe.ask(&format!("dissect {}", hex(&lying)))?;
        }
    }
    // What can't become a request is not waited for.
    let endless = [b"GET / HTTP/1.1\r\nX: ".as_slice(), &[b'x'; 9_000]].concat();
    for stream in [b"\x16\x03\x01\x02".as_slice(), b"HTTP/1.1 200 OK\r\n", b"GET\0", b"GET\t/", &endless] {
        probe.expect(&format!("next {}", hex(stream)), "ok not http")?;
    }
    Ok(())
}

fn finds_data_behind_options(bench: &mut Bench) -> Result<(), Fault> {
    const PADDING_OPTIONS: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/http_padding_opts.pcap");
    let heard = hear(bench, "http_padding_opts.pcap", PADDING_OPTIONS, &[])?;
    heard.expect(&[
        "HTTP 10.77.0.11:40080 -> 10.77.0.20:80 GET http://example.com/padded",
        "HTTP 10.77.0.11:40081 -> 10.77.0.20:80 GET http://example.com/ip-options",
        "HTTP 10.77.0.11:40082 -> 10.77.0.20:80 GET http://example.com/tcp-options",
    ])
}

fn joins_a_request_of_many_segments(bench: &mut Bench) -> Result<(), Fault> {
    const TWENTY: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/http_split20.pcap");
    let heard = hear(bench, "http_split20.pcap", TWENTY, &[])?;
    heard.expect(&["HTTP 10.77.0.11:40050 -> 10.77.0.20:80 GET http://example.com/in/twenty/segments"])?;

    for pieces in [2, 2, 20] {
        let visit = Visit::to_port(bench, 80);
        let (path, host) = random_url(bench);
        let request = request("GET", &path, &host);
        let mut cuts: Vec<usize> = (1..request.len()).collect();
        bench.random().shuffle(&mut cuts);
        cuts.truncate(pieces - 1);
        cuts.extend([0, request.len()]);
        cuts.sort_unstable();
        let talk = visit.open(bench);
        let talk = cuts.windows(2).fold(talk, |talk, cut| talk.client_says(&request[cut[0]..cut[1]]));
        let frames = talk.server_says(HELLO).close().frames();
        hear_frames(bench, frames, &[])?.expect(&[visit.line("GET", &format!("http://{host}{path}"))])?;
    }
    Ok(())
}

fn puts_segments_into_order(bench: &mut Bench) -> Result<(), Fault> {
    const OUT_OF_ORDER: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/http_ooo_retx.pcap");
    let heard = hear(bench, "http_ooo_retx.pcap", OUT_OF_ORDER, &[])?;
    heard.expect(&[
        "HTTP 10.77.0.11:40060 -> 10.77.0.20:80 GET http://example.com/out/of/order",
        "HTTP 10.77.0.11:40060 -> 10.77.0.20:80 GET http://example.com/twice",
    ])?;

    // Any cut, any order, any copies and overlaps give the same bytes; here the numbers go over 2^32 in the middle.
    const LENGTH: usize = 120;
    // In the first order each part is the only one with some of its bytes: one begins with known bytes, one comes too early
    // and from behind 2^32.
    let mut orders = vec![(30..80, vec![(0, 10), (5, 30), (80, LENGTH), (30, 85)])];
    for _ in 0..3 {
        let mut parts: Vec<(usize, usize)> = (0..LENGTH).step_by(10).map(|at| (at, at + 10)).collect();
        for _ in 0..8 {
            let at = bench.random().usize(..LENGTH - 1);
            parts.push((at, bench.random().usize(at + 1..=LENGTH)));
        }
        bench.random().shuffle(&mut parts);
        orders.push((0..LENGTH as u32, parts));
    }
    let mut probe = bench.probe()?;
    for (before_2_32, parts) in orders {
        let stream = bench.random_bytes(LENGTH);
        let first = u32::MAX - bench.random().u32(before_2_32);
        probe.expect(&format!("stream {first}"), "ok")?;
        let mut got = String::new();
        for (from, to) in parts {
            let seq = first.wrapping_add(from as u32);
            let answer = probe.ask(&format!("push {seq} {}", hex(&stream[from..to])))?;
            let bytes = answer
                .strip_prefix("ok ")
                .ok_or_else(|| Fault::expected("`ok` and the bytes that are next").got(answer.clone()))?;
            got += bytes.trim_matches('-');
        }
        ensure(got == hex(&stream), || {
            Fault::expected("the whole stream, each byte once")
                .got_bytes(hex(&stream).as_bytes(), got.as_bytes())
        })?;
    }
    Ok(())
}

fn tells_pipelined_requests(bench: &mut Bench) -> Result<(), Fault> {
    const PIPELINED: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/http_pipelined.pcap");
    let heard = hear(bench, "http_pipelined.pcap", PIPELINED, &[])?;
    heard.expect(
        &["1", "2", "3"]
            .map(|path| format!("HTTP 10.77.0.11:40070 -> 10.77.0.20:80 GET http://example.com/{path}")),
    )?;

    let visit = Visit::to_port(bench, 80);
    let urls = [random_url(bench), random_url(bench)];
    let both = urls.each_ref().map(|(path, host)| request("GET", path, host)).concat();
    let frames = visit.open(bench).client_says(&both).server_says(HELLO).server_says(HELLO).close().frames();
    let lines = urls.map(|(path, host)| visit.line("GET", &format!("http://{host}{path}")));
    hear_frames(bench, frames, &[])?.expect(&lines)
}

fn reads_captures_of_every_kind(bench: &mut Bench) -> Result<(), Fault> {
    const BIG_ENDIAN: &[u8] = include_bytes!("../../../../fixtures/hidden/pcaps/http_be_nano.pcap");
    let heard = hear(bench, "http_be_nano.pcap", BIG_ENDIAN, &[])?;
    heard.expect(&["HTTP 10.77.0.11:40100 -> 10.77.0.20:80 GET http://example.com/big/endian"])?;

    const LINUX_COOKED: u32 = 113;
    let frames = Visit::to_port(bench, 80).open(bench).client_says(&request("GET", "/", "a.test")).frames();
    for (magic, is_big) in [(MICRO, false), (MICRO, true), (NANO, false), (NANO, true)] {
        let file = pcap(magic, is_big, ETHERNET, &frames);
        let text = listen(bench, "flavour.pcap", &file, &["--json"])?.code(0)?.stdout_text();
        ensure(text.contains(&format!("\"time\":\"{START}\"")), || {
            Fault::expected(format!("a request at {START}")).got(wire::bytes::quote(text.as_bytes(), 400))
        })?;
    }
    let cooked = listen(bench, "any.pcap", &pcap(MICRO, false, LINUX_COOKED, &frames), &[])?.code(1)?;
    let told = cooked.stderr_text();
    ensure(told.contains("not Ethernet") && told.contains("cooked"), || {
        Fault::expected("on stderr that the capture is not Ethernet, and what it is").got(told.clone())
    })
}

/// The magic numbers of pcap.
const MICRO: u32 = 0xa1b2_c3d4;
const NANO: u32 = 0xa1b2_3c4d;

/// What every capture of the course holds.
const ETHERNET: u32 = 1;

/// A pcap file of frames that were all seen at the captures' start.
fn pcap(magic: u32, is_big: bool, link_type: u32, frames: &[Vec<u8>]) -> Vec<u8> {
    let word = word(is_big);
    // Version 2.4, in two halves of a word.
    let version = word(if is_big { 0x0002_0004 } else { 0x0004_0002 });
    let mut file = [word(magic), version, word(0), word(0), word(65_535), word(link_type)].concat();
    file.extend(records(is_big, frames));
    file
}

/// The part of a pcap file behind its header.
fn records(is_big: bool, frames: &[Vec<u8>]) -> Vec<u8> {
    let seconds = CAPTURE_START.as_secs() as u32;
    let record = |frame: &Vec<u8>| {
        let length = frame.len() as u32;
        [&[seconds, 0, length, length].map(word(is_big)).concat(), frame.as_slice()].concat()
    };
    frames.iter().flat_map(record).collect()
}

/// A number as a pcap file of that byte order holds it.
fn word(is_big: bool) -> impl Fn(u32) -> [u8; 4] + Copy {
    move |number| if is_big { number.to_be_bytes() } else { number.to_le_bytes() }
}

fn keeps_no_more_than_max_flows(bench: &mut Bench) -> Result<(), Fault> {
    /// More than `--max-flows` is without being told.
    const FEW: u32 = 6_000;
    const MANY: u32 = 40_000;
    const MAX_GROWTH: u64 = 4 << 20;
    const MAX_PEAK: u64 = 32 << 20;
    /// So many strangers between two bytes of the one who is never silent for long.
    const BETWEEN: u32 = 500;
    let (path, host) = random_url(bench);
    let flood = Flood::new(&request("GET", &path, &host));
    let expected = [flood.visit.line("GET", &format!("http://{host}{path}"))];
    let (few, many) = (flood.frames(0..FEW, BETWEEN), flood.frames(FEW..MANY, BETWEEN));

    let (file, mut feed) = bench.feed("flood.pcap")?;
    bench.plays("sniffer");
    let program = bench.start("http-sniff", ["--read", &file])?;
    feed.write(&pcap(MICRO, false, ETHERNET, &few), &program)?;
    let early = program.facts().peak_resident()?;
    feed.write(&records(false, &many), &program)?;
    let peak = program.facts().peak_resident()?;
    drop(feed);

    let told = bench.end_of(program, PATIENCE)?.code(0)?.stdout_text();
    let requests: Vec<String> =
        told.lines().take_while(|line| line.starts_with("HTTP ")).map(str::to_owned).collect();
    expect_lines("lines before the summary", &expected, &requests)?;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    ensure(peak.saturating_sub(early) <= MAX_GROWTH && peak <= MAX_PEAK, || {
        Fault::expected(format!(
            "at most {} MiB of memory, and {} MiB more after {MANY} flows than after {FEW}",
            MAX_PEAK >> 20,
            MAX_GROWTH >> 20
        ))
        .got(format!("{:.1} MiB, {:.1} more", mib(peak), mib(peak.saturating_sub(early))))
    })
}

/// Strangers who begin a head and are never heard again, and one who asks byte by byte.
struct Flood {
    /// Of the one who asks.
    visit: Visit,
    asked: Vec<u8>,
    /// The frame of a stranger. Only their addresses differ: they are patched in, so its checksums are wrong, as those in a
    /// capture of one's own machine often are.
    stranger: Vec<u8>,
}

impl Flood {
    fn new(asked: &[u8]) -> Flood {
        let visit = Visit::between([10, 77, 0, 99], [10, 77, 0, 20], 80);
        let begun = [b"GET /begun HTTP/1.1\r\nX: ".as_slice(), &[b'x'; 276]].concat();
        let stranger = Visit::between([10, 77, 0, 98], [10, 77, 0, 20], 80).segment(7, &begun);
        Flood { visit, asked: asked.to_vec(), stranger }
    }

    /// The frames of strangers of these numbers, and before each `between` of them one byte of the request, as long as it
    /// lasts.
    fn frames(&self, strangers: Range<u32>, between: u32) -> Vec<Vec<u8>> {
        /// Where a frame has the address of who sent it.
        const SOURCE: Range<usize> = 26..30;
        let byte = |at: usize| Some(self.visit.segment(at as u32, self.asked.get(at..=at)?));
        strangers
            .flat_map(|number| {
                let mut stranger = self.stranger.clone();
                stranger[SOURCE].copy_from_slice(&(0xac10_0000 + number).to_be_bytes());
                let asked = number.is_multiple_of(between).then(|| byte((number / between) as usize));
                asked.flatten().into_iter().chain([stranger])
            })
            .collect()
    }
}
