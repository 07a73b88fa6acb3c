//! Rows that differ in nothing but name, range and place: a macro for each shape.

/// A setting that is a number, read by a function, at a place in the trial.
macro_rules! number_row {
    ($path:literal, $doc:literal, $read:expr, $($place:ident).+) => {
        $crate::settings::Setting {
            path: $path,
            doc: $doc,
            column: $crate::settings::ColumnType::Float,
            get: |t| $crate::value::Value::Number(t.$($place).+),
            set: |t, v| {
                let read: fn(&$crate::value::Value) -> Result<f64, String> = $read;
                t.$($place).+ = read(v)?;
                Ok(())
            },
        }
    };
}

/// Likewise, or a word that stands for no number of one's own; a column of numbers alone where no word is swept.
macro_rules! number_or_word_row {
    ($path:literal, $doc:literal, $word:literal, $read:expr, $($place:ident).+) => {
        $crate::settings::Setting {
            path: $path,
            doc: $doc,
            column: $crate::settings::ColumnType::Float,
            get: |t| t.$($place).+.map_or($crate::value::Value::Text($word.into()), $crate::value::Value::Number),
            set: |t, v| {
                t.$($place).+ = $crate::settings::parse::or_word(v, $word, $read)?;
                Ok(())
            },
        }
    };
}

/// A setting that is an integer in a range.
macro_rules! integer_row {
    ($path:literal, $doc:literal, $low:literal, $high:literal, $($place:ident).+) => {
        $crate::settings::Setting {
            path: $path,
            doc: $doc,
            column: $crate::settings::ColumnType::Int,
            get: |t| $crate::value::Value::Int(t.$($place).+ as i64),
            set: |t, v| {
                t.$($place).+ = $crate::settings::parse::integer(v, $low, $high)?;
                Ok(())
            },
        }
    };
}

pub(super) use {integer_row, number_or_word_row, number_row};
