//! The same bytes twice: as frames with a length in front, and in the pieces in which they arrive.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::svg::{Anchor, Svg};
use super::{Figure, at_key, table};
use crate::site::read;
use wire::bytes::escape;

/// `kind = "stream"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    #[serde(rename = "kind")]
    _kind: String,
    title: String,
    says: String,
    /// Hex pairs, below `fixtures/`: a frame a line, a length of four bytes and as many bytes. `#` begins a comment.
    frames: String,
    /// How many of its frames are shown.
    count: usize,
    /// After how many bytes the stream is cut.
    cuts: Vec<usize>,
}

pub(super) fn draw(root: &Path, described: Description) -> Result<Figure> {
    let frames = at_key("frames", load(root, &described.frames))?;
    let shown = at_key(
        "count",
        frames.get(..described.count).with_context(|| format!("there are {} frames", frames.len())),
    )?;
    let pieces = at_key("cuts", cut(&shown.concat(), &described.cuts))?;
    let (svg, size) = picture(shown, &pieces);
    let rows = |of: &'static str, parts: &[Vec<u8>]| {
        parts.iter().map(|bytes| [of.to_owned(), hex(bytes)]).collect::<Vec<_>>()
    };
    let text = table(["", "bytes"], [rows("a frame", shown), rows("a piece", &pieces)].concat());
    Ok(Figure {
        title: described.title,
        says: described.says,
        source: Some(format!("Bytes of fixtures/{}", described.frames)),
        svg,
        size,
        text,
    })
}

/// Bytes of a frame's header.
const HEADER: usize = 4;

fn load(root: &Path, path: &str) -> Result<Vec<Vec<u8>>> {
    ensure!(!path.starts_with("hidden") && !path.contains(".."), "{path} is not for the book");
    let text = read(&root.join("fixtures").join(path))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let frames = lines.map(|line| {
        let pairs = line.split_whitespace().map(|pair| u8::from_str_radix(pair, 16));
        let frame: Vec<u8> =
            pairs.collect::<Result<_, _>>().with_context(|| format!("in {path}: `{line}`"))?;
        let (length, payload) = frame
            .split_first_chunk::<HEADER>()
            .with_context(|| format!("in {path}: `{line}` is too short"))?;
        let stated = usize::try_from(u32::from_be_bytes(*length))?;
        ensure!(stated == payload.len(), "in {path}: `{line}` states a length of {stated}");
        Ok(frame)
    });
    frames.collect()
}

fn cut(stream: &[u8], cuts: &[usize]) -> Result<Vec<Vec<u8>>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for &to in cuts.iter().chain([&stream.len()]) {
        let piece = stream.get(from..to).filter(|piece| !piece.is_empty());
        pieces.push(piece.with_context(|| format!("no piece from byte {from} to byte {to}"))?.to_vec());
        from = to;
    }
    Ok(pieces)
}

/// Pixels of a byte, of a box's height, and between the parts of a line.
const BYTE: i32 = 19;
const BOX: i32 = 30;
const GAP: i32 = 4;
/// Pixels left of all, because what stands below a narrow box is wider than it.
const LEFT: i32 = 5;

fn picture(frames: &[Vec<u8>], pieces: &[Vec<u8>]) -> (Svg, (i32, i32)) {
    let mut svg = Svg::default();
    svg.text((0, 14), Anchor::Start, "name", &format!("what was written: {} frames", frames.len()));
    svg.text((0, 104), Anchor::Start, "name", &format!("what arrived: {} pieces", pieces.len()));
    let mut x = LEFT;
    for frame in frames {
        let (header, payload) = frame.split_at(HEADER.min(frame.len()));
        draw_bytes(&mut svg, (x, 24), header, "field marked");
        let length = format!("length {}", payload.len());
        svg.text((x + width(header) / 2, 70), Anchor::Middle, "small", &length);
        x += width(header);
        if !payload.is_empty() {
            draw_bytes(&mut svg, (x, 24), payload, "field");
            svg.text((x + width(payload) / 2, 70), Anchor::Middle, "small", &escape(payload));
            x += width(payload);
        }
        x += GAP;
    }
    let right = x;
    // Bytes stand below themselves, so a gap between pieces is as wide as one between frames.
    let mut x = LEFT;
    for piece in pieces {
        draw_bytes(&mut svg, (x, 114), piece, "field");
        let told = if piece.len() == 1 { "1 byte".to_owned() } else { format!("{} bytes", piece.len()) };
        svg.text((x + width(piece) / 2, 160), Anchor::Middle, "small", &told);
        x += width(piece) + GAP;
    }
    (svg, (right.max(x), 168))
}

fn draw_bytes(svg: &mut Svg, (x, y): (i32, i32), bytes: &[u8], class: &str) {
    svg.rect((x, y), (width(bytes), BOX), class);
    let mut middle = x + BYTE / 2;
    for byte in bytes {
        svg.text((middle, y + BOX / 2 + 4), Anchor::Middle, "value", &format!("{byte:02x}"));
        middle += BYTE;
    }
}

fn width(bytes: &[u8]) -> i32 {
    bytes.iter().fold(0, |width, _| width + BYTE)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
