//! The forms of an axis: a list, or an inline table with one generator key. One row each.
//!
//! Endpoints are inclusive. Generated numbers are decimal: each is rounded to a stated number of significant digits by
//! formatting and parsing, so that a value is readable and the same on every platform.

use crate::diagnose::{Problem, Span, suggestion};
use crate::experiment::Points;
use crate::value::{Node, Value};

/// The most values that one axis may have.
const MAX_VALUES: usize = 100_000;

/// A generator of axis values.
pub struct Generator {
    /// The key that asks for it.
    pub name: &'static str,
    /// The form, as one would write it.
    pub form: &'static str,
    /// Keys that must stand beside it.
    pub needs: &'static [&'static str],
    /// Keys that may stand beside it.
    pub takes: &'static [&'static str],
    /// What it makes.
    pub form_of: Form,
}

/// What a generator makes.
pub enum Form {
    /// A list.
    Values(fn(&Arguments) -> Result<Vec<Value>, String>),
    /// Any number between two ends.
    Between(fn([f64; 2]) -> Points),
}

/// Every generator.
pub static GENERATORS: &[Generator] = &[
    Generator { name: "range", form: "{ range = [2, 10], step = 2 }", needs: &["step"], takes: &[], form_of: Form::Values(range) },
    Generator { name: "lin", form: "{ lin = [0.0, 1.0], points = 5 }", needs: &["points"], takes: &["sig"], form_of: Form::Values(lin) },
    Generator {
        name: "log",
        form: "{ log = [1e-3, 1.0], points = 7, sig = 2 }",
        needs: &["points"],
        takes: &["sig"],
        form_of: Form::Values(log),
    },
    Generator {
        name: "decades",
        form: "{ decades = [1e-4, 1e-1], steps = [1, 2, 5] }",
        needs: &[],
        takes: &["steps"],
        form_of: Form::Values(decades),
    },
    Generator { name: "pow2", form: "{ pow2 = [16, 256] }", needs: &[], takes: &[], form_of: Form::Values(pow2) },
    Generator { name: "uniform", form: "{ uniform = [0.0, 1.0] }", needs: &[], takes: &[], form_of: Form::Between(Points::Uniform) },
    Generator {
        name: "log-uniform",
        form: "{ log-uniform = [1e-4, 1.0] }",
        needs: &[],
        takes: &[],
        form_of: Form::Between(Points::LogUniform),
    },
];

/// What an axis holds.
pub enum Made {
    /// Values with their places.
    Listed(Vec<(Value, Span)>),
    /// Any number between two ends.
    Between(Points),
}

/// The values of an axis with their places, or every problem found.
pub fn values(node: &Node) -> Result<Made, Vec<Problem>> {
    let made = match &node.value {
        Value::List(items) => items.iter().map(|n| (n.value.clone(), n.span.clone())).collect::<Vec<_>>(),
        Value::Table(_) => match generate(node)? {
            Made::Listed(values) => values,
            between => return Ok(between),
        },
        other => {
            return Err(vec![
                Problem::at(&node.span, format!("an axis is a list or a generator, not {}", other.kind()))
                    .help(format!("a fixed value belongs in [base]; generators: {}", forms())),
            ]);
        }
    };
    if made.is_empty() {
        return Err(vec![Problem::at(&node.span, "this axis has no values")]);
    }
    if made.len() > MAX_VALUES {
        return Err(vec![Problem::at(&node.span, format!("this axis has {} values, more than {MAX_VALUES}", made.len()))]);
    }
    Ok(Made::Listed(made))
}

fn forms() -> String {
    GENERATORS.iter().map(|g| g.form).collect::<Vec<_>>().join("  ")
}

