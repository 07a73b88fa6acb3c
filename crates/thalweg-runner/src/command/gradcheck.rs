//! `gradcheck FILE`: every gradient of an experiment against differences and the scalar graph, on its own data, in f64.

use crate::cli::{Ended, Exit, FileArgs, print};
use crate::command::{Loaded, load};
use crate::diagnose::Problems;

/// Prints the worst error per combination; fails with the worst coordinate.
pub fn gradcheck(args: &FileArgs) -> Ended {
    let Loaded { experiment, plan, library } = load(&args.file, &args.sets)?;
    let checked = (experiment.kind.gradcheck)(&plan, &library).map_err(Problems::one)?;
    checked.lines.iter().for_each(|line| print(line));
    Ok(if checked.failures == 0 { Exit::Fine } else { Exit::Failed })
}
