//! Expressions in a file: parsed and typed, their mistakes shown at the character.

use super::Checker;
use crate::diagnose::Span;
use crate::experiment::Condition;
use crate::expr::{self, ExprError, Type};
use crate::value::{Node, Value};

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// To be true or false.
    Truth,
    /// To be a number, or true or false.
    Quantity,
}

impl Checker {
    /// A truth value over the settings.
    pub(super) fn condition(&mut self, node: &Node) -> Option<Condition> {
        Some(self.expression(node, &self.kind.types(), Wants::Truth)?.0)
    }

    /// An expression over the names of `types`; what is wrong is shown at its character.
    pub(super) fn expression(&mut self, node: &Node, types: &[(&str, Type)], wants: Wants) -> Option<(Condition, Type)> {
        let Value::Text(text) = &node.value else {
            self.say(&node.span, format!("an expression is text, such as 'train.lr <= 0.1', not {}", node.value.kind()));
            return None;
        };
        let typed = expr::parse(text).and_then(|expr| match (expr.type_of(types)?, wants) {
            (Type::Bool, _) => Ok((expr, Type::Bool)),
            (found @ (Type::Number | Type::NumberOrWord), Wants::Quantity) => Ok((expr, found)),
            (_, Wants::Truth) => Err(ExprError { at: expr.at, message: "must be true or false, as a comparison is".into() }),
            (_, Wants::Quantity) => Err(ExprError { at: expr.at, message: "must be a number, or true or false".into() }),
        });
        match typed {
            Ok((expr, found)) => Some((Condition { text: text.clone(), expr }, found)),
            Err(e) => {
                match character(node, text, e.at) {
                    // The caret says where.
                    (span, Shown::Character) => self.say(&span, e.message),
                    (span, Shown::Whole) => self.say(&span, e.to_string()),
                }
                None
            }
        }
    }
}

/// What a place shows.
enum Shown {
    Character,
    Whole,
}

/// The place of a character of a text; the whole text where it was written with escapes.
fn character(node: &Node, text: &str, at: usize) -> (Span, Shown) {
    let plain = node.span.clone().filter(|span| span.end - span.start == text.len() + 2);
    let byte = text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
    match plain {
        Some(span) => (Some(span.start + 1 + byte..span.start + 2 + byte), Shown::Character),
        None => (node.span.clone(), Shown::Whole),
    }
}
