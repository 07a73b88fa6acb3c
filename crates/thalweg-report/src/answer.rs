//! One sentence that answers an experiment's question, as far as numbers can.

use crate::error::ReportError;
use crate::number::{capitalised, percent, shown};
use crate::plot::Subject;
use crate::stats::{Kind, Share};
use crate::summary::best;
use crate::variation::importance;

/// What matters most, by how much, and what is best.
pub fn answer(subject: &Subject<'_>) -> Result<String, ReportError> {
    let (sheet, metric) = (subject.sheet, subject.sheet.column());
    if let Some(headline) = sheet.headline {
        return Ok(headline.into());
    }
    let first = subject.order.first().map(|i| &subject.groups[*i]);
    let Some((group, estimate)) = first.and_then(|g| Some((g, g.estimate?))) else {
        return Ok("No trial ended well: the question stays open.".into());
    };
    let found = best(subject.groups, subject.order);
    if found.of.is_empty() {
        let mean = shown(&estimate);
        return Ok(format!(
            "Every configuration has trials that diverged, so the question stays open; what is left of {} has mean {metric} {mean}.",
            group.label(&sheet.axes)
        ));
    }
    let n_equal = found.set.is_in.iter().filter(|is_in| **is_in).count() - 1;
    let rest = match (n_equal, found.of.len()) {
        (_, 1) => String::new(),
        _ if found.set.n_seeds < 2 => ", by one seed, which says nothing of noise".into(),
        (0, _) => ", and no other comes near it".into(),
        (1, _) => ", but one other cannot be told apart from it".into(),
        (n, _) => format!(", but {n} others cannot be told apart from it"),
    };
    let best = format!("best is {} with mean {metric} {}{rest}", group.label(&sheet.axes), shown(&estimate));
    let swept: Vec<&String> = sheet.axes.iter().enumerate().filter(|(i, _)| is_swept(subject, *i)).map(|(_, a)| a).collect();
    if swept.is_empty() {
        return Ok(format!("The only configuration has mean {metric} {}.", shown(&estimate)));
    }
    let Ok(importance) = importance(subject.groups, &sheet.axes) else {
        return Ok(format!("{}.", capitalised(&best)));
    };
    let of_settings = importance.shares.iter().filter(|s| matches!(s.kind, Kind::Main | Kind::Pair));
    let Some(most) = of_settings.max_by(|a, b| a.share.total_cmp(&b.share)) else {
        return Ok(format!("{}.", capitalised(&best)));
    };
    let noise = importance.shares.iter().filter(|s| matches!(s.kind, Kind::Seeds | Kind::Residual)).map(|s| s.share).sum::<f64>();
    let beyond = if importance.adds_up { "" } else { " beyond what the others explain" };
    let share = format!("{} of the variance of {metric}{beyond}", percent(most.share));
    let what = match (swept.len(), most.kind) {
        _ if noise > most.share => format!("Seeds and noise matter more than any setting ({} of the variance of {metric})", percent(noise)),
        (1, _) => format!("{} makes {share}", named(most)),
        (_, Kind::Pair) => format!("Of {}, the interplay of {} matters most ({share})", listed(&swept), named(most)),
        _ => format!("Of {}, {} matters most ({share})", listed(&swept), named(most)),
    };
    Ok(format!("{what}; {best}."))
}

/// Whether an axis has two values.
fn is_swept(subject: &Subject<'_>, axis: usize) -> bool {
    subject.groups.iter().any(|g| g.cells[axis] != subject.groups[0].cells[axis])
}

fn named(share: &Share) -> String {
    share.factors.join(" and ")
}

/// `a, b and c`
fn listed(names: &[&String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.to_string(),
        [most @ .., last] => format!("{} and {last}", most.iter().map(|n| n.as_str()).collect::<Vec<_>>().join(", ")),
    }
}
