//! The JSON schema (draft 7) of an experiment file, for editors: made from the tables of rows that the checker reads.
//!
//! What a setting accepts is asked of the setting itself, by offering it a value of each type; so the schema cannot say anything that
//! the checker does not. It is looser than the checker: ranges, and what goes together, are told by `plan`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use thalweg_report::THEMES;
use thalweg_report::look::{DPIS, WIDTHS};

use crate::axes::{Form, GENERATORS, Generator};
use crate::check::{SECTIONS, WEIGHTS};
use crate::claim::CHECK_KEYS;
use crate::kind::KINDS;
use crate::launch::settings::{KEYS, KeyForm, KeyRow};
use crate::settings::{SETTINGS, Setting};
use crate::stream::STREAMS;
use crate::trial::Trial;
use crate::value::Value;

/// A word that is no name of any row.
const NO_NAME: &str = "\u{1}";

/// The schema's text.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).expect("plain values are always writable");
    text.push('\n');
    text
}

fn schema() -> Json {
    let mut properties = Map::new();
    for section in SECTIONS {
        properties.insert((*section).into(), self::section(section));
    }
    let definitions = SETTINGS.iter().map(|s| (s.path.to_string(), value(s))).chain([("generator".to_string(), generators())]);
    json!({
        "definitions": definitions.collect::<Map<_, _>>(),
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A Thalweg experiment",
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": properties,
    })
}

