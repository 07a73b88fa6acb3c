//! Text to expression: recursive descent, from loose to tight: `||`, `&&`, `!`, comparisons and `in`, `+ -`, `* /`, unary `-`, `^` with a
//! whole number, then numbers, texts, lists, names, calls and parentheses.

use super::{Comparison, Connective, Expr, ExprError, FUNCTIONS, Kind, Operator};

/// The longest expression, in bytes.
const MAX_BYTES: usize = 4096;
/// The deepest nesting.
const MAX_DEPTH: usize = 64;

/// What a parser may meet.
type Parsed = Result<Expr, ExprError>;

/// Parses a text; the error says at which character, and what was possible.
pub fn parse(text: &str) -> Parsed {
    if text.len() > MAX_BYTES {
        let message = format!("an expression has at most {MAX_BYTES} bytes, not {}", text.len());
        return Err(ExprError { at: 0, message });
    }
    let mut parser = Parser { letters: text.chars().collect(), at: 0, depth: 0 };
    let expr = parser.any()?;
    match parser.peek() {
        None => Ok(expr),
        Some(c) => Err(parser.wrong(&format!("`{}` cannot stand here; possible: an operator or the end", c.escape_debug()))),
    }
}

struct Parser {
    letters: Vec<char>,
    at: usize,
    depth: usize,
}

/// Comparisons, the longer before those that begin like them.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

fn expr(at: usize, kind: Kind) -> Expr {
    Expr { at, kind }
}

impl Parser {
    fn wrong(&self, what: &str) -> ExprError {
        ExprError { at: self.at, message: what.into() }
    }

