//! Headers of one frame: names and values of their fields, and beside each row its bytes.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::capture::Capture;
use super::layer::{Field, Layer, Row};
use super::svg::{Anchor, Svg, mono_width};
use super::words::fill;
use super::{Figure, at_key, table};

/// `kind = "header"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    #[serde(rename = "kind")]
    _kind: String,
    title: String,
    says: String,
    /// Below `fixtures/`.
    capture: String,
    /// The frame's number, counted from 1.
    frame: usize,
    /// From top to bottom; `layer/format.rs` lists them.
    layers: Vec<String>,
    /// Fields to point out, as `LAYER.FIELD`.
    #[serde(default)]
    mark: Vec<String>,
}

pub(super) fn draw(root: &Path, described: Description) -> Result<Figure> {
    let capture = at_key("capture", Capture::open(root, &described.capture))?;
    let frame = at_key("frame", capture.frame(described.frame))?;
    let layers = described.layers.iter().map(|name| Layer::of(&frame.bytes, name));
    let layers = at_key("layers", layers.collect::<Result<Vec<_>>>())?;
    at_key("mark", described.mark.iter().try_for_each(|mark| check(mark, &layers)))?;
    let (svg, size) = picture(&layers, &described.mark);
    Ok(Figure {
        title: at_key("title", fill(&described.title, &capture))?,
        says: at_key("says", fill(&described.says, &capture))?,
        source: Some(format!("Frame {} of fixtures/{}", described.frame, described.capture)),
        svg,
        size,
        text: layers.iter().map(as_table).collect(),
    })
}

fn check(mark: &str, layers: &[Layer]) -> Result<()> {
    let (layer, field) = mark.split_once('.').with_context(|| format!("`{mark}` is not LAYER.FIELD"))?;
    match layers.iter().find(|shown| shown.name == layer) {
        Some(shown) => shown.value(field).map(|_| ()),
        None => bail!("`{mark}`: the figure shows no layer `{layer}`"),
    }
}

/// Pixels: left of the fields, for a bit, between the fields and the bytes.
const OFFSETS: i32 = 22;
const BIT: i32 = 9;
const GAP: i32 = 10;
/// Bits, and bytes, of a row.
const WORD: usize = 32;
const WORD_BYTES: usize = WORD / 8;
/// Pixels of a row, of a line of bytes, and of what stands over a layer.
const ROW: i32 = 38;
const LINE: i32 = 16;
const TITLE: i32 = 28;

fn picture(layers: &[Layer], marks: &[String]) -> (Svg, (i32, i32)) {
    let mut svg = Svg::default();
    let mut y = 0;
    for layer in layers {
        let bytes: usize = layer.rows.iter().map(|row| row.bytes.len()).sum();
        svg.text((OFFSETS, y + 19), Anchor::Start, "name", &format!("{}, {bytes} bytes", layer.title));
        y += TITLE;
        for row in &layer.rows {
            y +=
                draw_row(&mut svg, y, row, |field| marks.contains(&format!("{}.{}", layer.name, field.name)));
        }
        y += GAP;
    }
    let bytes = mono_width(&hex(&[0; WORD_BYTES]));
    (svg, (OFFSETS + pixels(WORD) + GAP + bytes, y))
}

/// Draws a row with its upper edge at `y`; its height.
fn draw_row(svg: &mut Svg, y: i32, row: &Row, is_marked: impl Fn(&Field) -> bool) -> i32 {
    let lines: Vec<String> = row.bytes.chunks(WORD_BYTES).map(hex).collect();
    let of_lines = lines.iter().fold(0, |height, _| height + LINE);
    let height = ROW.max(of_lines + 6);
    svg.text((OFFSETS - 5, y + height / 2 + 4), Anchor::End, "small", &row.offset.to_string());
    let mut x = OFFSETS;
    for field in &row.fields {
        let width = pixels(field.bits.min(WORD));
        let class = if is_marked(field) { "field marked" } else { "field" };
        svg.rect((x, y), (width, height), class);
        let middle = y + height / 2;
        svg.text((x + width / 2, middle - 5), Anchor::Middle, "small", field.short);
        svg.text((x + width / 2, middle + 11), Anchor::Middle, "value", &fitting(field, row, width));
        x += width;
    }
    let mut line_y = y + (height - of_lines) / 2 + 12;
    for line in &lines {
        svg.text((OFFSETS + pixels(WORD) + GAP, line_y), Anchor::Start, "bytes", line);
        line_y += LINE;
    }
    height
}

/// The value, or if it has no room (as four flags have none) the byte itself.
fn fitting(field: &Field, row: &Row, width: i32) -> String {
    if mono_width(&field.value) <= width || field.bits != 8 {
        return field.value.clone();
    }
    let before = row.fields.iter().take_while(|each| each.name != field.name);
    let at = before.map(|field| field.bits).sum::<usize>() / 8;
    row.bytes.get(at).map_or_else(String::new, |byte| format!("0x{byte:02x}"))
}

fn pixels(bits: usize) -> i32 {
    i32::try_from(bits).map_or(i32::MAX, |bits| bits * BIT)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn as_table(layer: &Layer) -> String {
    let rows = layer.rows.iter().flat_map(|row| {
        row.fields.iter().enumerate().map(|(at, field)| {
            let (byte, bytes) =
                if at == 0 { (row.offset.to_string(), hex(&row.bytes)) } else { Default::default() };
            [byte, bytes, field.name.to_owned(), field.value.clone()]
        })
    });
    format!("<p>{}</p>{}", layer.title, table(["byte", "bytes", "field", "value"], rows))
}
