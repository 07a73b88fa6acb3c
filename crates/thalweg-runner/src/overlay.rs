//! `--set path=value`: one more layer over a file, in the file's own grammar.
//!
//! `train.lr=0.1` is a value of `[base]`; any other path is a path of the file: `axes.train.lr=[0.1, 1.0]`, `replicates.n=2`.

use crate::diagnose::{Problem, Problems};
use crate::file::{File, parse_value};
use crate::settings;
use crate::value::{Node, Value};

/// Lays the settings over a file.
pub fn overlay(file: &mut File, sets: &[String]) -> Result<(), Problems> {
    let mut list = Vec::new();
    for set in sets {
        if let Err(message) = lay(&mut file.root, set) {
            list.push(Problem::plain(format!("--set {set}: {message}")));
        }
    }
    if list.is_empty() { Ok(()) } else { Err(Problems { list, ..Problems::default() }) }
}

fn lay(root: &mut Node, set: &str) -> Result<(), String> {
    let (path, text) = set.split_once('=').ok_or("must be path=value")?;
    let value = parse_value(text.trim())?;
    let path = path.trim();
    let mut parts: Vec<&str> = path.split('.').collect();
    if settings::find(path).is_some() {
        let axis = root.value.get("axes").and_then(|a| parts.iter().try_fold(a, |node, part| node.value.get(part)));
        if axis.is_some() {
            return Err(format!("{path} is swept; set the axis instead: axes.{path}=[{}]", value.plain()));
        }
        parts.insert(0, "base");
    }
    if parts.iter().any(|p| p.is_empty()) {
        return Err("the path has an empty part".into());
    }
    put(root, &parts, value)
}

fn put(node: &mut Node, path: &[&str], value: Value) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else {
        *node = Node::new(value);
        return Ok(());
    };
    let Value::Table(entries) = &mut node.value else {
        return Err(format!("`{first}` is inside {}, not a table", node.value.kind()));
    };
    let at = entries.iter().position(|(k, _, _)| k == first).unwrap_or_else(|| {
        entries.push((first.to_string(), None, Node::new(Value::Table(Vec::new()))));
        entries.len() - 1
    });
    put(&mut entries[at].2, rest, value)
}
