//! `gradcheck FILE`: every combination of activation, loss, penalty and depth of an experiment, on its own data, in f64.

use std::collections::HashSet;

use ndarray::s;
use rand::seq::index::sample;
use thalweg_data::prepare::{Part, PartLabels, Prepared};
use thalweg_math::gradcheck::{Oracle, gradcheck as check};
use thalweg_math::loss::Targets;
use thalweg_math::objective::Supervised;

use crate::cli::{Ended, Exit, FileArgs, print};
use crate::command::{Loaded, load};
use crate::diagnose::Problems;
use crate::plan::Planned;
use crate::stream::{Stream, rng};
use crate::train::{initial, network};

/// The most coordinates that are checked in one parameter block.
const COORDINATES: usize = 200;
/// Samples in the checked batch.
const SAMPLES: usize = 16;

/// Prints the worst error per combination and block; fails with the worst coordinate.
pub fn gradcheck(args: &FileArgs) -> Ended {
    let Loaded { plan, library, .. } = load(&args.file, &args.sets)?;
    let mut seen = HashSet::new();
    let mut failures = 0;
    for planned in &plan.trials {
        let t = &planned.trial;
        let combination = format!(
            "{} {:?} {} (leak {:?}) {} + {} λ={:?} init {}",
            t.data.source.name,
            t.model.hidden,
            t.model.activation.name,
            t.model.leak,
            t.model.loss.name,
            t.train.penalty.name,
            t.train.lambda,
            t.init().name
        );
        if !seen.insert(combination.clone()) {
            continue;
        }
        let data = library.prepared_f64(t, &planned.seeds).map_err(Problems::one)?;
        failures += combination_check(&combination, planned, &data);
    }
    print(&format!("{} combinations, {failures} failed", seen.len()));
    Ok(if failures == 0 { Exit::Fine } else { Exit::Failed })
}

fn combination_check(combination: &str, planned: &Planned, data: &Prepared<f64>) -> usize {
    let network = network(&planned.trial, data);
    let mut params: Vec<f64> = initial(planned, &network);
    // Biases begin at zero, where a wrong bias gradient can hide: move every parameter a little.
    let mut draws = rng(planned.seeds.seed, Stream::Check, 0);
    for p in &mut params {
        *p += rand::Rng::random_range(&mut draws, -0.05..0.05);
    }
    let t = &planned.trial;
    let objective = Supervised { network: &network, loss: t.model.loss, penalty: t.train.penalty, lambda: t.train.lambda };
    let n = data.train.x.nrows().min(SAMPLES);
    let coordinates: Vec<usize> = network
        .blocks()
        .iter()
        .flat_map(|b| {
            let mut chosen = sample(&mut draws, b.range.len(), b.range.len().min(COORDINATES)).into_vec();
            chosen.sort_unstable();
            chosen.into_iter().map(|i| b.range.start + i).collect::<Vec<_>>()
        })
        .collect();
    let report = check(&objective, &params, data.train.x.slice(s![..n, ..]), first(&data.train, n), &coordinates);
    let mut failed = 0;
    print(combination);
    for block in &report.blocks {
        let worst = block.worst.as_ref().map_or("not checked".to_string(), |w| {
            format!(
                "worst at {}: analytic {:+.9e}, {} {:+.9e}, error {:.1e} of {:.1e} allowed",
                w.index,
                w.analytic,
                oracle(w.oracle),
                w.numeric,
                w.error,
                w.tolerance
            )
        });
        print(&format!(
            "  {:<10} {:>4} by differences, {:>3} by the graph  {}  {worst}",
            block.block,
            block.by_difference,
            block.by_graph,
            if block.passed { "ok  " } else { "FAIL" }
        ));
        failed |= usize::from(!block.passed);
    }
    failed
}

fn first(part: &Part<f64>, n: usize) -> Targets<'_, f64> {
    match &part.y {
        PartLabels::Classes(labels) => Targets::Classes(&labels[..n]),
        PartLabels::Values(values) => Targets::Values(values.slice(s![..n, ..])),
    }
}

fn oracle(oracle: Oracle) -> &'static str {
    match oracle {
        Oracle::Difference => "differences",
        Oracle::Graph => "graph",
    }
}
