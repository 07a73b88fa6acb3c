//! Expressions of numbers: `(x + y) * z`, parsed with positions and limits, evaluated on a scalar graph.
//!
//! Grammar, from loose to tight: `+ -`, `* /`, unary `-`, `^` with a whole number, then numbers, names, calls and
//! parentheses. Nothing here is code: there are no assignments and no loops. Absent: comparisons, text and truth values.

use std::fmt;

use thalweg_math::graph::Var;

/// The longest expression, in bytes.
const MAX_BYTES: usize = 4096;
/// The deepest nesting.
const MAX_DEPTH: usize = 64;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `2.5`
    Number(f64),
    /// `x`
    Name(String),
    /// `-e`
    Negate(Box<Expr>),
    /// `e ^ n`
    Power(Box<Expr>, i32),
    /// `a + b`
    Binary(Operator, Box<Expr>, Box<Expr>),
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

/// A function of one number.
pub struct Function {
    /// As written.
    pub name: &'static str,
    /// On a graph.
    pub apply: for<'g> fn(Var<'g>) -> Var<'g>,
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
    Function { name: "abs", apply: |v| Var::abs(v) },
    Function { name: "cos", apply: |v| Var::cos(v) },
    Function { name: "exp", apply: |v| Var::exp(v) },
    Function { name: "ln", apply: |v| Var::ln(v) },
    Function { name: "sqrt", apply: |v| Var::sqrt(v) },
    Function { name: "tanh", apply: |v| Var::tanh(v) },
];

/// Parses a text; the error says at which character, counted from 1, and what was possible.
pub fn parse(text: &str) -> Result<Expr, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("an expression has at most {MAX_BYTES} bytes, not {}", text.len()));
    }
    let mut parser = Parser { letters: text.chars().collect(), at: 0, depth: 0 };
    let expr = parser.sum()?;
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

impl Parser {
    fn wrong(&self, what: &str) -> String {
        format!("at character {}: {what}", self.at + 1)
    }

    /// The next letter that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.letters.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.letters.get(self.at).copied()
    }

    /// Takes one of the letters, if it comes next.
    fn take(&mut self, wanted: &[char]) -> Option<char> {
        let next = self.peek().filter(|c| wanted.contains(c))?;
        self.at += 1;
        Some(next)
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut left = self.product()?;
        while let Some(c) = self.take(&['+', '-']) {
            let operator = if c == '+' { Operator::Add } else { Operator::Subtract };
            left = Expr::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expr, String> {
        let mut left = self.signed()?;
        while let Some(c) = self.take(&['*', '/']) {
            let operator = if c == '*' { Operator::Multiply } else { Operator::Divide };
            left = Expr::Binary(operator, Box::new(left), Box::new(self.signed()?));
        }
        Ok(left)
    }

    /// Every nesting passes here.
    fn signed(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong(&format!("nested more than {MAX_DEPTH} deep")));
        }
        let expr = if self.take(&['-']).is_some() { Expr::Negate(Box::new(self.signed()?)) } else { self.power()? };
        self.depth -= 1;
        Ok(expr)
    }

    fn power(&mut self) -> Result<Expr, String> {
        let base = self.atom()?;
        if self.take(&['^']).is_none() {
            return Ok(base);
        }
        let start = self.at;
        match self.signed()? {
            Expr::Number(n) if n == n.trunc() && n.abs() <= 100.0 => Ok(Expr::Power(Box::new(base), n as i32)),
            Expr::Negate(inner) if matches!(*inner, Expr::Number(n) if n == n.trunc() && n <= 100.0) => {
                let Expr::Number(n) = *inner else { unreachable!("just matched") };
                Ok(Expr::Power(Box::new(base), -(n as i32)))
            }
            _ => {
                self.at = start;
                Err(self.wrong("an exponent is a whole number from −100 to 100"))
            }
        }
    }

    fn atom(&mut self) -> Result<Expr, String> {
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let inner = self.sum()?;
                self.take(&[')']).ok_or_else(|| self.wrong("`)` is missing"))?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.word(),
            Some(c) => Err(self.wrong(&format!("`{}` cannot stand here; possible: a number, a name, a function or `(`", c.escape_debug()))),
            None => Err(self.wrong("the expression ends too early; possible: a number, a name, a function or `(`")),
        }
    }

    fn number(&mut self) -> Result<Expr, String> {
        let start = self.at;
        let digit = |c: char, before: char| c.is_ascii_alphanumeric() || c == '.' || ("+-".contains(c) && "eE".contains(before));
        while self.at < self.letters.len() && digit(self.letters[self.at], if self.at > start { self.letters[self.at - 1] } else { ' ' }) {
            self.at += 1;
        }
        let text: String = self.letters[start..self.at].iter().collect();
        match text.parse::<f64>() {
            Ok(n) if n.is_finite() => Ok(Expr::Number(n)),
            _ => {
                self.at = start;
                Err(self.wrong(&format!("`{text}` is not a number")))
            }
        }
    }

    fn word(&mut self) -> Result<Expr, String> {
        let start = self.at;
        while self.letters.get(self.at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
            self.at += 1;
        }
        let word: String = self.letters[start..self.at].iter().collect();
        if self.take(&['(']).is_none() {
            return Ok(Expr::Name(word));
        }
        let Some(function) = FUNCTIONS.iter().find(|f| f.name == word) else {
            self.at = start;
            return Err(
                self.wrong(&format!("unknown function `{word}`; {}", crate::diagnose::suggestion(&word, FUNCTIONS.iter().map(|f| f.name))))
            );
        };
        let inner = self.sum()?;
        self.take(&[')']).ok_or_else(|| self.wrong("`)` is missing"))?;
        Ok(Expr::Call(function, Box::new(inner)))
    }
}

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
}

