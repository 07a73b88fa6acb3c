//! Whether seeds agree on the ranking of configurations: Kendall's W.

/// How far seeds agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stability {
    /// Kendall's coefficient of concordance, 0 to 1, corrected for ties; NaN where each seed ties everything.
    pub w: f64,
    /// Configurations.
    pub n_configs: usize,
    /// Seeds.
    pub n_seeds: usize,
    /// Seeds within which the configuration with the best mean is the best, or as good as it.
    pub n_best: usize,
}

/// Of a table [configuration][seed] without holes, small values being best. `None` below two configurations or two seeds.
pub fn rank_stability(rows: &[Vec<f64>]) -> Option<Stability> {
    let (n, m) = (rows.len(), rows.first()?.len());
    if n < 2 || m < 2 {
        return None;
    }
    let (mut sums, mut ties) = (vec![0.0; n], 0.0);
    let columns = (0..m).map(|seed| rows.iter().map(|row| row[seed]).collect::<Vec<f64>>());
    for values in columns {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut at = 0;
        while at < n {
            let end = (at..n).find(|i| values[order[*i]] != values[order[at]]).unwrap_or(n);
            // Tied values share the mean of the ranks that they take.
            order[at..end].iter().for_each(|i| sums[*i] += (at + 1 + end) as f64 / 2.0);
            let t = (end - at) as f64;
            ties += t.powi(3) - t;
            at = end;
        }
    }
    let (n_f, m_f) = (n as f64, m as f64);
    let s: f64 = sums.iter().map(|r| (r - m_f * (n_f + 1.0) / 2.0).powi(2)).sum();
    let w = 12.0 * s / (m_f * m_f * (n_f.powi(3) - n_f) - m_f * ties);
    let total = |row: &Vec<f64>| row.iter().sum::<f64>();
    let best = rows.iter().min_by(|a, b| total(a).total_cmp(&total(b)))?;
    let n_best = (0..m).filter(|s| rows.iter().all(|row| best[*s] <= row[*s])).count();
    Some(Stability { w, n_configs: n, n_seeds: m, n_best })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: full agreement is 1; two seeds that contradict each other are 0.
    #[test]
    fn agreement_is_one_and_contradiction_zero() {
        let agree = rank_stability(&[vec![1.0, 4.0], vec![2.0, 5.0], vec![3.0, 6.0]]).expect("enough");
        assert_eq!((agree.w, agree.n_best), (1.0, 2));
        let contradict = rank_stability(&[vec![1.0, 6.0], vec![2.0, 5.0], vec![3.0, 3.0]]).expect("enough");
        assert_eq!((contradict.w, contradict.n_best), (0.0, 1));
        assert_eq!(rank_stability(&[vec![1.0], vec![2.0]]), None);
    }
}
