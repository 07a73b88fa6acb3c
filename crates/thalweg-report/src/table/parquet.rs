//! Parquet of a table: one row group, dictionaries of words, no compression.
//!
//! Through Apache's `parquet` without Arrow: the feature of polars' own brings four libraries in C.

use std::sync::Arc;

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::Cells;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Int,
    Float,
}

/// The file of columns of one length, each asked for when its turn comes; the same bytes for the same table.
pub(super) fn bytes(columns: &[(String, Kind)], cells: impl Fn(usize) -> Result<Cells, ParquetError>) -> Result<Vec<u8>, ParquetError> {
    let fields = columns.iter().map(|(name, kind)| field(name, *kind).map(Arc::new)).collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
    // The library's own version is no part of a run.
    let properties = WriterProperties::builder().set_created_by("thalweg".into()).build();
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for place in 0..columns.len() {
        let to = group.next_column()?.ok_or_else(|| ParquetError::General("fewer columns than fields".into()))?;
        match &cells(place)? {
            Cells::Text(cells) => write::<ByteArrayType, _>(to, cells, |text| ByteArray::from(text.as_str()))?,
            Cells::Int(cells) => write::<Int64Type, _>(to, cells, |v| *v)?,
            Cells::Float(cells) => write::<DoubleType, _>(to, cells, |v| *v)?,
        }
    }
    group.close()?;
    writer.close()?;
    Ok(out)
}

/// A column in the schema; every cell may be empty.
fn field(name: &str, kind: Kind) -> Result<Type, ParquetError> {
    let (physical, converted) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
        Kind::Int => (Physical::INT64, ConvertedType::NONE),
        Kind::Float => (Physical::DOUBLE, ConvertedType::NONE),
    };
    let builder = Type::primitive_type_builder(name, physical);
    builder.with_repetition(Repetition::OPTIONAL).with_converted_type(converted).build()
}

fn write<T: DataType, C>(mut to: SerializedColumnWriter<'_>, cells: &[Option<C>], value: impl Fn(&C) -> T::T) -> Result<(), ParquetError> {
    let is_there: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.iter().flatten().map(value).collect();
    to.typed::<T>().write_batch(&values, Some(&is_there), None)?;
    to.close()
}
