//! Parquet of a table: one row group, one page for each column, no compression but dictionaries of words and runs of equal ones.
//!
//! By the format's specification (parquet-format 2.10), of which a writer of three types needs little; polars' own feature compiles
//! polars anew with 23 crates more, four of them in C. Absent: statistics, bit packing, nesting, a reader.

use std::collections::HashMap;

use super::{Cells, Column};

/// Types of Parquet's values.
const INT64: i64 = 2;
const DOUBLE: i64 = 5;
const BYTE_ARRAY: i64 = 6;

/// Encodings.
const PLAIN: i64 = 0;
const RLE: i64 = 3;
const RLE_DICTIONARY: i64 = 8;

const MAGIC: &[u8; 4] = b"PAR1";

/// The file of columns of one length.
pub(super) fn bytes(columns: &[Column], n_rows: usize) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    let chunks: Vec<Thrift> = columns.iter().map(|column| chunk(column, &mut out)).collect();
    let size = out.len() as i64 - MAGIC.len() as i64;
    let root = Thrift::default().text(4, "schema").number(5, Wide::I32, columns.len() as i64);
    let schema = std::iter::once(root).chain(columns.iter().map(element)).collect();
    let group = Thrift::default().structs(1, chunks).number(2, Wide::I64, size).number(3, Wide::I64, n_rows as i64);
    let groups = if n_rows == 0 { Vec::new() } else { vec![group] };
    let footer = Thrift::default().number(1, Wide::I32, 1).structs(2, schema).number(3, Wide::I64, n_rows as i64);
    let footer = footer.structs(4, groups).text(6, "thalweg").end();
    out.extend(&footer);
    out.extend((footer.len() as u32).to_le_bytes());
    out.extend(MAGIC);
    out
}

fn kind(cells: &Cells) -> i64 {
    match cells {
        Cells::Text(_) => BYTE_ARRAY,
        Cells::Int(_) => INT64,
        Cells::Float(_) => DOUBLE,
    }
}

/// A column in the schema; every cell may be empty.
fn element(column: &Column) -> Thrift {
    let plain = Thrift::default().number(1, Wide::I32, kind(&column.cells)).number(3, Wide::I32, 1).text(4, &column.name);
    match &column.cells {
        Cells::Text(_) => plain.number(6, Wide::I32, 0).inner(10, Thrift::default().inner(1, Thrift::default())),
        _ => plain,
    }
}

/// Appends a column's pages; what the footer says of them.
fn chunk(column: &Column, out: &mut Vec<u8>) -> Thrift {
    let start = out.len();
    let (n_rows, is_there): (usize, Vec<u32>) = match &column.cells {
        Cells::Text(v) => (v.len(), v.iter().map(|c| u32::from(c.is_some())).collect()),
        Cells::Int(v) => (v.len(), v.iter().map(|c| u32::from(c.is_some())).collect()),
        Cells::Float(v) => (v.len(), v.iter().map(|c| u32::from(c.is_some())).collect()),
    };
    let levels = runs(is_there.into_iter(), 1);
    let mut data = (levels.len() as u32).to_le_bytes().to_vec();
    data.extend(levels);
    let mut encoding = PLAIN;
    let mut dictionary = None;
    match &column.cells {
        Cells::Int(v) => data.extend(v.iter().flatten().flat_map(|v| v.to_le_bytes())),
        Cells::Float(v) => data.extend(v.iter().flatten().flat_map(|v| v.to_le_bytes())),
        Cells::Text(v) => {
            encoding = RLE_DICTIONARY;
            dictionary = Some(start as i64);
            let (mut words, mut places) = (Vec::new(), HashMap::new());
            let mut n_words = 0u32;
            let indices: Vec<u32> = v
                .iter()
                .flatten()
                .map(|word| {
                    *places.entry(word.as_str()).or_insert_with(|| {
                        words.extend((word.len() as u32).to_le_bytes());
                        words.extend(word.as_bytes());
                        n_words += 1;
                        n_words - 1
                    })
                })
                .collect();
            let header = Thrift::default().number(1, Wide::I32, i64::from(n_words)).number(2, Wide::I32, PLAIN);
            page(2, &words, |page| page.inner(7, header), out);
            let width = (u32::BITS - n_words.saturating_sub(1).leading_zeros()).max(1);
            data.push(width as u8);
            data.extend(runs(indices.into_iter(), width));
        }
    }
    let at = out.len() as i64;
    let header = Thrift::default().number(1, Wide::I32, n_rows as i64).number(2, Wide::I32, encoding);
    let header = header.number(3, Wide::I32, RLE).number(4, Wide::I32, RLE);
    page(0, &data, |page| page.inner(5, header), out);
    let size = (out.len() - start) as i64;
    let meta = Thrift::default().number(1, Wide::I32, kind(&column.cells)).numbers(2, &[encoding, PLAIN, RLE]);
    let meta = meta.texts(3, &[&column.name]).number(4, Wide::I32, 0).number(5, Wide::I64, n_rows as i64);
    let meta = meta.number(6, Wide::I64, size).number(7, Wide::I64, size).number(9, Wide::I64, at);
    let meta = match dictionary {
        Some(at) => meta.number(11, Wide::I64, at),
        None => meta,
    };
    Thrift::default().number(2, Wide::I64, start as i64).inner(3, meta)
}

