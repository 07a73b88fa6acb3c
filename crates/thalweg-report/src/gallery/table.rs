//! All checks of a gallery in one table.

use super::Gallery;
use crate::claim::{Claim, checks};
use crate::error::ReportError;
use crate::table::{Column, Table};

/// One row per check, in the order of the gallery.
pub fn table(gallery: &Gallery) -> Result<Table, ReportError> {
    let (mut titles, mut files, mut natures) = (Vec::new(), Vec::new(), Vec::new());
    let mut claims: Vec<&Claim> = Vec::new();
    for row in gallery.sections().into_iter().flat_map(|section| section.rows) {
        for (entry, of_entry) in row.runs {
            for claim in of_entry {
                let n = claim.findings.len();
                titles.extend(vec![Some(row.title.clone()); n]);
                files.extend(vec![Some(entry.file.clone()); n]);
                natures.extend(vec![Some(claim.nature.name().to_string()); n]);
                claims.push(claim);
            }
        }
    }
    let mut columns = vec![Column::text("row", titles), Column::text("experiment", files)];
    columns.extend(checks(&claims));
    columns.push(Column::text("nature", natures));
    Table::new(columns)
}
