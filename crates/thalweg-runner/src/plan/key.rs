//! What decides a trial's numbers, as a hash: keys, and the hashes of configurations.
//!
//! Points that differ only in settings that their kind takes as written are a family: what is resolved for one is resolved for all, and
//! their canonical texts differ in a few places. So a plan of a million points resolves some hundreds.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use thalweg_data::source::Origin;

use super::Refusal;
use crate::cost::Cost;
use crate::experiment::{Experiment, KeptWeights, RecordSettings};
use crate::kind::Resolved;
use crate::library::Library;
use crate::settings::Setting;
use crate::stream::Seeds;
use crate::trial::{ModelSettings, Pretrained, Trial};
use crate::value::{Value, push_hex};

/// Changes whenever the numbers of a trial may change: old records are then recomputed.
pub const ENGINE: &str = "thalweg engine 5";

/// The most families that are held.
const MAX_FAMILIES: usize = 4096;

/// Hash of all that decides a trial's numbers: 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 16]);

/// Hash of a resolved setting, without the seed: 12 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConfigHash([u8; 6]);

/// What a point's trials are called, one for each seed.
pub struct Keyed {
    /// Of the setting.
    pub config: ConfigHash,
    /// Of the trials.
    pub keys: Vec<Key>,
    /// The same without `train.epochs`, where a longer trial can go on from a shorter one's state.
    pub prefixes: Vec<Option<Key>>,
    /// What each takes, by the model.
    pub cost: Cost,
}

/// Points that differ only in what their kind takes as written.
struct Family {
    /// What is resolved of it, for each seed.
    trials: Vec<(Resolved, Seeds)>,
    /// The canonical text of each, but for those settings.
    texts: Vec<Text>,
    /// What decides the numbers of each beside its settings.
    bases: Vec<blake3::Hash>,
}

/// A canonical text with gaps.
struct Text {
    /// Up to the first gap.
    begun: blake3::Hasher,
    /// What is in each gap, and the text behind it.
    gaps: Vec<(&'static Setting, String)>,
}

/// Names the trials of an experiment's points.
pub struct Namer<'a> {
    experiment: &'a Experiment,
    library: &'a Library,
    /// What all trials of the experiment share.
    hash: blake3::Hash,
    /// The settings that are hashed.
    settings: Vec<&'static Setting>,
    /// Swept, and what is resolved depends on them.
    deciding: Vec<&'static Setting>,
    /// By the values of the deciding settings; the name of the one that was asked for last.
    families: HashMap<String, Rc<Result<Family, Refusal>>>,
    last: Option<(String, Rc<Result<Family, Refusal>>)>,
    /// Room for texts.
    text: String,
}

