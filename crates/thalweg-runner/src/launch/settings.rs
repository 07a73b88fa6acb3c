//! `[launcher]`: where and how a sweep runs on a cluster. In an experiment file, or for all of a user's sweeps in a file of the user's.
//!
//! It is no part of the experiment: it decides no number, is in no key, and is left out of the resolved file.

use std::path::PathBuf;

use crate::diagnose::{Problem, Problems, Span, suggestion};
use crate::file;
use crate::value::{Node, Value};

/// Names a file of the user's own; without it, `thalweg/launcher.toml` in the folder of the user's settings.
pub const VARIABLE: &str = "THALWEG_LAUNCHER";

/// The section of an experiment file.
pub const SECTION: &str = "launcher";

/// What may be said; what is not is the cluster's own choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launcher {
    /// The partition, or queue.
    pub partition: Option<String>,
    /// The account that is charged.
    pub account: Option<String>,
    /// The limit of an element's time, as Slurm writes it: `30`, `2:00:00`, `1-12`.
    pub time: Option<String>,
    /// Memory of an element: `4G`.
    pub memory: Option<String>,
    /// Workers of an element; 1 where nothing is said.
    pub cpus_per_task: Option<usize>,
    /// The most elements that run at the same time.
    pub throttle: Option<usize>,
    /// How many elements; nothing: as many as have half a minute of work each.
    pub shards: Option<usize>,
    /// Further words for `sbatch`.
    pub flags: Option<Vec<String>>,
    /// Modules that are loaded before the program starts.
    pub modules: Option<Vec<String>>,
    /// A line of shell before the program starts.
    pub prologue: Option<String>,
}

/// A key: its name, what it means, how it is read.
pub struct KeyRow {
    /// As written.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// The form of its value.
    pub form: KeyForm,
}

/// The forms of values, each with where it goes.
pub enum KeyForm {
    /// A word.
    Word(fn(&mut Launcher) -> &mut Option<String>),
    /// A number of at least 1.
    Count(fn(&mut Launcher) -> &mut Option<usize>),
    /// A list of words.
    Words(fn(&mut Launcher) -> &mut Option<Vec<String>>),
}

/// Every key.
pub static KEYS: &[KeyRow] = &[
    KeyRow { name: "partition", doc: "the partition, or queue", form: KeyForm::Word(|l| &mut l.partition) },
    KeyRow { name: "account", doc: "the account that is charged", form: KeyForm::Word(|l| &mut l.account) },
    KeyRow { name: "time", doc: "the limit of an element's time, as sbatch takes it: \"2:00:00\"", form: KeyForm::Word(|l| &mut l.time) },
    KeyRow { name: "memory", doc: "memory of an element: \"4G\"", form: KeyForm::Word(|l| &mut l.memory) },
    KeyRow { name: "cpus-per-task", doc: "workers of an element (default 1)", form: KeyForm::Count(|l| &mut l.cpus_per_task) },
    KeyRow { name: "throttle", doc: "the most elements that run at the same time", form: KeyForm::Count(|l| &mut l.throttle) },
    KeyRow { name: "shards", doc: "how many elements (default: each has at least 30 s of work)", form: KeyForm::Count(|l| &mut l.shards) },
    KeyRow { name: "flags", doc: "further words for sbatch: [\"--qos=short\"]", form: KeyForm::Words(|l| &mut l.flags) },
    KeyRow { name: "modules", doc: "modules that are loaded first: [\"gcc/13\"]", form: KeyForm::Words(|l| &mut l.modules) },
    KeyRow { name: "prologue", doc: "a line of shell before the program starts", form: KeyForm::Word(|l| &mut l.prologue) },
];

impl Launcher {
    /// Reads a table; what is wrong goes to the problems.
    pub fn read(node: &Node, prefix: &str, problems: &mut Vec<Problem>) -> Launcher {
        let mut launcher = Launcher::default();
        let Value::Table(entries) = &node.value else {
            problems.push(Problem::at(&node.span, format!("`{SECTION}` must be a table, not {}", node.value.kind())));
            return launcher;
        };
        for (key, span, node) in entries {
            let Some(row) = KEYS.iter().find(|row| row.name == key) else {
                let problem = Problem::at(span, format!("unknown key `{prefix}{}`", key.escape_debug()));
                problems.push(problem.help(suggestion(key, KEYS.iter().map(|row| row.name))));
                continue;
            };
            if let Err((span, message)) = put(row, node, &mut launcher) {
                problems.push(Problem::at(&span, format!("{prefix}{}: {message}", row.name)));
            }
        }
        launcher
    }

    /// The user's own, where there is one.
    pub fn of_user() -> Result<Launcher, Problems> {
        let Some(path) = user_file().filter(|path| path.exists()) else { return Ok(Launcher::default()) };
        let file = file::read(&path)?;
        let mut list = Vec::new();
        let launcher = Launcher::read(&file.root, "", &mut list);
        if list.is_empty() { Ok(launcher) } else { Err(Problems { file: path.display().to_string(), text: file.text, list }) }
    }

    /// What this one says, and else what the other does.
    pub fn or(self, other: Launcher) -> Launcher {
        Launcher {
            partition: self.partition.or(other.partition),
            account: self.account.or(other.account),
            time: self.time.or(other.time),
            memory: self.memory.or(other.memory),
            cpus_per_task: self.cpus_per_task.or(other.cpus_per_task),
            throttle: self.throttle.or(other.throttle),
            shards: self.shards.or(other.shards),
            flags: self.flags.or(other.flags),
            modules: self.modules.or(other.modules),
            prologue: self.prologue.or(other.prologue),
        }
    }
}

/// A line of words stays one line: it becomes a word of a command or a line of a script.
fn word(node: &Node) -> Result<String, (Span, String)> {
    match &node.value {
        Value::Text(text) if text.is_empty() => Err((node.span.clone(), "must not be empty".into())),
        Value::Text(text) if text.chars().any(char::is_control) => Err((node.span.clone(), "must be one line of plain characters".into())),
        Value::Text(text) => Ok(text.clone()),
        other => Err((node.span.clone(), format!("must be text, not {}", other.kind()))),
    }
}

fn put(row: &KeyRow, node: &Node, launcher: &mut Launcher) -> Result<(), (Span, String)> {
    match row.form {
        KeyForm::Word(place) => *place(launcher) = Some(word(node)?),
        KeyForm::Count(place) => match node.value {
            Value::Int(n) if (1..=100_000).contains(&n) => *place(launcher) = Some(n as usize),
            _ => return Err((node.span.clone(), "must be a whole number from 1 to 100000".into())),
        },
        KeyForm::Words(place) => match &node.value {
            Value::List(items) => *place(launcher) = Some(items.iter().map(word).collect::<Result<_, _>>()?),
            other => return Err((node.span.clone(), format!("must be a list of words, not {}", other.kind()))),
        },
    }
    Ok(())
}

fn user_file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = || set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    set(VARIABLE).or_else(|| folder().map(|folder| folder.join("thalweg/launcher.toml")))
}