fn generate(node: &Node) -> Result<Made, Vec<Problem>> {
    let Value::Table(entries) = &node.value else { unreachable!("checked by the caller") };
    let mut found = GENERATORS.iter().filter(|g| node.value.get(g.name).is_some());
    let (Some(generator), None) = (found.next(), found.next()) else {
        return Err(vec![Problem::at(&node.span, "an axis table has exactly one generator").help(forms())]);
    };
    let allowed: Vec<&str> = [&[generator.name], generator.needs, generator.takes].concat();
    let mut problems: Vec<Problem> = entries
        .iter()
        .filter(|(key, _, _)| !allowed.contains(&key.as_str()))
        .map(|(key, span, _)| {
            Problem::at(span, format!("unknown key `{}`", key.escape_debug())).help(suggestion(key, allowed.iter().copied()))
        })
        .collect();
    for key in generator.needs.iter().filter(|key| node.value.get(key).is_none()) {
        problems.push(Problem::at(&node.span, format!("`{key}` is missing")).help(generator.form));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let arguments = Arguments { table: &node.value, name: generator.name };
    let made = match generator.form_of {
        Form::Values(values) => values(&arguments).map(|all| Made::Listed(all.into_iter().map(|v| (v, node.span.clone())).collect())),
        Form::Between(points) => arguments.pair().and_then(|[low, high]| match (points([low, high]), low < high) {
            (Points::LogUniform(_), true) if low <= 0.0 => Err(format!("a logarithmic axis begins above 0, not at {low:?}")),
            (points, true) => Ok(Made::Between(points)),
            (_, false) => Err("the two ends are equal: a fixed value belongs in [base]".into()),
        }),
    };
    made.map_err(|message| vec![Problem::at(&node.span, message).help(generator.form)])
}

/// What stands in a generator's table.
pub struct Arguments<'a> {
    table: &'a Value,
    name: &'static str,
}

impl Arguments<'_> {
    fn pair(&self) -> Result<[f64; 2], String> {
        let list = self.numbers(self.name)?;
        match list[..] {
            [a, b] if a <= b => Ok([a, b]),
            [a, b] => Err(format!("{a:?} is above {b:?}: ends are written in rising order")),
            _ => Err(format!("`{}` takes two ends", self.name)),
        }
    }

    fn numbers(&self, key: &str) -> Result<Vec<f64>, String> {
        let Some(Value::List(items)) = self.table.get(key).map(|n| &n.value) else {
            return Err(format!("`{key}` must be a list of numbers"));
        };
        items
            .iter()
            .map(|n| match n.value {
                Value::Int(i) => Ok(i as f64),
                Value::Number(x) if x.is_finite() => Ok(x),
                _ => Err(format!("`{key}` must hold finite numbers")),
            })
            .collect()
    }

    fn count(&self, key: &str, default: Option<usize>, low: usize, high: usize) -> Result<usize, String> {
        match (self.table.get(key).map(|n| &n.value), default) {
            (Some(Value::Int(i)), _) => {
                usize::try_from(*i).ok().filter(|n| (low..=high).contains(n)).ok_or(format!("`{key}` must be {low} to {high}"))
            }
            (None, Some(default)) => Ok(default),
            _ => Err(format!("`{key}` must be an integer")),
        }
    }
}

/// `x` rounded to `sig` significant decimal digits.
pub(crate) fn rounded(x: f64, sig: usize) -> f64 {
    format!("{x:.*e}", sig - 1).parse().expect("a formatted float parses")
}

fn distinct(values: Vec<f64>) -> Result<Vec<Value>, String> {
    match values.windows(2).find(|w| w[0] == w[1]) {
        Some(w) => Err(format!("two values round to {:?}: ask for fewer points or more `sig` digits", w[0])),
        None => Ok(values.into_iter().map(Value::Number).collect()),
    }
}

fn range(a: &Arguments) -> Result<Vec<Value>, String> {
    let whole = |x: f64| {
        if x == x.trunc() && x.abs() < 1e15 { Ok(x as i64) } else { Err(format!("{x:?} is not an integer")) }
    };
    let [low, high] = a.pair()?;
    let (low, high, step) = (whole(low)?, whole(high)?, a.count("step", None, 1, usize::MAX >> 1)? as i64);
    if (high - low) % step != 0 {
        return Err(format!("a step of {step} does not reach {high} from {low}"));
    }
    if (high - low) / step >= MAX_VALUES as i64 {
        return Err(format!("more than {MAX_VALUES} values"));
    }
    Ok((0..=(high - low) / step).map(|i| Value::Int(low + i * step)).collect())
}

fn lin(a: &Arguments) -> Result<Vec<Value>, String> {
    let ([low, high], n, sig) = (a.pair()?, a.count("points", None, 2, MAX_VALUES)?, a.count("sig", Some(12), 1, 17)?);
    let at = |i: usize| {
        if i == n - 1 { high } else { low + (high - low) * i as f64 / (n - 1) as f64 }
    };
    distinct((0..n).map(|i| rounded(at(i), sig)).collect())
}