    /// The next letter that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.letters.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.letters.get(self.at).copied()
    }

    /// Takes a sign, if it comes next; its place.
    fn take(&mut self, wanted: &str) -> Option<usize> {
        self.peek()?;
        let comes = wanted.chars().enumerate().all(|(i, c)| self.letters.get(self.at + i) == Some(&c));
        let at = self.at;
        self.at += if comes { wanted.len() } else { 0 };
        comes.then_some(at)
    }

    /// Takes a word, if it comes next and ends there.
    fn take_word(&mut self, wanted: &str) -> Option<usize> {
        let at = self.take(wanted)?;
        if self.letters.get(self.at).is_some_and(|c| c.is_ascii_alphanumeric() || "_.".contains(*c)) {
            self.at = at;
            return None;
        }
        Some(at)
    }

    /// One level deeper.
    fn nested(&mut self, parse: fn(&mut Parser) -> Parsed) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong(&format!("nested more than {MAX_DEPTH} deep")));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn any(&mut self) -> Parsed {
        self.nested(|p| {
            let mut left = p.all()?;
            while let Some(at) = p.take("||") {
                left = expr(at, Kind::Logic(Connective::Or, Box::new(left), Box::new(p.all()?)));
            }
            Ok(left)
        })
    }

    fn all(&mut self) -> Parsed {
        let mut left = self.not()?;
        while let Some(at) = self.take("&&") {
            left = expr(at, Kind::Logic(Connective::And, Box::new(left), Box::new(self.not()?)));
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed {
        self.peek();
        if self.letters.get(self.at) == Some(&'!') && self.letters.get(self.at + 1) != Some(&'=') {
            let at = self.at;
            self.at += 1;
            return Ok(expr(at, Kind::Not(Box::new(self.nested(Parser::not)?))));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        if let Some(at) = self.take_word("in") {
            if self.take("[").is_none() {
                return Err(self.wrong("`in` is followed by a list: [16, 32]"));
            }
            return Ok(expr(at, Kind::In(Box::new(left), self.items()?)));
        }
        let Some((at, comparison)) = COMPARISONS.iter().find_map(|(sign, c)| Some((self.take(sign)?, *c))) else {
            if self.peek() == Some('=') {
                return Err(self.wrong("`=` cannot stand here; `==` compares"));
            }
            return Ok(left);
        };
        let right = self.sum()?;
        if let Some((sign, _)) = COMPARISONS.iter().find(|(sign, _)| self.clone_take(sign)) {
            return Err(self.wrong(&format!("`{sign}` cannot stand here: comparisons are joined by && or ||")));
        }
        Ok(expr(at, Kind::Compare(comparison, Box::new(left), Box::new(right))))
    }

    /// Whether a sign comes next; it stays.
    fn clone_take(&mut self, sign: &str) -> bool {
        let at = self.at;
        let comes = self.take(sign).is_some();
        if comes {
            self.at = at;
            self.peek();
        }
        comes
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some((at, operator)) = self.operator(&[("+", Operator::Add), ("-", Operator::Subtract)]) {
            left = expr(at, Kind::Binary(operator, Box::new(left), Box::new(self.product()?)));
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        while let Some((at, operator)) = self.operator(&[("*", Operator::Multiply), ("/", Operator::Divide)]) {
            left = expr(at, Kind::Binary(operator, Box::new(left), Box::new(self.signed()?)));
        }
        Ok(left)
    }

    fn operator(&mut self, signs: &[(&str, Operator)]) -> Option<(usize, Operator)> {
        signs.iter().find_map(|(sign, operator)| Some((self.take(sign)?, *operator)))
    }

    /// Every nesting of numbers passes here.
    fn signed(&mut self) -> Parsed {
        self.nested(|p| match p.take("-") {
            Some(at) => Ok(expr(at, Kind::Negate(Box::new(p.signed()?)))),
            None => p.power(),
        })
    }

    fn power(&mut self) -> Parsed {
        let base = self.atom()?;
        let Some(at) = self.take("^") else { return Ok(base) };
        let start = self.at;
        let exponent = self.signed()?;
        let whole = match exponent.kind {
            Kind::Number(n) => Some(n),
            Kind::Negate(inner) => {
                if let Kind::Number(n) = inner.kind {
                    Some(-n)
                } else {
                    None
                }
            }
            _ => None,
        };
        match whole.filter(|n| *n == n.trunc() && n.abs() <= 100.0) {
            Some(n) => Ok(expr(at, Kind::Power(Box::new(base), n as i32))),
            None => {
                self.at = start;
                Err(self.wrong("an exponent is a whole number from −100 to 100"))
            }
        }
    }

    fn atom(&mut self) -> Parsed {
        let at = {
            self.peek();
            self.at
        };
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let inner = self.any()?;
                self.close(")")?;
                Ok(inner)
            }
            Some('[') => {
                self.at += 1;
                Ok(expr(at, Kind::List(self.items()?)))
            }
            Some(quote @ ('"' | '\'')) => self.text(quote),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.word(),
            Some(c) => Err(self.wrong(&format!("`{}` cannot stand here; possible: a number, a name, a function or `(`", c.escape_debug()))),
            None => Err(self.wrong("the expression ends too early; possible: a number, a name, a function or `(`")),
        }
    }

    fn close(&mut self, sign: &str) -> Result<(), ExprError> {
        self.take(sign).map(|_| ()).ok_or_else(|| self.wrong(&format!("`{sign}` is missing")))
    }

    /// What stands between `[` and `]`.
    fn items(&mut self) -> Result<Vec<Expr>, ExprError> {
        let mut items = Vec::new();
        while self.take("]").is_none() {
            if !items.is_empty() {
                self.close(",")?;
            }
            items.push(self.any()?);
        }
        Ok(items)
    }

    fn text(&mut self, quote: char) -> Parsed {
        let at = self.at;
        let rest = &self.letters[at + 1..];
        let Some(end) = rest.iter().position(|c| *c == quote) else {
            return Err(self.wrong("this text has no end"));
        };
        let text = rest[..end].iter().collect();
        self.at += end + 2;
        Ok(expr(at, Kind::Text(text)))
    }

    fn number(&mut self) -> Parsed {
        let start = self.at;
        let digit = |c: char, before: char| c.is_ascii_alphanumeric() || c == '.' || ("+-".contains(c) && "eE".contains(before));
        while self.at < self.letters.len() && digit(self.letters[self.at], if self.at > start { self.letters[self.at - 1] } else { ' ' }) {
            self.at += 1;
        }
        let text: String = self.letters[start..self.at].iter().collect();
        match text.parse::<f64>() {
            Ok(n) if n.is_finite() => Ok(expr(start, Kind::Number(n))),
            _ => {
                self.at = start;
                Err(self.wrong(&format!("`{text}` is not a number")))
            }
        }
    }

    fn word(&mut self) -> Parsed {
        let start = self.at;
        // A setting's name has a dot and may have hyphens; `x-y` without a dot is a difference.
        let mut has_dot = false;
        while let Some(c) = self.letters.get(self.at) {
            let next = self.letters.get(self.at + 1).copied().unwrap_or(' ');
            let goes_on = c.is_ascii_alphanumeric()
                || *c == '_'
                || (*c == '.' && next.is_ascii_alphabetic())
                || (*c == '-' && has_dot && next.is_ascii_alphabetic());
            if !goes_on {
                break;
            }
            has_dot |= *c == '.';
            self.at += 1;
        }
        let word: String = self.letters[start..self.at].iter().collect();
        if self.take("(").is_none() {
            return Ok(expr(
                start,
                match word.as_str() {
                    "true" => Kind::Bool(true),
                    "false" => Kind::Bool(false),
                    _ => Kind::Name(word),
                },
            ));
        }
        let Some(function) = FUNCTIONS.iter().find(|f| f.name == word) else {
            self.at = start;
            return Err(
                self.wrong(&format!("unknown function `{word}`; {}", crate::diagnose::suggestion(&word, FUNCTIONS.iter().map(|f| f.name))))
            );
        };
        let inner = self.sum()?;
        self.close(")")?;
        Ok(expr(start, Kind::Call(function, Box::new(inner))))
    }
}
