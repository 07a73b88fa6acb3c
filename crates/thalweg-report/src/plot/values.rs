//! The values of an axis, in the order in which figures show them.

use std::collections::HashSet;

use crate::groups::Group;

/// An axis's values: numbers by size, since extra points come last in the table; others in its order. An empty one is a configuration
/// without that axis.
pub fn values(groups: &[Group], axis: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut found: Vec<String> = groups.iter().map(|g| &g.cells[axis]).filter(|cell| seen.insert(cell.as_str())).cloned().collect();
    if let Some(numbers) = numbers(&found) {
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
        found = order.into_iter().map(|i| found[i].clone()).collect();
    }
    found
}

/// Values as numbers, where all are.
pub fn numbers(values: &[String]) -> Option<Vec<f64>> {
    values.iter().map(|cell| cell.parse().ok().filter(|v: &f64| v.is_finite())).collect()
}

/// What an axis's value is called; an empty one says that the axis does not exist there.
pub fn called(value: &str) -> &str {
    if value.is_empty() { "(none)" } else { value }
}

/// Three significant digits.
pub fn three_digits(v: f64) -> String {
    if v == 0.0 {
        return "0".into();
    }
    if v != 0.0 && !(1e-3..1e4).contains(&v.abs()) {
        return format!("{v:.1e}");
    }
    let digits = 2 - v.abs().max(1e-3).log10().floor() as i32;
    format!("{v:.*}", digits.max(0) as usize)
}
