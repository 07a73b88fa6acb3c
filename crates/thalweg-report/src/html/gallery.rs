//! The gallery as one page: all rows with their claims and figures, a table of contents, a search.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Value, context};

use crate::claim::Claim;
use crate::error::ReportError;
use crate::gallery::{Entry, Gallery, Row, Shown, anchor};
use crate::html::{Layout, claims, render};

/// The page's parts.
const LAYOUT: Layout = Layout { template: include_str!("gallery.html"), script: include_str!("gallery.js") };

/// Renders the page.
pub fn gallery(gallery: &Gallery) -> Result<String, ReportError> {
    let tiles = gallery.tally();
    let sections: Vec<Value> = gallery
        .sections()
        .iter()
        .map(|s| context! { id => anchor(&s.title), title => &s.title, rows => s.rows.iter().map(row).collect::<Vec<_>>() })
        .collect();
    let unsupported: Vec<Value> = gallery
        .unsupported()
        .into_iter()
        .map(|(entry, claim)| {
            let row = claim.row.as_ref().unwrap_or(&entry.name);
            context! { id => anchor(row), row => row.split_whitespace().next(), claim => claims::one(claim), doubts => claims::findings(claim.doubts()) }
        })
        .collect();
    let (title, lead, notes, not_run) = (&gallery.title, &gallery.lead, &gallery.notes, &gallery.not_run);
    render(&LAYOUT, context! { title, lead, notes, tiles, sections, unsupported, not_run })
}

fn row(row: &Row<'_>) -> Value {
    let claims = row.runs.iter().flat_map(|(_, claims)| claims);
    let verdicts: Vec<&str> = claims.map(|c| c.verdict().name()).collect();
    let runs: Vec<Value> = row.runs.iter().map(|(entry, claims)| run(entry, claims)).collect();
    context! { id => anchor(&row.title), title => &row.title, verdicts => verdicts.join(";"), runs }
}

fn run(entry: &Entry, of: &[&Claim]) -> Value {
    let figures: Vec<Value> = Gallery::figures(entry, of).into_iter().map(figure).collect();
    context! { file => &entry.file, text => &entry.text, question => &entry.question, claims => claims::shown(of.iter().copied()), figures }
}

/// In the smaller of its two forms: decision regions are large as outlines.
fn figure(shown: &Shown) -> Value {
    let (svg, png) =
        if shown.svg.len() <= shown.png.len() * 4 / 3 { (Some(&shown.svg), None) } else { (None, Some(STANDARD.encode(&shown.png))) };
    context! { question => &shown.figure.question, caption => &shown.figure.caption, svg, png }
}

#[cfg(test)]
mod tests {
    use crate::gallery::tests::made_up;

    #[test]
    fn names_are_text_and_links_lead_somewhere() {
        let mut made = made_up();
        let page = super::gallery(&made).expect("a page");
        assert!(!page.contains("<b>?") && !page.contains("<img>") && page.contains("name = &quot;&lt;img&gt;&quot;"), "{page}");
        for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(page.contains(&format!("id=\"{target}\"")), "{target} is nowhere");
        }
        // Three bytes of PNG are smaller than the drawing.
        assert!(page.contains("base64,AQID") && !page.contains("<svg"));
        made.entries.iter_mut().flat_map(|e| &mut e.figures).for_each(|f| f.png = vec![0; 1000]);
        let page = super::gallery(&made).expect("a page");
        assert_eq!(page.matches("<svg").count(), 4, "one for each row of an experiment");
    }
}