impl Expr {
    /// The names in it, each once, in alphabetical order.
    pub fn names(&self) -> std::collections::BTreeSet<&str> {
        match self {
            Expr::Number(_) => Default::default(),
            Expr::Name(name) => [name.as_str()].into(),
            Expr::Negate(e) | Expr::Power(e, _) | Expr::Call(_, e) => e.names(),
            Expr::Binary(_, a, b) => a.names().into_iter().chain(b.names()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use thalweg_math::graph::Graph;

    fn value(text: &str) -> f64 {
        fn eval<'g>(graph: &'g Graph, e: &Expr) -> Var<'g> {
            match e {
                Expr::Number(n) => graph.var(*n),
                Expr::Name(_) => graph.var(3.0),
                Expr::Negate(e) => -eval(graph, e),
                Expr::Power(e, n) => eval(graph, e).powi(*n),
                Expr::Binary(o, a, b) => o.apply(eval(graph, a), eval(graph, b)),
                Expr::Call(f, e) => (f.apply)(eval(graph, e)),
            }
        }
        let graph = Graph::new();
        eval(&graph, &parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))).value()
    }

    /// By hand.
    #[test]
    fn precedence_is_that_of_the_schoolbook() {
        for (text, want) in [
            ("1 + 2 * 3", 7.0),
            ("(1 + 2) * 3", 9.0),
            ("8 / 4 / 2", 1.0),
            ("7 - 4 - 2", 1.0),
            ("-2^2", -4.0),
            ("(-2)^2", 4.0),
            ("2 * -x", -6.0),
            ("x^-1", 1.0 / 3.0),
            ("1e-3 + 2.5E+1", 25.001),
            ("exp(0) + ln(1) + sqrt(16) + tanh(0) + cos(0) + abs(-2)", 8.0),
        ] {
            assert_eq!(value(text), want, "{text}");
        }
    }

    #[test]
    fn errors_say_where_and_what_was_possible() {
        for (text, says) in [
            ("1 +", "character 4: the expression ends too early"),
            ("(1 + 2", "`)` is missing"),
            ("1 + * 2", "character 5: `*` cannot stand here"),
            ("sine(x)", "character 1: unknown function `sine`"),
            ("2 x", "character 3: `x` cannot stand here"),
            ("1.2.3", "`1.2.3` is not a number"),
            ("2^x", "an exponent is a whole number"),
            ("2^0.5", "an exponent is a whole number"),
            ("2^3^1", "an exponent is a whole number"),
            ("", "ends too early"),
            ("x = 3", "`=` cannot stand here"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(parse(&"(".repeat(2000)).expect_err("deep").contains("nested more than 64 deep"));
        assert!(parse(&"-".repeat(2000)).expect_err("deep").contains("nested more than 64 deep"));
        assert!(parse(&"2^".repeat(1000)).expect_err("deep").contains("nested more than 64 deep"));
        assert!(parse(&"1+".repeat(3000)).expect_err("long").contains("at most 4096 bytes"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-+*/^()xyz0-9.e ,expln]{0,60}") {
            let _ = parse(&text);
        }
    }
}
