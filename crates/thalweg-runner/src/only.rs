//! `--only EXPR`: some trials of a plan, in the grammar of the rules.
//!
//! Beside the settings it knows `key`, `config` and `seed`. A key or configuration is equal to a text that it begins with, so that the
//! first digits are enough.

use crate::experiment::Experiment;
use crate::expr::{self, Comparison, Expr, Kind, Type};
use crate::plan::Planned;
use crate::settings;
use crate::value::Value;

/// An expression over the trials of one experiment.
#[derive(Debug)]
pub struct Only {
    expr: Expr,
    /// The texts that `key` and `config` are compared with.
    prefixes: Vec<(String, String)>,
}

impl Only {
    /// Reads it; says what is wrong, and where.
    pub fn new(text: &str, experiment: &Experiment) -> Result<Only, String> {
        let expr = expr::parse(text).map_err(|e| e.to_string())?;
        let mut types = experiment.kind.types(&experiment.base);
        types.extend([("key", Type::Text), ("config", Type::Text), ("seed", Type::Number)]);
        match expr.type_of(&types) {
            Ok(Type::Bool) => {}
            Ok(_) => return Err("must be true or false, as a comparison is".into()),
            Err(e) => return Err(e.to_string()),
        }
        let mut prefixes = Vec::new();
        collect(&expr, &mut prefixes);
        Ok(Only { expr, prefixes })
    }

    /// Whether a trial is one of them.
    pub fn has(&self, planned: &Planned) -> bool {
        let hash = |name: &str, hash: &str| {
            let begins = |(of, text): &&(String, String)| of == name && !text.is_empty() && hash.starts_with(text.as_str());
            Value::Text(self.prefixes.iter().find(begins).map_or(hash, |(_, text)| text).to_string())
        };
        self.expr.holds(&|name| match name {
            "key" => hash(name, &planned.key),
            "config" => hash(name, &planned.config),
            "seed" => Value::Int(planned.seeds.seed as i64),
            path => settings::find(path).map_or(Value::Text(String::new()), |s| (s.get)(&planned.trial)),
        })
    }
}

/// The texts that a name is compared with.
fn collect(expr: &Expr, found: &mut Vec<(String, String)>) {
    let mut pair = |name: &Expr, text: &Expr| {
        if let (Kind::Name(name), Kind::Text(text)) = (&name.kind, &text.kind) {
            found.push((name.clone(), text.clone()));
        }
    };
    match &expr.kind {
        Kind::Compare(Comparison::Equal | Comparison::Unequal, a, b) => {
            pair(a, b);
            pair(b, a);
        }
        Kind::In(name, items) => items.iter().for_each(|item| pair(name, item)),
        Kind::Not(e) => collect(e, found),
        Kind::Logic(_, a, b) => {
            collect(a, found);
            collect(b, found);
        }
        _ => {}
    }
}
