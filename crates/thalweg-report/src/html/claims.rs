//! Claims on a page: for the report of a run and for the gallery; `claims.html` has the markup.

use minijinja::{Value, context};

use crate::claim::{Claim, Finding, Verdict};

/// What the markup needs of claims.
pub fn shown<'a>(claims: impl IntoIterator<Item = &'a Claim>) -> Vec<Value> {
    claims.into_iter().map(one).collect()
}

/// Of some checks.
pub fn findings<'a>(of: impl IntoIterator<Item = &'a Finding>) -> Vec<Value> {
    let one = |f: &Finding| {
        // No line ends within `n = 10`.
        let measured = f.came().replace("n = ", "n\u{a0}=\u{a0}");
        context! { what => &f.what, expected => f.expected.text(), measured, evidence => f.evidence().name() }
    };
    of.into_iter().map(one).collect()
}

/// Of one claim.
pub fn one(claim: &Claim) -> Value {
    let findings = findings(&claim.findings);
    let class = match claim.verdict() {
        Verdict::Holds => "good",
        Verdict::Limited => "mixed",
        Verdict::Fails => "bad",
        Verdict::Undecided | Verdict::NotJudged => "open",
    };
    context! { says => &claim.says, erratum => &claim.erratum, verdict => claim.verdict().name(), class, findings }
}