impl<'a> Namer<'a> {
    /// A namer that has seen no point yet.
    pub fn new(experiment: &'a Experiment, library: &'a Library) -> Namer<'a> {
        let deciding = experiment.swept.iter().copied().filter(|s| experiment.kind.resolves(s.path)).collect();
        let settings = experiment.kind.settings().collect();
        Namer {
            experiment,
            library,
            hash: common(experiment),
            settings,
            deciding,
            families: HashMap::new(),
            last: None,
            text: String::new(),
        }
    }

    /// What is resolved of a trial under the first seed: what rules are about.
    pub fn resolved(&mut self, trial: &Trial) -> Result<Trial, Refusal> {
        let family = self.family(trial);
        let mut resolved = Result::as_ref(&family).map_err(Refusal::clone)?.trials[0].0.trial.clone();
        for setting in self.experiment.swept.iter().filter(|s| !self.experiment.kind.resolves(s.path)) {
            (setting.set)(&mut resolved, &(setting.get)(trial)).expect("what a trial holds is accepted");
        }
        Ok(resolved)
    }

    /// The names of a trial, for each seed.
    pub fn name(&mut self, trial: &Trial) -> Result<Keyed, Refusal> {
        (self.experiment.kind.refuse)(trial)?;
        let mut text = std::mem::take(&mut self.text);
        let family = self.family(trial);
        let named = Result::as_ref(&family).map_err(Refusal::clone).map(|family| {
            let hash_of = |of: &Text, text: &mut String| of.hash(trial, text);
            let settings: Vec<blake3::Hash> = family.texts.iter().map(|t| hash_of(t, &mut text)).collect();
            let keys = settings.iter().zip(&family.bases).map(|(setting, base)| Key::new(*base, *setting)).collect();
            Keyed { config: ConfigHash::new(&settings), keys, prefixes: Vec::new(), cost: family.trials[0].0.cost }
        });
        self.text = text;
        let mut named = named?;
        named.prefixes = self.prefixes(trial, named.keys.len());
        Ok(named)
    }

    /// The keys with no number of epochs, which no trial has. A schedule that depends on the total is another one in a longer trial.
    fn prefixes(&mut self, trial: &Trial, n: usize) -> Vec<Option<Key>> {
        let has_states = trial.model.kind.has_states && !trial.train.schedule.needs_total;
        if self.experiment.record.weights != KeptWeights::State || !has_states {
            return vec![None; n];
        }
        let (kind, settings) = (self.experiment.kind, self.settings.clone());
        let family = self.family(trial);
        let Ok(family) = family.as_ref() else { return vec![None; n] };
        let one = |((resolved, _), base): (&(Resolved, Seeds), &blake3::Hash)| {
            let mut endless = resolved.trial.clone();
            for (setting, _) in &family.texts[0].gaps {
                (setting.set)(&mut endless, &(setting.get)(trial)).expect("what a trial holds is accepted");
            }
            endless.train.epochs = 0;
            let mut text = String::new();
            settings.iter().filter(|s| (kind.applies)(&endless, s.path)).for_each(|s| write_setting(s, &endless, &mut text));
            Some(Key::new(*base, blake3::hash(text.as_bytes())))
        };
        family.trials.iter().zip(&family.bases).map(one).collect()
    }

    fn family(&mut self, trial: &Trial) -> Rc<Result<Family, Refusal>> {
        let mut name = String::new();
        for setting in &self.deciding {
            (setting.get)(trial).write_canonical(&mut name);
            name.push(';');
        }
        if let Some((_, family)) = self.last.as_ref().filter(|(last, _)| *last == name) {
            return family.clone();
        }
        let known = self.families.get(&name).cloned();
        let family = known.unwrap_or_else(|| {
            if self.families.len() >= MAX_FAMILIES {
                self.families.clear();
            }
            let family = Rc::new(self.resolve(trial));
            self.families.insert(name.clone(), family.clone());
            family
        });
        self.last = Some((name, family.clone()));
        family
    }

    fn resolve(&self, trial: &Trial) -> Result<Family, Refusal> {
        let each = self.experiment.replicates.seeds.iter().map(|seed| resolve(self.experiment, self.library, trial, *seed));
        let trials = each.collect::<Result<Vec<_>, Refusal>>()?;
        let gap = |s: &&'static Setting| self.experiment.swept.iter().any(|t| t.path == s.path) && !self.experiment.kind.resolves(s.path);
        let applies = self.experiment.kind.applies;
        let text_of = |trial: &Trial| Text::new(self.settings.iter().copied().filter(|s| applies(trial, s.path)), trial, gap);
        let texts = trials.iter().map(|(resolved, _)| text_of(&resolved.trial)).collect();
        let bases = trials.iter().map(|(resolved, seeds)| base(self.hash, seeds.seed, &resolved.data_hash)).collect();
        Ok(Family { trials, texts, bases })
    }
}

/// A trial under one seed, with everything known.
pub(super) fn resolve(experiment: &Experiment, library: &Library, trial: &Trial, seed: u64) -> Result<(Resolved, Seeds), Refusal> {
    let seeds = Seeds { seed, vary: experiment.replicates.vary.clone() };
    Ok(((experiment.kind.resolve)(trial.clone(), &seeds, library)?, seeds))
}

