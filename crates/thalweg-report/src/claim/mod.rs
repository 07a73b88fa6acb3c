//! Claims: what the author of a file expected of its trials, and what they say of it.
//!
//! The rules are few and the same for all: an expectation is supported or contradicted only by a whole 95 % interval. Absent on purpose:
//! a verdict that somebody wrote.

mod table;

use crate::number::rounded;

pub use table::{checks, table};

/// What a check expects of its quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expected {
    /// More than this.
    Above(f64),
    /// Less than this.
    Below(f64),
    /// This, within a tolerance that is 0 or more.
    Is {
        /// The value.
        value: f64,
        /// How far off it may be.
        within: f64,
    },
}

/// What was measured: a mean, a difference, a ratio or a share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Seeds, or pairs of seeds.
    pub n: usize,
    /// Trials that were looked at and have no value: they did not end well, or nothing was recorded.
    pub n_left_out: usize,
    /// The value.
    pub value: f64,
    /// Lower end of its 95 % interval: the value itself where nothing is left to chance, NaN where one seed says nothing.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What a measurement says of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The whole interval is where it was expected.
    Supported,
    /// It is on both sides.
    Undecided,
    /// None of it is.
    Contradicted,
    /// Nothing was measured.
    Missing,
}

/// One check of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was measured, in words.
    pub what: String,
    /// What was expected.
    pub expected: Expected,
    /// What came; `None`: no trial has it.
    pub measured: Option<Measured>,
}

/// Whether a claim's numbers are the same on every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// They are.
    Reproducible,
    /// They are measured time or memory.
    Timed,
}

/// A claim that was judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What it belongs to, as a gallery groups it.
    pub row: Option<String>,
    /// What is claimed.
    pub says: String,
    /// What is right, where the claim is known to be wrong.
    pub erratum: Option<String>,
    /// The stem of its figure; `None`: the first.
    pub figure: Option<String>,
    /// Its checks.
    pub findings: Vec<Finding>,
    /// Where its numbers come from.
    pub nature: Nature,
}

/// What a claim's checks amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Each is supported.
    Holds,
    /// Some are.
    Limited,
    /// None is, and one or more are contradicted.
    Fails,
    /// None is supported, none contradicted.
    Undecided,
    /// Nothing was measured.
    NotJudged,
}

impl Expected {
    /// What a measurement says of it.
    pub fn evidence(&self, measured: Option<&Measured>) -> Evidence {
        let Some(Measured { low, high, .. }) = measured else {
            return Evidence::Missing;
        };
        let (inside, outside) = match *self {
            Expected::Above(bound) => (*low > bound, *high <= bound),
            Expected::Below(bound) => (*high < bound, *low >= bound),
            // The ends count, and no rounding of the sums may decide.
            Expected::Is { value, within } => {
                (value - within <= *low && *high <= value + within, *high < value - within || value + within < *low)
            }
        };
        match (inside, outside) {
            (true, _) => Evidence::Supported,
            (_, true) => Evidence::Contradicted,
            _ => Evidence::Undecided,
        }
    }

    /// `above 0`, `0.0605 ± 5e-5`
    pub fn text(&self) -> String {
        // A tolerance is a round number: it is shown as it was written, and 1e300 not with its zeros.
        let short = |v: f64| if v == 0.0 || (1e-3..1e9).contains(&v.abs()) { (v + 0.0).to_string() } else { format!("{v:e}") };
        match *self {
            Expected::Above(bound) => format!("above {}", short(bound)),
            Expected::Below(bound) => format!("below {}", short(bound)),
            Expected::Is { value, within: 0.0 } => short(value),
            Expected::Is { value, within } => format!("{} ± {}", short(value), short(within)),
        }
    }
}

impl Measured {
    /// `0.021 [0.015, 0.027], n = 10`; `6, exact`
    pub fn text(&self) -> String {
        let short = |v: f64| rounded(&v.to_string());
        let interval = match self.low {
            low if low.is_nan() => ", no interval".into(),
            // Sums in another order: no digit that is shown differs.
            low if self.high - low <= 1e-9 * self.value.abs() => String::new(),
            low => format!(" [{}, {}]", short(low), short(self.high)),
        };
        if self.n == 1 && self.low == self.high {
            return format!("{}, exact", short(self.value));
        }
        let left_out = if self.n_left_out > 0 { format!(", {} left out", self.n_left_out) } else { String::new() };
        format!("{}{interval}, n = {}{left_out}", short(self.value), self.n)
    }
}

impl Evidence {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Evidence::Supported => "supported",
            Evidence::Undecided => "not told apart",
            Evidence::Contradicted => "contradicted",
            Evidence::Missing => "not measured",
        }
    }
}

