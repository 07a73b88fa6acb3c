//! `gradcheck FILE`: every combination of network, loss and penalty of an experiment, on its own data, in f64.

use std::collections::HashSet;

use crate::cli::{Ended, Exit, FileArgs, print};
use crate::command::{Loaded, load};
use crate::diagnose::Problems;
use crate::gradient::{self, THOROUGH};
use crate::train::model::Model;

/// Prints the worst error per combination and block; fails with the worst coordinate.
pub fn gradcheck(args: &FileArgs) -> Ended {
    let Loaded { plan, library, .. } = load(&args.file, &args.sets)?;
    let (mut seen, mut failures) = (HashSet::new(), 0);
    for planned in &plan.trials {
        let combination = gradient::combination(&planned.trial);
        if !seen.insert(combination.clone()) {
            continue;
        }
        let data = library.prepared_f32(&planned.trial, &planned.seeds).map_err(Problems::one)?;
        let weights = planned.trial.model.pretrained.as_ref().map(|p| library.weights(&p.path)).transpose().map_err(Problems::one)?;
        let model = Model::of(&planned.trial, &data);
        let report = gradient::check(planned, &model, &data, weights.as_deref(), THOROUGH);
        print(&combination);
        for block in &report.blocks {
            print(&format!(
                "  {:<18} {:>4} by differences, {:>3} by the graph  {}  {}",
                block.block,
                block.by_difference,
                block.by_graph,
                if block.passed { "ok  " } else { "FAIL" },
                block.worst.as_ref().map_or("not checked: frozen".to_string(), gradient::describe)
            ));
        }
        failures += usize::from(!report.passed());
    }
    print(&format!("{} combinations, {failures} failed", seen.len()));
    Ok(if failures == 0 { Exit::Fine } else { Exit::Failed })
}
