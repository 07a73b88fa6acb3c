//! Types of expressions: found before anything runs, so that a rule cannot fail while a plan is enumerated.

use super::{Comparison, Expr, ExprError, Kind};
use crate::diagnose::{nearest, suggestion};

/// What an expression is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A number.
    Number,
    /// Text.
    Text,
    /// A truth value.
    Bool,
    /// A list.
    List,
    /// A setting that is a number or a word such as `auto`; in a calculation the word is NaN.
    NumberOrWord,
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Type::Number => "a number",
            Type::Text => "text",
            Type::Bool => "a truth value",
            Type::List => "a list",
            Type::NumberOrWord => "a number or a word",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Type::Number | Type::NumberOrWord)
    }

    /// Whether values of the two types can be equal.
    fn meets(self, other: Type) -> bool {
        let word = |a: Type, b: Type| a == Type::NumberOrWord && matches!(b, Type::Number | Type::Text);
        self == other || word(self, other) || word(other, self)
    }
}

impl Expr {
    /// The type, with the type of each name; an unknown name, or two types that do not go together, are errors with a place.
    pub fn type_of(&self, types: &[(&str, Type)]) -> Result<Type, ExprError> {
        let wrong = |message: String| Err(ExprError { at: self.at, message });
        let number = |e: &Expr| match e.type_of(types)? {
            t if t.is_number() => Ok(()),
            t => Err(ExprError { at: e.at, message: format!("must be a number, not {}", t.name()) }),
        };
        let truth = |e: &Expr| match e.type_of(types)? {
            Type::Bool => Ok(()),
            t => Err(ExprError { at: e.at, message: format!("must be true or false, as a comparison is, not {}", t.name()) }),
        };
        match &self.kind {
            Kind::Number(_) => Ok(Type::Number),
            Kind::Text(_) => Ok(Type::Text),
            Kind::Bool(_) => Ok(Type::Bool),
            Kind::List(items) => items.iter().try_for_each(|e| e.type_of(types).map(|_| ())).map(|()| Type::List),
            Kind::Name(name) => match types.iter().find(|t| t.0 == name) {
                Some((_, t)) => Ok(*t),
                None => {
                    let names: Vec<&str> = types.iter().map(|t| t.0).collect();
                    // Sixty names help nobody who has mistyped one.
                    let near = nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                    wrong(format!("unknown name `{name}`; {}", near.unwrap_or_else(|| suggestion(name, names))))
                }
            },
            Kind::Negate(e) | Kind::Power(e, _) | Kind::Call(_, e) => number(e).map(|()| Type::Number),
            Kind::Binary(_, a, b) => number(a).and_then(|()| number(b)).map(|()| Type::Number),
            Kind::Not(e) => truth(e).map(|()| Type::Bool),
            Kind::Logic(_, a, b) => truth(a).and_then(|()| truth(b)).map(|()| Type::Bool),
            Kind::In(e, items) => {
                let wanted = e.type_of(types)?;
                for item in items {
                    let found = item.type_of(types)?;
                    if !wanted.meets(found) {
                        let message = format!("is {}, but what is looked for is {}", found.name(), wanted.name());
                        return Err(ExprError { at: item.at, message });
                    }
                }
                Ok(Type::Bool)
            }
            Kind::Compare(Comparison::Equal | Comparison::Unequal, a, b) => {
                let (left, right) = (a.type_of(types)?, b.type_of(types)?);
                if left.meets(right) { Ok(Type::Bool) } else { wrong(format!("compares {} with {}", left.name(), right.name())) }
            }
            Kind::Compare(_, a, b) => number(a).and_then(|()| number(b)).map(|()| Type::Bool),
        }
    }
}
