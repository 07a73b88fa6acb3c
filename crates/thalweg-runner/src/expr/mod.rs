//! Expressions: one small grammar for the rules of an experiment and for the chain rule's study.
//!
//! Rules compare settings and give truth values; the chain rule takes numbers alone. Both are parsed with positions and limits, and
//! typed before they are used, so that evaluation is total: it never fails, and x/0 is infinite or NaN as in any f64.
//! Nothing here is code: there are no assignments and no loops.

mod parse;
#[cfg(test)]
mod tests;
mod types;

use std::collections::BTreeSet;
use std::fmt;

use thalweg_math::graph::Var;

use crate::value::Value;

pub use parse::parse;
pub use types::Type;

/// What is wrong, and at which character, counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct ExprError {
    /// Where.
    pub at: usize,
    /// What, and what was possible.
    pub message: String,
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.at + 1, self.message)
    }
}

/// A parsed expression, and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// The character where its operator, name or value stands, counted from 0.
    pub at: usize,
    /// What it is.
    pub kind: Kind,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `2.5`
    Number(f64),
    /// `"relu"`
    Text(String),
    /// `true`
    Bool(bool),
    /// `[16, 32]`
    List(Vec<Expr>),
    /// `x` or `train.lr`
    Name(String),
    /// `-e`
    Negate(Box<Expr>),
    /// `!e`
    Not(Box<Expr>),
    /// `e ^ n`
    Power(Box<Expr>, i32),
    /// `a + b`
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `a < b`
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a && b`, `a || b`
    Logic(Connective, Box<Expr>, Box<Expr>),
    /// `a in [b, c]`
    In(Box<Expr>, Vec<Expr>),
    /// `exp(e)`
    Call(&'static Function, Box<Expr>),
}

/// An operator of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// A comparison. `==` and `!=` take any two values of one type, the others numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

/// A connective of two truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connective {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// A function of one number.
pub struct Function {
    /// As written.
    pub name: &'static str,
    /// On a graph.
    pub apply: for<'g> fn(Var<'g>) -> Var<'g>,
    value: fn(f64) -> f64,
}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Every function.
pub static FUNCTIONS: &[Function] = &[
    Function { name: "abs", apply: |v| Var::abs(v), value: f64::abs },
    Function { name: "cos", apply: |v| Var::cos(v), value: libm::cos },
    Function { name: "exp", apply: |v| Var::exp(v), value: libm::exp },
    Function { name: "ln", apply: |v| Var::ln(v), value: libm::log },
    Function { name: "sqrt", apply: |v| Var::sqrt(v), value: f64::sqrt },
    Function { name: "tanh", apply: |v| Var::tanh(v), value: libm::tanh },
];

impl Operator {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "−",
            Operator::Multiply => "·",
            Operator::Divide => "/",
        }
    }

    /// On a graph.
    pub fn apply<'g>(self, a: Var<'g>, b: Var<'g>) -> Var<'g> {
        match self {
            Operator::Add => a + b,
            Operator::Subtract => a - b,
            Operator::Multiply => a * b,
            Operator::Divide => a / b,
        }
    }

    fn value(self, a: f64, b: f64) -> f64 {
        match self {
            Operator::Add => a + b,
            Operator::Subtract => a - b,
            Operator::Multiply => a * b,
            Operator::Divide => a / b,
        }
    }
}

impl Expr {
    /// The names in it, each once, in alphabetical order.
    pub fn names(&self) -> BTreeSet<&str> {
        match &self.kind {
            Kind::Number(_) | Kind::Text(_) | Kind::Bool(_) => BTreeSet::new(),
            Kind::Name(name) => [name.as_str()].into(),
            Kind::Negate(e) | Kind::Not(e) | Kind::Power(e, _) | Kind::Call(_, e) => e.names(),
            Kind::Binary(_, a, b) | Kind::Compare(_, a, b) | Kind::Logic(_, a, b) => a.names().into_iter().chain(b.names()).collect(),
            Kind::List(items) => items.iter().flat_map(Expr::names).collect(),
            Kind::In(e, items) => e.names().into_iter().chain(items.iter().flat_map(Expr::names)).collect(),
        }
    }

    /// The truth of a rule whose type is [`Type::Bool`]; `get` has the value of each name.
    pub fn holds(&self, get: &dyn Fn(&str) -> Value) -> bool {
        self.value(get) == Value::Bool(true)
    }

    /// The value of a typed expression. A word where a number was meant (`auto`) is no number: NaN.
    pub fn value(&self, get: &dyn Fn(&str) -> Value) -> Value {
        let number = |e: &Expr| match e.value(get) {
            Value::Number(x) => x,
            Value::Int(i) => i as f64,
            _ => f64::NAN,
        };
        let of = |x: f64| Value::Number(x);
        match &self.kind {
            Kind::Number(x) => of(*x),
            Kind::Text(text) => Value::Text(text.clone()),
            Kind::Bool(truth) => Value::Bool(*truth),
            Kind::List(items) => Value::list(items.iter().map(|e| e.value(get))),
            Kind::Name(name) => get(name),
            Kind::Negate(e) => of(-number(e)),
            Kind::Not(e) => Value::Bool(!e.holds(get)),
            Kind::Power(e, n) => of(libm::pow(number(e), f64::from(*n))),
            Kind::Binary(operator, a, b) => of(operator.value(number(a), number(b))),
            Kind::Call(function, e) => of((function.value)(number(e))),
            Kind::Logic(Connective::And, a, b) => Value::Bool(a.holds(get) && b.holds(get)),
            Kind::Logic(Connective::Or, a, b) => Value::Bool(a.holds(get) || b.holds(get)),
            Kind::In(e, items) => {
                let wanted = e.value(get);
                Value::Bool(items.iter().any(|item| same(&wanted, &item.value(get))))
            }
            Kind::Compare(comparison, a, b) => Value::Bool(match comparison {
                Comparison::Equal => same(&a.value(get), &b.value(get)),
                Comparison::Unequal => !same(&a.value(get), &b.value(get)),
                Comparison::Below => number(a) < number(b),
                Comparison::AtMost => number(a) <= number(b),
                Comparison::Above => number(a) > number(b),
                Comparison::AtLeast => number(a) >= number(b),
            }),
        }
    }
}

/// Whether two values are one: 1 and 1.0 are, lists item by item, different types never.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Number(b)) | (Value::Number(b), Value::Int(a)) => *a as f64 == *b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.value, &b.value)),
        (a, b) => a == b,
    }
}