/// Appends a page.
fn page(kind: i64, data: &[u8], rest: impl FnOnce(Thrift) -> Thrift, out: &mut Vec<u8>) {
    let size = data.len() as i64;
    let header = Thrift::default().number(1, Wide::I32, kind).number(2, Wide::I32, size).number(3, Wide::I32, size);
    out.extend(rest(header).end());
    out.extend(data);
}

/// Runs of equal values of so many bits.
fn runs(values: impl Iterator<Item = u32>, width: u32) -> Vec<u8> {
    let (mut out, mut run) = (Vec::new(), None::<(u32, u64)>);
    let mut close = |(value, n): (u32, u64)| {
        varint(n << 1, &mut out);
        out.extend(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
    };
    for value in values {
        run = match run {
            Some((same, n)) if same == value => Some((same, n + 1)),
            other => {
                other.map(&mut close);
                Some((value, 1))
            }
        };
    }
    run.map(&mut close);
    out
}

fn varint(mut v: u64, out: &mut Vec<u8>) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

/// A number's declared width; both are written alike.
#[derive(Clone, Copy)]
enum Wide {
    I32 = 5,
    I64 = 6,
}

/// Types of Thrift's compact protocol.
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A struct in Thrift's compact protocol, its fields in ascending order.
#[derive(Default)]
struct Thrift {
    bytes: Vec<u8>,
    last: u8,
}

impl Thrift {
    fn field(mut self, id: u8, kind: u8) -> Thrift {
        self.bytes.push(((id - self.last) << 4) | kind);
        self.last = id;
        self
    }

    fn number(self, id: u8, wide: Wide, v: i64) -> Thrift {
        let mut with = self.field(id, wide as u8);
        varint(zigzag(v), &mut with.bytes);
        with
    }

    fn text(self, id: u8, text: &str) -> Thrift {
        let mut with = self.field(id, BINARY);
        binary(text, &mut with.bytes);
        with
    }

    fn inner(self, id: u8, inner: Thrift) -> Thrift {
        let mut with = self.field(id, STRUCT);
        with.bytes.extend(inner.end());
        with
    }

    fn list(self, id: u8, kind: u8, n: usize) -> Thrift {
        let mut with = self.field(id, LIST);
        match n {
            0..15 => with.bytes.push((n as u8) << 4 | kind),
            _ => {
                with.bytes.push(0xf0 | kind);
                varint(n as u64, &mut with.bytes);
            }
        }
        with
    }

    fn structs(self, id: u8, all: Vec<Thrift>) -> Thrift {
        let mut with = self.list(id, STRUCT, all.len());
        all.into_iter().for_each(|one| with.bytes.extend(one.end()));
        with
    }

    fn numbers(self, id: u8, all: &[i64]) -> Thrift {
        let mut with = self.list(id, Wide::I32 as u8, all.len());
        all.iter().for_each(|v| varint(zigzag(*v), &mut with.bytes));
        with
    }

    fn texts(self, id: u8, all: &[&str]) -> Thrift {
        let mut with = self.list(id, BINARY, all.len());
        all.iter().for_each(|text| binary(text, &mut with.bytes));
        with
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn zigzag(v: i64) -> u64 {
    ((v << 1) ^ (v >> 63)) as u64
}

fn binary(text: &str, out: &mut Vec<u8>) {
    varint(text.len() as u64, out);
    out.extend(text.as_bytes());
}