fn section(name: &str) -> Json {
    let names = |list: Vec<&str>| json!({ "enum": list });
    let text = |what: &str| json!({ "type": "string", "description": what });
    match name {
        "schema" => json!({ "const": 1, "description": "the version of this language" }),
        "name" => json!({ "type": "string", "pattern": "^[a-z0-9-]{1,100}$", "description": "the folder under reports/" }),
        "question" => text("what the experiment asks"),
        "kind" => names(KINDS.iter().map(|k| k.name).collect()),
        "base" => groups("where every trial starts", &fixed, &[]),
        "axes" => groups("what is swept; axes multiply", &axis, &[]),
        "zip" => {
            json!({ "type": "array", "items": groups("lists of one length that move together", &axis, &[("name", text("of the axis"))]) })
        }
        "when" => {
            let test = text("where the axis exists: 'model.activation == \"leaky-relu\"'");
            json!({ "type": "array", "items": groups("an axis that exists only where the test holds", &axis, &[("if", test)]) })
        }
        "include" => json!({ "type": "array", "items": groups("a single extra point", &fixed, &[]) }),
        "rules" => {
            let rules = json!({ "type": "object", "additionalProperties": { "type": "string", "maxLength": 4096 } });
            json!({ "type": "object", "additionalProperties": false, "properties": { "require": rules, "exclude": rules } })
        }
        "replicates" => {
            let streams = json!({ "type": "array", "items": names(STREAMS.iter().map(|s| s.0).collect()) });
            let seeds = json!({ "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 1, "uniqueItems": true });
            object(json!({ "n": { "type": "integer", "minimum": 1 }, "seeds": seeds, "vary": streams }))
        }
        "search" => object(json!({
            "method": names(crate::check::SEARCHES.to_vec()),
            "points": { "type": "integer", "minimum": 1, "description": "how many are drawn" },
            "seed": { "type": "integer", "minimum": 0 },
            "eta": { "type": "integer", "minimum": 2, "maximum": 100, "description": "halving: one of so many is promoted (default 3)" },
            "min-epochs": { "type": "integer", "minimum": 1, "description": "halving: epochs of the first rung, at least" },
            "cohort": { "type": "integer", "minimum": 2, "description": "halving: how many configurations compete (default: all)" },
        })),
        "failure" => {
            let after = object(json!({ "stop-after": { "type": "integer", "minimum": 1 } }));
            object(json!({
                "policy": { "anyOf": [names(vec!["continue", "stop"]), after] },
                "diverged": object(json!({ "loss-above": { "type": "number" } })),
                "timeout": { "type": "string", "pattern": "^[0-9]+(ms|s|m|h)$" },
            }))
        }
        "record" => object(json!({
            "every": { "type": "integer", "minimum": 1, "description": "epochs between evaluations" },
            "train": names(vec!["full", "running"]),
            "layers": { "type": "boolean", "description": "a table of each group of layers" },
            "weights": names(WEIGHTS.iter().map(|w| w.0).collect()),
        })),
        "report" => {
            let quantities: BTreeSet<&str> = KINDS.iter().flat_map(|k| (k.quantities)()).map(|q| q.name).collect();
            let thresholds: BTreeMap<&str, Json> =
                KINDS.iter().flat_map(|k| k.thresholds).map(|t| (t.name, json!({ "type": "number", "description": t.doc }))).collect();
            object(json!({
                "metric": names(quantities.into_iter().collect()),
                "at": names(vec!["best-epoch", "final"]),
                "plots": { "type": "array", "items": { "type": "string" } },
                "theme": names(THEMES.iter().map(|t| t.name).collect()),
                "dpi": { "type": "integer", "minimum": DPIS.start(), "maximum": DPIS.end(), "description": "dots per inch of PNG files" },
                "width": { "type": "integer", "minimum": WIDTHS.start(), "maximum": WIDTHS.end(), "description": "of a standard figure in logical pixels, 96 to an inch" },
                "thresholds": object(json!(thresholds)),
            }))
        }
        "claim" => {
            let check = Json::Object(CHECK_KEYS.iter().map(|(name, doc)| (name.to_string(), check_key(name, doc))).collect());
            let mut made = object(json!({
                "row": text("what it belongs to, as a gallery groups it"),
                "says": text("what is claimed, in one sentence"),
                "erratum": text("what is right, where the claim is known to be wrong"),
                "figure": text("the stem of its figure; the first one without"),
                "check": { "type": "array", "minItems": 1, "items": object(check) },
            }));
            made["required"] = json!(["says", "check"]);
            json!({ "type": "array", "items": made })
        }
        "launcher" => {
            let form = |row: &KeyRow| match row.form {
                KeyForm::Word(_) => json!({ "type": "string", "description": row.doc }),
                KeyForm::Count(_) => json!({ "type": "integer", "minimum": 1, "description": row.doc }),
                KeyForm::Words(_) => json!({ "type": "array", "items": { "type": "string" }, "description": row.doc }),
            };
            let mut made = object(Json::Object(KEYS.iter().map(|row| (row.name.to_string(), form(row))).collect()));
            made["description"] = "where and how it runs on a cluster".into();
            made
        }
        other => unreachable!("no section is called {other}"),
    }
}

/// A key of a check.
fn check_key(name: &str, doc: &str) -> Json {
    let mut made = match name {
        "epoch" => json!({ "type": "integer", "minimum": 0 }),
        "ratio" => json!({ "type": "boolean" }),
        "pick" => json!({ "enum": ["mean", "best"] }),
        "above" | "below" | "is" => json!({ "type": "number" }),
        "within" => json!({ "type": "number", "minimum": 0 }),
        _ => json!({ "type": "string" }),
    };
    made["description"] = doc.into();
    made
}

fn object(properties: Json) -> Json {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// All settings by group, each as `of` says, and some keys beside the groups.
fn groups(what: &str, of: &dyn Fn(&Setting) -> Json, others: &[(&str, Json)]) -> Json {
    let mut properties = Map::new();
    for setting in SETTINGS.iter() {
        let (group, field) = setting.path.split_once('.').expect("paths are group.field");
        let entry = properties.entry(group).or_insert_with(|| object(json!({})));
        entry["properties"][field] = of(setting);
    }
    properties.extend(others.iter().map(|(name, value)| (name.to_string(), value.clone())));
    let mut made = object(Json::Object(properties));
    made["description"] = what.into();
    made
}

/// One value of a setting.
fn fixed(setting: &Setting) -> Json {
    // Beside a reference other keys do not count, so it stands in a list of one.
    json!({ "description": setting.doc, "allOf": [reference(setting.path)] })
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// Several values, or a generator of them.
fn axis(setting: &Setting) -> Json {
    let list = json!({ "type": "array", "minItems": 1, "items": reference(setting.path) });
    json!({ "description": setting.doc, "anyOf": [list, reference("generator")] })
}

/// Any generator of values.
fn generators() -> Json {
    let one = |generator: &Generator| {
        let keys = [generator.name].into_iter().chain(generator.needs.iter().copied()).chain(generator.takes.iter().copied());
        let of = |key: &str| match key {
            "points" | "step" | "sig" => json!({ "type": "integer", "minimum": 1 }),
            _ => json!({ "type": "array", "items": { "type": "number" } }),
        };
        let mut made = object(Json::Object(keys.map(|key| (key.to_string(), of(key))).collect()));
        made["required"] = [generator.name].into_iter().chain(generator.needs.iter().copied()).collect::<Vec<_>>().into();
        made["description"] = match generator.form_of {
            Form::Values(_) => generator.form.into(),
            Form::Between(_) => format!("{}; for a search that draws", generator.form).into(),
        };
        made
    };
    json!({ "anyOf": GENERATORS.iter().map(one).collect::<Vec<_>>() })
}

/// What a setting takes: each type that it does not refuse as a type, and the names that it knows.
fn value(setting: &Setting) -> Json {
    let refusal = |value: &Value| (setting.set)(&mut Trial::default(), value).err();
    let mut forms = Vec::new();
    if setting.takes(&Value::Number(0.37)) {
        forms.push(json!({ "type": "number" }));
    } else if setting.takes(&Value::Int(7)) {
        forms.push(json!({ "type": "integer" }));
    }
    if setting.takes(&Value::Bool(true)) {
        forms.push(json!({ "type": "boolean" }));
    }
    let word = Value::Text(NO_NAME.into());
    let told = refusal(&word);
    match told.as_deref().and_then(possible) {
        Some(names) => forms.push(json!({ "enum": names })),
        None if setting.takes(&word) => forms.push(json!({ "type": "string" })),
        // `must be a number, not text, or "auto"`
        None => forms.extend(told.as_deref().and_then(other_word).map(|word| json!({ "const": word }))),
    }
    let list = |item: &Value| Value::list([item.clone(), item.clone()]);
    if let Some(item) = [word, Value::Number(0.5), Value::Int(7)].iter().find(|item| setting.takes(&list(item))) {
        let items = match (item, refusal(&list(item)).as_deref().and_then(possible)) {
            (_, Some(names)) => json!({ "enum": names }),
            (Value::Text(_), None) => json!({}),
            (Value::Number(_), None) => json!({ "type": "number" }),
            (_, None) => json!({ "type": "integer" }),
        };
        forms.push(json!({ "type": "array", "items": items }));
    }
    let tables = [Value::Table(Vec::new()), Value::table([("steps", Value::Int(7))])];
    if tables.iter().any(|table| setting.takes(table)) {
        forms.push(json!({ "type": "object" }));
    }
    match forms.len() {
        // Nothing was recognised: anything may stand there.
        0 => json!({}),
        1 => forms.remove(0),
        _ => json!({ "anyOf": forms }),
    }
}

/// The names in "possible: a, b, c".
fn possible(message: &str) -> Option<Vec<String>> {
    let list = message.strip_prefix("unknown ")?.split("possible: ").nth(1)?;
    let (list, word) = list.split_once(", or \"").map_or((list, None), |(list, word)| (list, Some(word.trim_end_matches('"'))));
    Some(list.split(", ").chain(word).map(String::from).collect())
}

/// The word in `…, or "auto"`.
fn other_word(message: &str) -> Option<&str> {
    message.rsplit_once("or \"").and_then(|(_, word)| word.split('"').next())
}
