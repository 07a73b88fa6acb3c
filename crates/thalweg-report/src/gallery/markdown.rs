//! A gallery as one Markdown document.

use super::{Gallery, Row, anchor, picture};
use crate::claim::{Claim, Finding};

/// The document. `pictures` is the way from its folder to that of the figures, `root` to the folder that files are named from; both end
/// with `/` or are empty.
pub fn markdown(gallery: &Gallery, pictures: &str, root: &str) -> String {
    let mut text = format!("# {}\n\n{}\n", gallery.title, gallery.lead);
    for note in &gallery.notes {
        text += &format!("\n{note}\n");
    }
    text += "\n| verdict | claims |\n|---|---|\n";
    for (verdict, n) in gallery.tally() {
        text += &format!("| {verdict} | {n} |\n");
    }
    let sections = gallery.sections();
    text += "\n## All rows\n\n| row | claims, each with its verdict |\n|---|---|\n";
    for row in sections.iter().flat_map(|s| &s.rows) {
        let claims = row.runs.iter().flat_map(|(_, claims)| claims);
        let each: Vec<String> = claims.map(|c| format!("{} **{}**{}", inline(&c.says), c.verdict().name(), erratum_mark(c))).collect();
        text += &format!("| [{}](#{}) | {} |\n", inline(&row.title), anchor(&row.title), each.join("<br>"));
    }
    let unsupported = gallery.unsupported();
    if !unsupported.is_empty() {
        text += "\n## What the evidence does not support\n\nErrata first: there the claim is known to be wrong; the verdict says whether the checks show it.\n";
        text += "\n| row | claim | verdict | what is right, or what came | experiment |\n|---|---|---|---|---|\n";
        for (entry, claim) in unsupported {
            let row = claim.row.as_deref().unwrap_or(&entry.name);
            let link = format!("[{}]({root}{})", inline(&entry.name), target(&entry.file));
            text += &format!(
                "| [{}](#{}) | {} | {}{} | {} | {link} |\n",
                inline(row.split_whitespace().next().unwrap_or(row)),
                anchor(row),
                inline(&claim.says),
                claim.verdict().name(),
                erratum_mark(claim),
                inline(&claim.erratum.clone().unwrap_or_else(|| came(claim)))
            );
        }
    }
    for section in &sections {
        text += &format!("\n## {}\n", inline(&section.title));
        for row in &section.rows {
            write_row(&mut text, row, pictures, root);
        }
    }
    if !gallery.not_run.is_empty() {
        text += "\n## Not run\n\n";
        for (file, why) in &gallery.not_run {
            text += &format!("- [`{file}`]({root}{}): {}\n", target(file), inline(why));
        }
    }
    text
}

fn write_row(text: &mut String, row: &Row<'_>, pictures: &str, root: &str) {
    // The usual readers of Markdown do not agree on the address of a heading.
    *text += &format!("\n<a id=\"{}\"></a>\n\n### {}\n", anchor(&row.title), inline(&row.title));
    for (entry, claims) in &row.runs {
        *text += &format!("\n[`{}`]({root}{}): {}\n", entry.file, target(&entry.file), inline(&entry.question));
        for claim in claims {
            *text += &format!("\n**{}**{}: {}\n", claim.verdict().name(), erratum_mark(claim), inline(&claim.says));
            if let Some(right) = &claim.erratum {
                *text += &format!("Right is: {}\n", inline(right));
            }
            *text += "\n| check | expected | measured | evidence |\n|---|---|---|---|\n";
            for f in &claim.findings {
                *text += &format!("| {} | {} | {} | {} |\n", inline(&f.what), f.expected.text(), f.came(), f.evidence().name());
            }
        }
        for shown in Gallery::figures(entry, claims) {
            let caption = inline(&shown.figure.caption);
            let plain: String = shown.figure.question.chars().filter(|c| !"[]".contains(*c)).collect();
            *text += &format!("\n![{plain}]({pictures}{})\n\n{caption}\n", picture(entry, shown));
        }
    }
}

fn erratum_mark(claim: &Claim) -> &'static str {
    if claim.erratum.is_some() { " (erratum)" } else { "" }
}

/// What speaks against a claim, check by check.
fn came(claim: &Claim) -> String {
    let one = |f: &&Finding| format!("{}: {}, {}", f.what, f.came(), f.evidence().name());
    claim.doubts().iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A path in a link, where spaces and brackets would end it.
fn target(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    let encoded = |c: char| c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    path.chars().map(|c| if plain(c) { c.to_string() } else { encoded(c) }).collect()
}

/// Text that is no markup.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            '<' => out += "&lt;",
            '&' => out += "&amp;",
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_and_links_lead_to_headings() {
        let gallery = super::super::tests::made_up();
        let text = markdown(&gallery, "../reports/gallery/", "../");
        for line in [
            "# Claims",
            "| [B2 Two](#row-b2-two) | Two &lt;b> fails. **does not hold here** |",
            "| [A1](#row-a1-first) | It is 5. | does not hold here (erratum) | It is 3. | [one](../experiments/one.toml) |",
            "### B10 Ten",
            "| loss \\| of &lt;b> | above 0 | 1, n = 5 | supported |",
            "![Where?](../reports/gallery/one-path.png)",
            "- [`experiments/three.toml`](../experiments/three.toml): its data is not installed",
        ] {
            assert!(text.lines().any(|l| l == line), "no line is\n{line}\nin\n{text}");
        }
        for target in text.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(text.contains(&format!("<a id=\"{target}\"></a>")), "{target} is nowhere");
        }
    }
}
