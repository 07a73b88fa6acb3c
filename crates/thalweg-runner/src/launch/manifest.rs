//! What a launched sweep hands to its elements: which trials each is to run, and what the plan was made with.
//!
//! A few lines of words, then a line for each shard: the places of its trials in the plan, as `0-11 15 17-19`. Element i of an array
//! reads line i, so that the array's own index is a short range however many trials there are.

use std::fs;
use std::path::Path;

use crate::experiment::Experiment;
use crate::plan::{ENGINE, Plan};

const MAGIC: &str = "thalweg manifest 1";

/// The largest manifest that is read, in bytes: a million places of seven digits take 8 MB.
const MAX_BYTES: u64 = 64 << 20;

/// Which element runs what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The engine of the program that planned.
    pub engine: String,
    /// The CPU features of its machine, which are in the trials' keys.
    pub cpu: String,
    /// Hash of all keys of the plan: what the trials are, with their data and the engine.
    pub plan: String,
    /// The places in the plan of each shard's trials, ascending.
    pub shards: Vec<Vec<usize>>,
}

impl Manifest {
    /// Of a plan and the shards of what is missing.
    pub fn new(plan: &Plan, experiment: &Experiment, shards: Vec<Vec<usize>>) -> Manifest {
        Manifest { engine: ENGINE.into(), cpu: experiment.cpu.clone(), plan: hash(plan), shards }
    }

    /// As it is written.
    pub fn to_text(&self) -> String {
        let Manifest { engine, cpu, plan, shards } = self;
        let mut text = format!("{MAGIC}\nengine {engine}\ncpu {cpu}\nplan {plan}\nshards {}\n", shards.len());
        for shard in shards {
            text += &places(shard);
            text.push('\n');
        }
        text
    }

    /// Reads one; says what is wrong with it.
    pub fn read(path: &Path) -> Result<Manifest, String> {
        let wrong = |what: &str| format!("manifest {}: {what}", path.display());
        let size = fs::metadata(path).map_err(|e| wrong(&e.to_string()))?.len();
        if size > MAX_BYTES {
            return Err(wrong(&format!("{size} bytes are more than {MAX_BYTES}")));
        }
        let text = fs::read_to_string(path).map_err(|e| wrong(&e.to_string()))?;
        Manifest::parse(&text).ok_or_else(|| wrong("not a whole manifest of this version"))
    }

    fn parse(text: &str) -> Option<Manifest> {
        let mut lines = text.lines();
        let mut word = |name: &str| lines.next()?.strip_prefix(name).map(str::to_string);
        word(MAGIC).filter(String::is_empty)?;
        let (engine, cpu, plan) = (word("engine ")?, word("cpu ")?, word("plan ")?);
        let n: usize = word("shards ")?.parse().ok()?;
        let shards: Vec<Vec<usize>> = lines.map(places_of).collect::<Option<_>>()?;
        (shards.len() == n).then_some(Manifest { engine, cpu, plan, shards })
    }

    /// Refuses a plan that is not the one that was launched: another engine, other data, another experiment.
    pub fn check(&self, plan: &Plan) -> Result<(), String> {
        if self.engine != ENGINE {
            return Err(format!("the plan was made by `{}`, and this program is `{ENGINE}`: launch again with one program", self.engine));
        }
        if self.plan != hash(plan) {
            return Err("the plan is another one than was launched: the experiment or its data has changed; launch again".into());
        }
        match self.shards.iter().flatten().find(|place| **place >= plan.len()) {
            Some(place) => Err(format!("the manifest names trial {place} of {}", plan.len())),
            None => Ok(()),
        }
    }
}

/// What stands for a plan: a hash of all its keys.
pub fn hash(plan: &Plan) -> String {
    let mut hasher = blake3::Hasher::new();
    plan.keys().for_each(|key| {
        hasher.update(key.as_bytes());
    });
    hasher.finalize().to_hex().to_string()
}

/// Ascending places as ranges.
fn places(shard: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for place in shard {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *place => *last = *place,
            _ => ranges.push((*place, *place)),
        }
    }
    let word = |(first, last): (usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

fn places_of(line: &str) -> Option<Vec<usize>> {
    let mut shard = Vec::new();
    for word in line.split_whitespace() {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        // No more places than a plan may have, and each behind the one before.
        if last < first || last >= crate::plan::MAX_TRIALS || shard.last().is_some_and(|before| *before >= first) {
            return None;
        }
        shard.extend(first..=last);
    }
    Some(shard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn manifest(shards: Vec<Vec<usize>>) -> Manifest {
        Manifest { engine: "e 1".into(), cpu: "x86_64+avx2".into(), plan: "00ff".into(), shards }
    }

    #[test]
    fn places_are_written_as_ranges() {
        let text = manifest(vec![vec![0, 1, 2, 5, 7, 8], Vec::new(), vec![9]]).to_text();
        assert!(text.ends_with("shards 3\n0-2 5 7-8\n\n9\n"), "{text}");
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let whole = manifest(vec![vec![0, 1], vec![4]]).to_text();
        assert!(Manifest::parse(&whole).is_some());
        for (from, to) in [
            ("manifest 1", "manifest 2"),
            ("shards 2", "shards 3"),
            ("0-1", "1-0"),
            ("0-1", "0-99999999"),
            ("0-1", "-1"),
            ("0-1", "3 1"),
            ("0-1", "x"),
            ("plan ", "pln "),
        ] {
            assert!(Manifest::parse(&whole.replacen(from, to, 1)).is_none(), "{to}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_comes_back(shards in prop::collection::vec(prop::collection::btree_set(0_usize..5000, 0..60), 1..20)) {
            let made = manifest(shards.into_iter().map(|s| s.into_iter().collect()).collect());
            prop_assert_eq!(Manifest::parse(&made.to_text()), Some(made));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", head in any::<bool>()) {
            let head = if head { "thalweg manifest 1\nengine e\ncpu c\nplan p\nshards 1\n" } else { "" };
            let _ = Manifest::parse(&format!("{head}{text}"));
        }
    }
}
