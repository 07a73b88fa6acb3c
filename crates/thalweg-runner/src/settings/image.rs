//! The settings under `image`: a picture and what its grey is.

use super::ColumnType::{Path, Text};
use super::Setting;
use super::parse::{named, path};
use crate::trial::Gray;
use crate::value::Value;

const GRAYS: &[(&str, Gray)] = &[("luminance", Gray::Luminance), ("luma", Gray::Luma)];

pub(super) static ROWS: &[Setting] = &[
    Setting {
        path: "image.gray",
        doc: "luminance (of linearised sRGB, BT.709) or luma (of the encoded channels, BT.601)",
        column: Text,
        get: |t| Value::Text(GRAYS.iter().find(|g| g.1 == t.image.gray).map_or("luminance", |g| g.0).into()),
        set: |t, v| {
            t.image.gray = named(v, "grey", GRAYS, |g| g.0)?.1;
            Ok(())
        },
    },
    Setting {
        path: "image.path",
        doc: "a PNG or JPEG, relative to the experiment's folder",
        column: Path,
        get: |t| Value::Text(t.image.path.clone()),
        set: |t, v| {
            t.image.path = path(v)?;
            Ok(())
        },
    },
];