impl Text {
    fn new(settings: impl Iterator<Item = &'static Setting>, trial: &Trial, is_gap: impl Fn(&&'static Setting) -> bool) -> Text {
        let (mut begun, mut piece, mut gaps) = (String::new(), String::new(), Vec::<(&'static Setting, String)>::new());
        for setting in settings {
            if is_gap(&setting) {
                close(&mut begun, &mut gaps, &mut piece);
                gaps.push((setting, String::new()));
            } else {
                write_setting(setting, trial, &mut piece);
            }
        }
        close(&mut begun, &mut gaps, &mut piece);
        let mut hasher = blake3::Hasher::new();
        hasher.update(begun.as_bytes());
        Text { begun: hasher, gaps }
    }

    /// Of a trial of the family.
    fn hash(&self, trial: &Trial, text: &mut String) -> blake3::Hash {
        text.clear();
        for (setting, behind) in &self.gaps {
            write_setting(setting, trial, text);
            text.push_str(behind);
        }
        self.begun.clone().update(text.as_bytes()).finalize()
    }
}

/// Puts a finished piece where it belongs: at the beginning, or behind the last gap.
fn close(begun: &mut String, gaps: &mut [(&'static Setting, String)], piece: &mut String) {
    let piece = std::mem::take(piece);
    match gaps.last_mut() {
        Some((_, behind)) => *behind = piece,
        None => *begun = piece,
    }
}

/// `path=value;` — files by what is in them, since the same file has other paths elsewhere.
fn write_setting(setting: &Setting, trial: &Trial, text: &mut String) {
    text.push_str(setting.path);
    text.push('=');
    let is_installed = matches!(trial.data.source.origin, Origin::Installed(_));
    match (setting.path, &trial.model.pretrained) {
        // Wherever an installed set lies, and whoever vouches for it: its own hash is in the key.
        ("data.verify", _) => {}
        ("data.path", _) if is_installed => {}
        ("data.path", _) if trial.data.path.is_some() => Value::Text(trial.data.content.clone()).write_canonical(text),
        ("image.path", _) if !trial.image.content.is_empty() => Value::Text(trial.image.content.clone()).write_canonical(text),
        ("model.backbone", Some(pretrained)) => {
            let by_content = Pretrained { path: pretrained.content.clone(), ..pretrained.clone() };
            let trial = Trial { model: ModelSettings { pretrained: Some(by_content), ..trial.model.clone() }, ..trial.clone() };
            (setting.get)(&trial).write_canonical(text);
        }
        _ => (setting.get)(trial).write_canonical(text),
    }
    text.push(';');
}

/// What all trials of an experiment share.
fn common(experiment: &Experiment) -> blake3::Hash {
    let kind = experiment.kind;
    let mut text = format!("{ENGINE};{};{};", experiment.cpu, kind.name);
    let layers = crate::probe::LAYER_PROBES.iter().map(|p| (p.name, p.formula));
    for (name, formula) in (kind.quantities)().iter().map(|p| (p.name, p.formula)).chain(layers) {
        text += &format!("{name}:{formula};");
    }
    let RecordSettings { every, train, layers, weights } = &experiment.record;
    text += &format!("every={every};train={train:?};layers={layers:?};weights={weights:?};");
    text += &format!("loss-above={:016x};vary={:?}", experiment.failure.loss_above.to_bits(), experiment.replicates.vary);
    blake3::hash(text.as_bytes())
}

/// What decides the numbers of all trials of one seed and data set.
fn base(common: blake3::Hash, seed: u64, data_hash: &str) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(common.as_bytes());
    hasher.update(&seed.to_le_bytes());
    hasher.update(data_hash.as_bytes());
    hasher.finalize()
}

impl Key {
    /// One block: a plan of a million trials makes as many.
    fn new(base: blake3::Hash, setting: blake3::Hash) -> Key {
        let mut both = [0; 64];
        both[..32].copy_from_slice(base.as_bytes());
        both[32..].copy_from_slice(setting.as_bytes());
        Key(first(blake3::hash(&both)))
    }

    /// What two points have in common if they are one: every key.
    pub(super) fn of_all(keys: &[Key]) -> Key {
        if let [one] = keys {
            return *one;
        }
        let mut hasher = blake3::Hasher::new();
        keys.iter().for_each(|key| {
            hasher.update(&key.0);
        });
        Key(first(hasher.finalize()))
    }
}

impl ConfigHash {
    /// One point is one configuration, even where a seed's split makes `all` another number.
    fn new(settings: &[blake3::Hash]) -> ConfigHash {
        if settings.iter().all(|s| *s == settings[0]) {
            return ConfigHash(first(settings[0]));
        }
        let mut hasher = blake3::Hasher::new();
        settings.iter().for_each(|s| {
            hasher.update(s.as_bytes());
        });
        ConfigHash(first(hasher.finalize()))
    }
}

fn first<const N: usize>(hash: blake3::Hash) -> [u8; N] {
    let mut short = [0; N];
    short.copy_from_slice(&hash.as_bytes()[..N]);
    short
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(f, &self.0)
    }
}

impl fmt::Display for ConfigHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(f, &self.0)
    }
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let mut text = String::with_capacity(2 * bytes.len());
    push_hex(&mut text, bytes);
    f.write_str(&text)
}

/// A set of keys: hashes are hashed no more.
pub type Keys = HashSet<Key, BuildHasherDefault<First>>;

/// Takes the first eight bytes of a key.
#[derive(Default)]
pub struct First(u64);

impl Hasher for First {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The CPU features that choose kernels: results are the same bytes only where these are the same.
pub fn cpu() -> String {
    let mut features = vec![std::env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    for (name, present) in [
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512vl", std::is_x86_feature_detected!("avx512vl")),
    ] {
        if present {
            features.push(name);
        }
    }
    features.join("+")
}
