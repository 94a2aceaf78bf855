//! What the headers of a frame hold, field by field: names, bits and the values that are there.

mod format;
mod locate;
mod value;

use anyhow::{Context, Result, bail, ensure};

pub(super) use format::names;

/// One layer of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layer {
    /// What it is called in a figure's file: `tcp`.
    pub(super) name: &'static str,
    /// What people call it: `TCP`.
    pub(super) title: &'static str,
    pub(super) rows: Vec<Row>,
}

/// Fields that stand side by side, 32 bits of them; or one field that is longer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The first byte, counted from the layer's beginning.
    pub(super) offset: usize,
    pub(super) bytes: Vec<u8>,
    pub(super) fields: Vec<Field>,
}

/// One field and its value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// As the protocol's standard calls it.
    pub(super) name: &'static str,
    /// What fits where its bits are drawn.
    pub(super) short: &'static str,
    pub(super) bits: usize,
    pub(super) value: String,
}

impl Layer {
    /// The frame's layer of that name, a key of `format.rs`.
    pub(super) fn of(frame: &[u8], name: &str) -> Result<Self> {
        let format = format::named(name)
            .with_context(|| format!("no layer is called `{name}`; there are {}", names().join(", ")))?;
        let bytes = locate::locate(frame, format.name)
            .with_context(|| format!("the frame has no {}", format.title))?;
        let mut rows = Vec::new();
        let mut at = 0;
        for fields in format.rows {
            let end = at + fields.iter().map(|field| field.bits).sum::<usize>() / 8;
            let piece = bytes.get(at..end).with_context(|| format!("{} is cut off", format.title))?;
            rows.push(Row { offset: at, bytes: piece.to_vec(), fields: read(fields, piece) });
            at = end;
        }
        let rest = &bytes[at..];
        if !rest.is_empty() {
            let name = format.rest.with_context(|| format!("{} is too long", format.title))?;
            let field = Field { name, short: name, bits: rest.len() * 8, value: value::of_rest(rest) };
            rows.push(Row { offset: at, bytes: rest.to_vec(), fields: vec![field] });
        }
        ensure!(!rows.is_empty(), "the frame has no {}", format.title);
        Ok(Self { name: format.name, title: format.title, rows })
    }

    /// The value of the field of that name.
    pub(super) fn value(&self, name: &str) -> Result<&str> {
        let mut fields = self.rows.iter().flat_map(|row| &row.fields);
        match fields.find(|field| field.name == name) {
            Some(field) => Ok(&field.value),
            None => bail!("{} has no field `{name}` here", self.title),
        }
    }
}

/// Takes a row's fields out of its bytes.
fn read(fields: &[format::Field], bytes: &[u8]) -> Vec<Field> {
    let mut from = 0;
    let taken = fields.iter().map(|field| {
        let value = value::of(field.kind, bytes, from, field.bits);
        from += field.bits;
        Field { name: field.name, short: field.short, bits: field.bits, value }
    });
    taken.collect()
}

#[cfg(test)]
mod tests;