impl Finding {
    /// What was measured says of what was expected.
    pub fn evidence(&self) -> Evidence {
        self.expected.evidence(self.measured.as_ref())
    }

    /// What came, in words.
    pub fn came(&self) -> String {
        self.measured.as_ref().map_or("nothing".into(), Measured::text)
    }
}

impl Nature {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Nature::Reproducible => "reproducible",
            Nature::Timed => "timed",
        }
    }
}

impl Claim {
    /// What its checks amount to.
    pub fn verdict(&self) -> Verdict {
        let n = |evidence| self.findings.iter().filter(|f| f.evidence() == evidence).count();
        match (n(Evidence::Supported), n(Evidence::Contradicted), n(Evidence::Missing)) {
            (_, _, missing) if missing == self.findings.len() => Verdict::NotJudged,
            (supported, _, _) if supported == self.findings.len() => Verdict::Holds,
            (1.., _, _) => Verdict::Limited,
            (_, 1.., _) => Verdict::Fails,
            _ => Verdict::Undecided,
        }
    }
}

impl Claim {
    /// The checks that speak against it: those that are contradicted, or, where none is, those that are not supported.
    pub fn doubts(&self) -> Vec<&Finding> {
        let of = |is_one: fn(Evidence) -> bool| self.findings.iter().filter(|f| is_one(f.evidence())).collect::<Vec<_>>();
        match of(|evidence| evidence == Evidence::Contradicted) {
            contradicted if !contradicted.is_empty() => contradicted,
            _ => of(|evidence| evidence != Evidence::Supported),
        }
    }
}

impl Verdict {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Limited => "holds with limits",
            Verdict::Fails => "does not hold here",
            Verdict::Undecided => "not decided here",
            Verdict::NotJudged => "not judged",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(value: f64, low: f64, high: f64) -> Measured {
        Measured { n: 5, n_left_out: 0, value, low, high }
    }

    #[test]
    fn only_a_whole_interval_says_anything() {
        use Evidence::{Contradicted, Missing, Supported, Undecided};
        let nan = f64::NAN;
        for (expected, low, high, evidence) in [
            (Expected::Above(0.0), 0.1, 0.3, Supported),
            (Expected::Above(0.0), -0.1, 0.3, Undecided),
            (Expected::Above(0.0), -0.3, 0.0, Contradicted),
            (Expected::Above(0.0), 0.0, 0.0, Contradicted),
            (Expected::Above(0.0), nan, nan, Undecided),
            (Expected::Below(1.0), 0.1, 0.9, Supported),
            (Expected::Below(1.0), 0.9, 1.1, Undecided),
            (Expected::Below(1.0), 1.0, 1.1, Contradicted),
            (Expected::Is { value: 2.0, within: 0.5 }, 1.5, 2.5, Supported),
            (Expected::Is { value: 2.0, within: 0.5 }, 1.4, 2.5, Undecided),
            (Expected::Is { value: 2.0, within: 0.5 }, 1.0, 3.0, Undecided),
            (Expected::Is { value: 2.0, within: 0.5 }, 2.6, 3.0, Contradicted),
            (Expected::Is { value: 2.0, within: 0.5 }, nan, nan, Undecided),
        ] {
            assert_eq!(expected.evidence(Some(&measured(0.0, low, high))), evidence, "{expected:?} of [{low}, {high}]");
            assert_eq!(expected.evidence(None), Missing);
        }
    }

    #[test]
    fn checks_amount_to_a_verdict() {
        let finding = |low: f64, high: f64| Finding {
            what: "x".into(),
            expected: Expected::Above(0.0),
            measured: low.is_finite().then(|| measured(0.0, low, high)),
        };
        let (yes, no, open, missing) = (finding(1.0, 2.0), finding(-2.0, -1.0), finding(-1.0, 1.0), finding(f64::INFINITY, 0.0));
        for (findings, verdict) in [
            (vec![&yes, &yes], Verdict::Holds),
            (vec![&yes, &no], Verdict::Limited),
            (vec![&yes, &open], Verdict::Limited),
            (vec![&yes, &missing], Verdict::Limited),
            (vec![&no, &open], Verdict::Fails),
            (vec![&open, &missing], Verdict::Undecided),
            (vec![&missing], Verdict::NotJudged),
        ] {
            let findings: Vec<Finding> = findings.into_iter().cloned().collect();
            let claim = Claim { row: None, says: "s".into(), erratum: None, figure: None, findings, nature: Nature::Reproducible };
            assert_eq!(claim.verdict(), verdict, "{claim:?}");
            let rows = table(std::slice::from_ref(&claim)).expect("a table").expect("rows");
            assert_eq!(rows.n_rows(), claim.findings.len());
            assert!(table(&[Claim { nature: Nature::Timed, ..claim }]).expect("no table").is_none());
        }
    }
}
