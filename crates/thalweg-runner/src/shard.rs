//! Which trials of a plan one process runs: all, those for which an expression holds, every n-th, or those of a list.
//!
//! A shard is every n-th trial in the order of the plan, so any number of processes share a plan without talking to each other.

use std::fmt;
use std::str::FromStr;

use crate::only::Only;
use crate::plan::Plan;

/// Which trials may run.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// All.
    All,
    /// Those for which it holds.
    Only(&'a Only),
    /// Every n-th.
    Shard(Shard),
    /// Those at these places, ascending.
    Listed(&'a [usize]),
}

/// The i-th of n slices of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// 1 ..= n.
    i: usize,
    n: usize,
}

impl Which<'_> {
    /// Whether a trial at a place of the plan, from 0, may run.
    pub fn has(&self, index: usize, plan: &Plan) -> bool {
        match self {
            Which::All => true,
            Which::Only(only) => only.has(&plan.trial(index)),
            Which::Shard(Shard { i, n }) => index % n == i - 1,
            Which::Listed(places) => places.binary_search(&index).is_ok(),
        }
    }
}

impl Shard {
    /// Its number, from 0, and of how many.
    pub fn place(self) -> (usize, usize) {
        (self.i - 1, self.n)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.i, self.n)
    }
}

impl FromStr for Shard {
    type Err = String;

    /// `i/n`, as typed.
    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        let (i, n) = parts.ok_or("must be i/n, e.g. 1/4: the first of four slices")?;
        if n == 0 {
            return Err("a plan has at least one slice: 1/1".into());
        }
        if !(1..=n).contains(&i) {
            return Err(format!("there is no slice {i} of {n}: the first is 1/{n}, the last {n}/{n}"));
        }
        Ok(Shard { i, n })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_one_of_n() {
        assert_eq!("2/3".parse(), Ok(Shard { i: 2, n: 3 }));
        for bad in ["", "1", "0/3", "4/3", "1/0", "0/0", "-1/3", "a/b", "1/2/3", "1 /2"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }
}
