//! Expressions: values by hand, errors with their places, and no text that makes them panic.

use super::parse::parse;
use super::{Expr, Kind, Type};
use proptest::prelude::*;
use thalweg_math::graph::{Graph, Var};

use crate::value::Value;

fn value(text: &str) -> f64 {
    fn eval<'g>(graph: &'g Graph, e: &Expr) -> Var<'g> {
        match &e.kind {
            Kind::Number(n) => graph.var(*n),
            Kind::Name(_) => graph.var(3.0),
            Kind::Negate(e) => -eval(graph, e),
            Kind::Power(e, n) => eval(graph, e).powi(*n),
            Kind::Binary(o, a, b) => o.apply(eval(graph, a), eval(graph, b)),
            Kind::Call(f, e) => (f.apply)(eval(graph, e)),
            other => panic!("no arithmetic: {other:?}"),
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
        let error = parse(text).expect_err(text).to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
    assert!(parse(&"(".repeat(2000)).expect_err("deep").message.contains("nested more than 64 deep"));
    assert!(parse(&"-".repeat(2000)).expect_err("deep").message.contains("nested more than 64 deep"));
    assert!(parse(&"2^".repeat(1000)).expect_err("deep").message.contains("nested more than 64 deep"));
    assert!(parse(&"1+".repeat(3000)).expect_err("long").message.contains("at most 4096 bytes"));
}

const TYPES: [(&str, Type); 6] = [
    ("train.lr", Type::Number),
    ("train.l1-ratio", Type::Number),
    ("train.batch", Type::NumberOrWord),
    ("model.activation", Type::Text),
    ("model.hidden", Type::List),
    ("data.header", Type::Bool),
];

fn holds(text: &str) -> bool {
    let get = |name: &str| match name {
        "train.lr" => Value::Number(0.1),
        "train.l1-ratio" => Value::Number(0.5),
        "train.batch" => Value::Int(32),
        "model.activation" => Value::Text("relu".into()),
        "model.hidden" => Value::list([Value::Int(32), Value::Int(16)]),
        _ => Value::Bool(true),
    };
    let expr = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(expr.type_of(&TYPES), Ok(Type::Bool), "{text}");
    expr.holds(&get)
}

/// By hand.
#[test]
fn rules_are_true_or_false() {
    for text in [
        "train.lr / train.batch <= 0.02",
        "model.activation == \"relu\" && train.lr > 0.05",
        "model.activation == 'tanh' || train.batch == 32",
        "!(train.lr > 1) && data.header",
        "train.batch in [16, 32]",
        "model.activation in [\"tanh\", \"relu\"]",
        "model.hidden == [32, 16]",
        "train.l1-ratio == 0.5",
        "train.batch - 2 == 30",
        "false || true",
        "1 / 0 > 5",
        "train.batch != \"all\"",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in ["train.lr > 0.1", "0 / 0 == 0 / 0", "model.activation != \"relu\"", "train.batch in []", "!data.header"] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn types_that_do_not_go_together_are_told_with_their_place() {
    for (text, at, says) in [
        ("train.lr == \"fast\"", 9, "compares a number with text"),
        ("model.activation > 3", 0, "must be a number, not text"),
        ("train.lr && true", 0, "must be true or false"),
        ("train.lrr > 1", 0, "unknown name `train.lrr`; did you mean `train.lr`"),
        ("train.lr in [0.1, \"a\"]", 18, "is text, but what is looked for is a number"),
        ("1 + (2 < 3)", 7, "must be a number, not a truth value"),
    ] {
        let error = parse(text).expect("parses").type_of(&TYPES).expect_err(text);
        assert!(error.at == at && error.message.contains(says), "{text}: {error}");
    }
    assert!(parse("1 < 2 < 3").expect_err("chained").message.contains("joined by &&"));
    assert!(parse("train.lr in 3").expect_err("no list").message.contains("followed by a list"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[-+*/^()xyz0-9.e ,expln&|!=<>in\\[\\]\"]{0,60}") {
        if let Ok(expr) = parse(&text) {
            let types = [("x", Type::Number), ("y", Type::Bool), ("z", Type::List)];
            if expr.type_of(&types) == Ok(Type::Bool) {
                expr.holds(&|_| Value::Number(1.0));
            }
        }
    }
}
