//! The values that a file can hold, with the place where each stood.

use crate::diagnose::Span;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What was written.
    pub value: Value,
    /// Where.
    pub span: Span,
}

/// A plain value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true`
    Bool(bool),
    /// `32`
    Int(i64),
    /// `0.1`
    Number(f64),
    /// `"relu"`
    Text(String),
    /// `[32, 32]`
    List(Vec<Node>),
    /// `{ … }`: key, place of the key, value, in the order of the file.
    Table(Vec<(String, Span, Node)>),
}

/// Appends bytes as hexadecimal digits; `format!` takes ten times as long.
pub fn push_hex(out: &mut String, bytes: &[u8]) {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().for_each(|byte| out.extend([digit(byte >> 4), digit(byte & 15)]));
}

impl Node {
    /// A value that stood nowhere.
    pub fn new(value: Value) -> Node {
        Node { value, span: None }
    }

    /// The same value, forgetting its places.
    pub fn without_spans(self) -> Node {
        let value = match self.value {
            Value::List(items) => Value::List(items.into_iter().map(Node::without_spans).collect()),
            Value::Table(entries) => Value::Table(entries.into_iter().map(|(k, _, n)| (k, None, n.without_spans())).collect()),
            plain => plain,
        };
        Node { value, span: None }
    }
}

impl Value {
    /// A list of values.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Value {
        Value::List(items.into_iter().map(Node::new).collect())
    }

    /// A table of values.
    pub fn table<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        Value::Table(entries.into_iter().map(|(k, v)| (k.to_string(), None, Node::new(v))).collect())
    }

    /// The kind of value, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// An entry of a table.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Value::Table(entries) => entries.iter().find(|(k, _, _)| k == key).map(|(_, _, node)| node),
            _ => None,
        }
    }

    /// A text without ambiguity, equal exactly for equal values: floats by bit pattern, `-0.0` folded into `0.0`.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        self.write_canonical(&mut text);
        text
    }

    /// Appends the same: a plan of a million points asks for many.
    pub fn write_canonical(&self, out: &mut String) {
        use std::fmt::Write;
        let done = match self {
            Value::Bool(b) => write!(out, "b{b}"),
            Value::Int(i) => write!(out, "i{i}"),
            Value::Number(x) => {
                out.push('f');
                push_hex(out, &(x + 0.0).to_bits().to_be_bytes());
                Ok(())
            }
            Value::Text(s) => write!(out, "s{}:{s}", s.len()),
            Value::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    item.value.write_canonical(out);
                }
                out.push(']');
                Ok(())
            }
            Value::Table(entries) => {
                out.push('{');
                for (i, (key, _, node)) in entries.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    out.push_str(key);
                    out.push('=');
                    node.value.write_canonical(out);
                }
                out.push('}');
                Ok(())
            }
        };
        done.expect("a string takes everything");
    }

    /// As a reader writes it: `0.1`, `relu`, `[32, 32]`, `{from = a.safetensors, frozen = true}`.
    pub fn plain(&self) -> String {
        match self {
            Value::Bool(b) => b.to_string(),
            Value::Int(i) => i.to_string(),
            Value::Number(x) => format!("{x:?}"),
            Value::Text(s) => s.clone(),
            Value::List(items) => format!("[{}]", items.iter().map(|n| n.value.plain()).collect::<Vec<_>>().join(", ")),
            Value::Table(entries) => {
                format!("{{{}}}", entries.iter().map(|(k, _, n)| format!("{k} = {}", n.value.plain())).collect::<Vec<_>>().join(", "))
            }
        }
    }
}
