//! `--only EXPR`: some trials of a plan, in the grammar of the rules.
//!
//! Beside the settings it knows `key`, `config` and `seed`. A key or configuration is equal to a text that it begins with, so that the
//! first digits are enough.

use crate::experiment::Experiment;
use crate::expr::{self, Comparison, Connective, Expr, Kind, Type};
use crate::plan::Planned;
use crate::settings;
use crate::value::Value;

/// An expression over the trials of one experiment.
#[derive(Debug)]
pub struct Only {
    /// Comparisons of `key` and `config` with a text are names of their own: `key^a1b2`.
    expr: Expr,
}

impl Only {
    /// Reads it; says what is wrong, and where.
    pub fn new(text: &str, experiment: &Experiment) -> Result<Only, String> {
        let expr = expr::parse(text).map_err(|e| e.to_string())?;
        let mut types = experiment.kind.types();
        types.extend([("key", Type::Text), ("config", Type::Text), ("seed", Type::Number)]);
        match expr.type_of(&types) {
            Ok(Type::Bool) => {}
            Ok(_) => return Err("must be true or false, as a comparison is".into()),
            Err(e) => return Err(e.to_string()),
        }
        Ok(Only { expr: by_prefix(expr) })
    }

    /// Whether a trial is one of them.
    pub fn has(&self, planned: &Planned) -> bool {
        self.expr.holds(&|name| match (name, name.split_once(PREFIX)) {
            (_, Some(("key", prefix))) => Value::Bool(planned.key.starts_with(prefix)),
            (_, Some(("config", prefix))) => Value::Bool(planned.config.starts_with(prefix)),
            ("key", _) => Value::Text(planned.key.clone()),
            ("config", _) => Value::Text(planned.config.clone()),
            ("seed", _) => Value::Int(planned.seeds.seed as i64),
            (path, _) => settings::find(path).map_or(Value::Text(String::new()), |s| (s.get)(&planned.trial)),
        })
    }
}

/// Between a name and what it begins with; no name of a file has it.
const PREFIX: char = '^';

/// The same expression with comparisons of `key` and `config` as tests of their first digits.
fn by_prefix(expr: Expr) -> Expr {
    let at = expr.at;
    let test = |name: &Expr, text: &Expr| match (&name.kind, &text.kind) {
        (Kind::Name(name), Kind::Text(text)) if name == "key" || name == "config" => {
            Some(Expr { at, kind: Kind::Name(format!("{name}{PREFIX}{text}")) })
        }
        _ => None,
    };
    let boxed = |e: Box<Expr>| Box::new(by_prefix(*e));
    let kind = match expr.kind {
        Kind::Compare(comparison @ (Comparison::Equal | Comparison::Unequal), a, b) => match test(&a, &b).or_else(|| test(&b, &a)) {
            Some(test) if comparison == Comparison::Equal => return test,
            Some(test) => Kind::Not(Box::new(test)),
            None => Kind::Compare(comparison, a, b),
        },
        Kind::In(name, items) => match items.iter().map(|item| test(&name, item)).collect::<Option<Vec<Expr>>>() {
            Some(tests) if !tests.is_empty() => {
                let or = |a: Expr, b: Expr| Expr { at, kind: Kind::Logic(Connective::Or, Box::new(a), Box::new(b)) };
                return tests.into_iter().reduce(or).expect("not empty");
            }
            _ => Kind::In(name, items),
        },
        Kind::Not(e) => Kind::Not(boxed(e)),
        Kind::Logic(connective, a, b) => Kind::Logic(connective, boxed(a), boxed(b)),
        other => other,
    };
    Expr { at, kind }
}
