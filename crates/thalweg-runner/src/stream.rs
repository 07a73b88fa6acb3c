//! Randomness addressed by content: a generator for (seed, stream, index), never by the order of drawing.
//!
//! Two arms with one seed share every stream, so they differ only in their setting; adding a value to an axis changes no other trial.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a draw is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Which samples are training, validation and test.
    Split,
    /// Initial parameters.
    Init,
    /// Order of the samples in an epoch.
    Order,
    /// The masks of dropout.
    Dropout,
    /// A generator's samples.
    Noise,
    /// How training pictures are moved.
    Augment,
    /// Which fold validates: the seed itself, not a draw.
    Fold,
    /// The coordinates and trials that a check picks.
    Check,
}

/// The streams that `[replicates] vary` may name.
pub static STREAMS: &[(&str, Stream)] = &[
    ("augment", Stream::Augment),
    ("dropout", Stream::Dropout),
    ("fold", Stream::Fold),
    ("init", Stream::Init),
    ("noise", Stream::Noise),
    ("order", Stream::Order),
    ("split", Stream::Split),
];

/// The generator of one stream; `index` is the epoch where there is one, else 0.
pub fn rng(seed: u64, stream: Stream, index: u64) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"thalweg stream 1");
    hasher.update(&seed.to_le_bytes());
    hasher.update(format!("{stream:?}").as_bytes());
    hasher.update(&index.to_le_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// The seed of each stream in one replicate: streams that do not vary have seed 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Seeds {
    /// The replicate's own seed.
    pub seed: u64,
    /// The streams that vary with it.
    pub vary: Vec<Stream>,
}

impl Seeds {
    /// The seed of one stream.
    pub fn of(&self, stream: Stream) -> u64 {
        if self.vary.contains(&stream) { self.seed } else { 0 }
    }

    /// The generator of one stream.
    pub fn rng(&self, stream: Stream, index: u64) -> ChaCha8Rng {
        rng(self.of(stream), stream, index)
    }
}