fn log(a: &Arguments) -> Result<Vec<Value>, String> {
    let ([low, high], n, sig) = (a.pair()?, a.count("points", None, 2, MAX_VALUES)?, a.count("sig", Some(3), 1, 12)?);
    if low <= 0.0 {
        return Err(format!("a logarithmic axis begins above 0, not at {low:?}"));
    }
    let (first, last) = (libm::log10(low), libm::log10(high));
    let at = |i: usize| match i {
        0 => low,
        i if i == n - 1 => high,
        i => libm::pow(10.0, first + (last - first) * i as f64 / (n - 1) as f64),
    };
    distinct((0..n).map(|i| rounded(at(i), sig)).collect())
}

fn decades(a: &Arguments) -> Result<Vec<Value>, String> {
    let [low, high] = a.pair()?;
    let steps = if a.table.get("steps").is_some() { a.numbers("steps")? } else { vec![1.0, 2.0, 5.0] };
    if low <= 0.0 || steps.is_empty() || steps.iter().any(|s| !(1.0..10.0).contains(s)) || steps.windows(2).any(|w| w[0] >= w[1]) {
        return Err("decades need an end above 0 and rising steps from 1 to below 10".into());
    }
    let exponent = |x: f64| libm::log10(x).floor() as i32;
    let ladder = (exponent(low) - 1..=exponent(high) + 1)
        .flat_map(|e| steps.iter().map(move |s| rounded(format!("{s:?}e{e}").parse().unwrap_or(*s), 12)));
    let kept: Vec<f64> = ladder.filter(|x| *x >= low && *x <= high).collect();
    distinct(kept)
}

fn pow2(a: &Arguments) -> Result<Vec<Value>, String> {
    let [low, high] = a.pair()?;
    let power = |x: f64| x >= 1.0 && x <= (1u64 << 40) as f64 && x == x.trunc() && (x as u64).is_power_of_two();
    if !power(low) || !power(high) {
        return Err("both ends must be powers of two, 1 or more".into());
    }
    let (first, last) = ((low as u64).trailing_zeros(), (high as u64).trailing_zeros());
    Ok((first..=last).map(|e| Value::Int(1 << e)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::parse_value;

    fn made(text: &str) -> Result<Vec<Value>, String> {
        let node = Node::new(parse_value(text).expect("syntax"));
        match values(&node) {
            Ok(Made::Listed(values)) => Ok(values.into_iter().map(|(v, _)| v).collect()),
            Ok(Made::Between(_)) => Ok(Vec::new()),
            Err(problems) => Err(problems[0].message.clone()),
        }
    }

    fn numbers(xs: &[f64]) -> Result<Vec<Value>, String> {
        Ok(xs.iter().copied().map(Value::Number).collect())
    }

    /// By hand: 10^(-3 + i/2), to two digits.
    #[test]
    fn each_form_gives_the_values_that_one_would_write() {
        assert_eq!(made("{ log = [1e-3, 1.0], points = 7, sig = 2 }"), numbers(&[0.001, 0.0032, 0.01, 0.032, 0.1, 0.32, 1.0]));
        assert_eq!(made("{ lin = [0.0, 1.0], points = 5 }"), numbers(&[0.0, 0.25, 0.5, 0.75, 1.0]));
        assert_eq!(made("{ decades = [1e-4, 1e-2], steps = [1, 2, 5] }"), numbers(&[1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2]));
        assert_eq!(made("{ pow2 = [16, 64] }"), Ok([16, 32, 64].map(Value::Int).to_vec()));
        assert_eq!(made("{ range = [2, 10], step = 4 }"), Ok([2, 6, 10].map(Value::Int).to_vec()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in [
            "{ range = [2, 9], step = 4 }",
            "{ log = [0, 1], points = 3 }",
            "{ log = [1.0, 1.01], points = 9, sig = 2 }",
            "{ pow2 = [3, 8] }",
            "{ lin = [1, 0], points = 3 }",
            "{ lin = [0, 1] }",
            "{ lin = [0, 1], points = 3, pow2 = [1, 2] }",
            "[]",
            "{ lin = [0, nan], points = 3 }",
            "{ lin = [0, 1], points = 999999999 }",
            "{ range = [0, 999999999999], step = 1 }",
            "0.5",
            "{ uniform = [1, 0] }",
            "{ log-uniform = [0.0, 1.0] }",
            "{ uniform = [1, 1] }",
        ] {
            assert!(made(bad).is_err(), "{bad} was accepted: {:?}", made(bad));
        }
    }
}
