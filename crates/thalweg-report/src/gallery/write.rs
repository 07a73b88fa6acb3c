//! A gallery as files of a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Gallery, picture, table};
use crate::error::ReportError;
use crate::files;
use crate::html;
use crate::place::{clear, place};

/// Writes the page, the table of all checks and the figures into a folder; each file whole or not at all. Pictures of an earlier gallery
/// do not stay.
pub fn write(dir: &Path, gallery: &Gallery) -> Result<(), ReportError> {
    for entry in &gallery.entries {
        for shown in &entry.figures {
            place(&dir.join(picture(entry, shown)), &shown.png)?;
        }
    }
    table(gallery)?.write_csv(&dir.join(files::CLAIMS))?;
    place(&dir.join(files::INDEX), html::gallery(gallery)?.as_bytes())?;
    clear(dir);
    let shown: BTreeSet<String> = gallery.entries.iter().flat_map(|e| e.figures.iter().map(|f| picture(e, f))).collect();
    for name in fs::read_dir(dir)?.filter_map(|e| e.ok()?.file_name().into_string().ok()) {
        if name.ends_with(".png") && !shown.contains(&name) {
            fs::remove_file(dir.join(name))?;
        }
    }
    Ok(())
}
