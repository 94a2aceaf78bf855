use std::fs;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};

use super::*;

/// The course itself.
fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The names of the book's figures.
fn names() -> Vec<String> {
    let entries = fs::read_dir(course().join(FOLDER)).unwrap();
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

fn html(root: &Path, name: &str) -> String {
    draw(root, name).map_or_else(|error| panic!("{error:#}"), |figure| figure.html(name))
}

/// A course with the real captures and figures, to be changed.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in [FOLDER, "fixtures/pcaps", "fixtures/hex"] {
        fs::create_dir_all(folder.path().join(part)).unwrap();
        for entry in fs::read_dir(course().join(part)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(part).join(entry.file_name())).unwrap();
        }
    }
    folder
}

fn edit(root: &Path, path: &str, from: &str, to: &str) {
    let path = root.join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{} has no `{from}`", path.display());
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn texts<'a>(document: &'a Document<'a>) -> Vec<&'a str> {
    document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect()
}

#[test]
fn every_figure_of_the_book_is_one_block_of_well_formed_html_with_names_for_those_who_listen() {
    for name in names() {
        let html = html(&course(), &name);
        assert!(!html.contains("\n\n"), "{name}");
        let document = Document::parse(&html).unwrap_or_else(|error| panic!("{name}: {error}"));
        let named = |tag: &str| document.descendants().find(|node| node.has_tag_name(tag)).unwrap();
        let svg = named("svg");
        assert_eq!(svg.attribute("role"), Some("img"), "{name}");
        assert_eq!(svg.attribute("aria-labelledby"), named("title").attribute("id"), "{name}");
        assert_eq!(svg.attribute("aria-describedby"), named("desc").attribute("id"), "{name}");
        assert!(named("desc").text().is_some_and(|text| text.ends_with('.')), "{name}");
        assert!(document.descendants().any(|node| node.attribute("tabindex") == Some("0")), "{name}");
    }
}

#[test]
fn every_text_of_every_figure_lies_within_its_drawing() {
    for name in names() {
        let html = html(&course(), &name);
        let document = Document::parse(&html).unwrap();
        let svg = document.descendants().find(|node| node.has_tag_name("svg")).unwrap();
        let size: Vec<i32> =
            svg.attribute("viewBox").unwrap().split(' ').map(|number| number.parse().unwrap()).collect();
        let number = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<i32>().unwrap();
        for node in svg.children().filter(|node| node.has_tag_name("text")) {
            let text = node.text().unwrap_or_default();
            let class = node.attribute("class").unwrap();
            let is_mono = class.contains("value") || class.contains("bytes");
            let width = match class {
                "name" => svg::name_width(text),
                _ if is_mono => svg::mono_width(text),
                _ => svg::sans_width(text),
            };
            let start = match node.attribute("text-anchor") {
                Some("end") => number(node, "x") - width,
                Some("middle") => number(node, "x") - width / 2,
                _ => number(node, "x"),
            };
            assert!(start >= -1 && start + width <= size[2] + 1, "{name}: `{text}` from {start}");
            assert!((0..=size[3]).contains(&number(node, "y")), "{name}: `{text}`");
        }
    }
}

#[test]
fn another_byte_of_the_capture_is_another_header() {
    let folder = copy();
    // The file's header, the frame's, then Ethernet's, IPv4's, and the second byte of TCP's destination port.
    const AT: usize = 24 + 16 + 14 + 20 + 3;
    let path = folder.path().join("fixtures/pcaps/handshake_4way.pcap");
    let mut capture = fs::read(&path).unwrap();
    let before = html(folder.path(), "tcp-header");
    assert!(texts(&Document::parse(&before).unwrap()).contains(&"9999"), "{before}");
    capture[AT] ^= 1;
    fs::write(&path, &capture).unwrap();
    let after = html(folder.path(), "tcp-header");
    let document = Document::parse(&after).unwrap();
    assert!(texts(&document).contains(&"9998") && !texts(&document).contains(&"9999"), "{after}");
    assert!(after.contains("<td>9998</td>") && !after.contains("9999"), "{after}");
}

#[test]
fn another_byte_of_the_capture_is_another_sequence() {
    let folder = copy();
    let path = folder.path().join("fixtures/pcaps/handshake_4way.pcap");
    let capture = fs::read(&path).unwrap();
    let isn = capture.windows(4).position(|bytes| bytes == [0x1a, 0x2b, 0x3c, 0x4d]).unwrap();
    assert!(html(folder.path(), "tcp-connection").contains("(0x1a2b3c4d)"));
    let mut changed = capture.clone();
    changed[isn] = 0xff;
    fs::write(&path, &changed).unwrap();
    let after = html(folder.path(), "tcp-connection");
    assert!(after.contains("(0xff2b3c4d)"), "{after}");
    // What the server's answer acknowledges, seen from there: 0x1a2b3c4e - 0xff2b3c4d.
    assert_eq!(after.matches("ack=452984833").count(), 2, "in picture and text: {after}");
    // The flags of the same SYN: without it nobody leaves the first state.
    let mut changed = capture;
    changed[isn + 9] = 0;
    fs::write(&path, &changed).unwrap();
    let after = html(folder.path(), "tcp-connection");
    assert!(after.contains("no flags") && !after.contains("SYN-SENT"), "{after}");
}

#[test]
fn a_sequence_tells_each_frame_as_the_ladders_do_and_each_state_that_follows() {
    let root = course();
    let html = html(&root, "tcp-connection");
    let capture = capture::Capture::open(&root, "pcaps/handshake_4way.pcap").unwrap();
    let mut flows = wire::Flows::new();
    let mut at = 0;
    for frame in capture.frames() {
        let told = flows.summary(&wire::decode(&frame.bytes));
        at += html[at..].find(&told).unwrap_or_else(|| panic!("{told} in {html}"));
    }
    let document = Document::parse(&html).unwrap();
    let states: Vec<&str> = document
        .descendants()
        .filter(|node| node.attribute("class").is_some_and(|class| class.starts_with("state")))
        .filter_map(|node| node.text())
        .collect();
    let expected = [
        "closed",
        "LISTEN",
        "SYN-SENT",
        "SYN-RECV",
        "ESTAB",
        "ESTAB",
        "FIN-WAIT-1",
        "CLOSE-WAIT",
        "FIN-WAIT-2",
        "TIME-WAIT",
        "LAST-ACK",
        "closed",
    ];
    assert_eq!(states, expected);
}

#[test]
fn what_a_figure_says_is_escaped() {
    let folder = copy();
    edit(folder.path(), "book/figures/udp-header.toml", "UDP: 8 bytes", "<b>UDP</b> & co");
    let html = html(folder.path(), "udp-header");
    assert!(html.contains("&lt;b&gt;UDP&lt;/b&gt; &amp; co") && !html.contains("<b>"), "{html}");
}

#[test]
fn an_error_names_the_file_and_the_key() {
    let fault = |name: &str, from: &str, to: &str| {
        let folder = copy();
        edit(folder.path(), &file(name), from, to);
        match draw(folder.path(), name) {
            Ok(_) => panic!("nothing was wrong"),
            Err(error) => format!("{error:#}"),
        }
    };
    let cases = [
        (
            "udp-header",
            "frame = 2",
            "frame = 7",
            "key `frame`: pcaps/layers.pcap has 6 frames, so none of number 7",
        ),
        ("udp-header", "[\"udp\"]", "[\"tcp\"]", "key `layers`: the frame has no TCP"),
        (
            "udp-header",
            "2:udp.length",
            "2:udp.size",
            "key `says`: `{2:udp.size}`: UDP has no field `size` here",
        ),
        (
            "udp-header",
            "pcaps/layers",
            "hidden/pcaps/reset",
            "key `capture`: hidden/pcaps/reset.pcap is for hidden checks",
        ),
        ("udp-header", "frame = 2", "fram = 2", "line 5, `fram = 2`: unknown field `fram`, expected one of "),
        (
            "udp-header",
            "kind = \"header\"",
            "kind = \"head\"",
            "line 1, `kind = \"head\"`: unknown variant `head`",
        ),
        ("tcp-header", "\"tcp.flags\"", "\"tcp.flag\"", "key `mark`: TCP has no field `flag` here"),
        (
            "tcp-connection",
            "10.77.0.2",
            "10.77.0.3",
            "key `lifeline`: frame 1: no lifeline is at 02:00:0a:4d:00:02 or 10.77.0.2",
        ),
        ("tcp-connection", "frame = 7", "frame = 10", "key `note`: frame 10 is not shown"),
        ("tcp-connection", "tcp-states\"", "states\"", "key `states`: "),
        ("tcp-connection", "\"LISTEN\"", "\"LISTENS\"", "key `state`: no state is called `LISTENS`"),
        ("tcp-connection", "states = \"tcp-states\"", "", "key `state`: it needs `states`"),
        ("frames", "[2, 10, 14]", "[2, 10, 17]", "key `cuts`: no piece from byte 10 to byte 17"),
    ];
    for (name, from, to, expected) in cases {
        let told = fault(name, from, to);
        let wanted = format!("book/figures/{name}.toml: {expected}");
        assert!(told.starts_with(&wanted), "{told}\ninstead of\n{wanted}");
    }
}

/// Relative luminance of `#rrggbb` (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
    let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(part(1)) + 0.7152 * linear(part(3)) + 0.0722 * linear(part(5))
}

#[test]
fn text_is_readable_on_light_and_on_dark_pages() {
    let css = fs::read_to_string(course().join("book/theme/wirelab.css")).unwrap();
    let colours = |name: &str| -> Vec<String> {
        let (wanted, lines) = (format!("--figure-{name}: "), css.lines().map(str::trim));
        lines
            .filter_map(|line| line.strip_prefix(&wanted))
            .map(|rest| rest.trim_end_matches(';').into())
            .collect()
    };
    for (texts, grounds, least) in [
        // WCAG 2.2 §1.4.3 for text, §1.4.11 for lines
        (&["ink", "quiet", "accent"][..], &["paper", "field", "marked"][..], 4.5),
        (&["line", "wrong"], &["paper"], 3.0),
    ] {
        for (text, ground) in texts.iter().flat_map(|text| grounds.iter().map(move |ground| (text, ground))) {
            let (text_colours, ground_colours) = (colours(text), colours(ground));
            assert_eq!((text_colours.len(), ground_colours.len()), (2, 2), "a light and a dark one");
            for (a, b) in text_colours.iter().zip(&ground_colours) {
                let (a, b) = (luminance(a), luminance(b));
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= least, "{text} on {ground}: {contrast:.1}");
            }
        }
    }
}
