//! `sweep FILE…`: runs what is missing, then writes the report.

use std::collections::HashMap;
use std::path::Path;

use crate::cli::{Ended, Exit, SweepArgs, counted, status};
use crate::clock::Stopwatch;
use crate::command::{Loaded, load, report};
use crate::diagnose::Problems;
use crate::event::Event;
use crate::launch;
use crate::only::Only;
use crate::progress::{Progress, Verbosity};
use crate::record::{Record, Status};
use crate::shard::Which;
use crate::store::Store;
use crate::sweep::{Options, Retry, sweep as run_sweep};
use crate::trainer::{States, Trainer};

/// Trials over all files.
#[derive(Default)]
pub struct Totals {
    /// Trained now.
    pub n_trained: usize,
    /// Asked for and not there.
    pub n_missing: usize,
}

/// Sweeps, and tells programs how it ended, however it did.
pub fn sweep(args: &SweepArgs) -> Ended {
    let mut totals = Totals::default();
    let ended = sweep_all(args, &mut totals);
    if args.verbosity() == Verbosity::Events {
        Event::End { exit: status(&ended), trained: totals.n_trained, missing: totals.n_missing }.print();
    }
    ended
}

/// All files are checked before the first one runs.
fn sweep_all(args: &SweepArgs, totals: &mut Totals) -> Ended {
    let mut loaded = Vec::new();
    let mut problems: Option<Problems> = None;
    for file in &args.files {
        match (load(file, &args.sets), &mut problems) {
            (Ok(one), _) => loaded.push((file, one)),
            (Err(p), None) => problems = Some(p),
            (Err(p), Some(all)) => all.list.push(crate::diagnose::Problem::plain(p.render(crate::diagnose::Color::Plain))),
        }
    }
    if let Some(problems) = problems {
        return Err(problems);
    }
    for (i, (file, one)) in loaded.iter().enumerate() {
        if let Some((earlier, _)) = loaded[..i].iter().find(|(_, other)| other.experiment.name == one.experiment.name) {
            return Err(Problems::one(format!(
                "{} and {} have the same name `{}`",
                earlier.display(),
                file.display(),
                one.experiment.name
            )));
        }
    }
    let mut exit = Exit::Fine;
    for (file, one) in &loaded {
        exit = exit.max(sweep_one(file, one, args, totals)?);
        if exit == Exit::Interrupted {
            break;
        }
    }
    Ok(exit)
}

/// Sweeps one file, and adds to the totals what it did.
pub fn sweep_one(file: &Path, loaded: &Loaded, args: &SweepArgs, totals: &mut Totals) -> Ended {
    if let Some(place) = args.launcher {
        return launch::launch(loaded, args, place);
    }
    let Loaded { experiment, plan, library } = loaded;
    let store = Store::new(&args.out);
    let progress = Progress::new(args.verbosity());
    let retry = match (args.fresh, args.retry.as_deref()) {
        (true, _) => Retry::Everything,
        (_, Some("failed")) => Retry::Failed,
        (_, Some(_)) => Retry::Diverged,
        (_, None) => Retry::Nothing,
    };
    let wrong = |message: String| Problems::one(format!("--only {}: {message}", args.only.as_deref().unwrap_or_default()));
    let only = args.only.as_deref().map(|text| Only::new(text, experiment)).transpose().map_err(wrong)?;
    if only.as_ref().is_some_and(|only| !plan.trials().any(|p| only.has(&p))) {
        return Err(wrong(format!("no trial of {} is like that", experiment.name)));
    }
    report::prepare(&args.out, experiment)?;
    let repeat = report::repeat_command(file, &args.out, &args.sets);
    let options = Options { jobs: args.common.workers(), retry, which: only.as_ref().map_or(Which::All, Which::Only), repeat: &repeat };
    let watch = Stopwatch::start();
    let trainer = Trainer::new(experiment, library, &store, if args.fresh { States::Passed } else { States::Used }, &progress);
    let done = run_sweep(plan, experiment, &store, &options, &|p, stop| trainer.train(p, stop), &progress).map_err(Problems::one)?;
    totals.n_trained += done.n_trained;
    totals.n_missing += done.n_missing;
    let n_continued = trainer.n_continued();
    progress.say(&format!(
        "{}: {} trained{}, {} from the store, {} missing, {:.1} s",
        experiment.name,
        done.n_trained,
        if n_continued > 0 { format!(" ({n_continued} of them continued)") } else { String::new() },
        done.n_cached,
        done.n_missing,
        watch.seconds()
    ));
    let (n_checked, seconds) = library.checks.done();
    if n_checked > 0 {
        let s = if n_checked == 1 { "" } else { "s" };
        progress.say(&format!("gradients of {n_checked} combination{s} checked in {seconds:.2} s"));
    }
    if let Some(message) = done.disk_error {
        return Err(Problems::one(format!("{message}; what was finished is kept, run the same command again to go on")));
    }
    if done.interrupted {
        progress.warn(&format!("interrupted; run the same command again to go on with the {} missing trials", done.n_missing));
    }
    let ended = finish(loaded, args, &done.records)?;
    Ok(if done.interrupted { Exit::Interrupted } else { ended })
}

/// Writes the report of what there is, and says what failed.
pub fn finish(loaded: &Loaded, args: &SweepArgs, records: &HashMap<String, Record>) -> Ended {
    let Loaded { experiment, plan, library } = loaded;
    let (store, progress) = (Store::new(&args.out), Progress::new(args.verbosity()));
    let notes = library.notes();
    notes.iter().for_each(|note| progress.warn(note));
    let run = report::Run { experiment, plan, records, store: &store, library, notes };
    let written = report::write(&args.out, &run, &report::repeat_from_out(experiment), report::Redraw::WhenStale, &|m| progress.warn(m))?;
    report::list_runs(&args.out, &progress);
    let verb = if written.is_some() { "wrote" } else { "up to date:" };
    let dir = args.out.join(&experiment.name);
    let page = dir.join(thalweg_report::files::REPORT).display().to_string();
    progress.say(&format!("{verb} {page}"));
    report::say_verdicts(&written.unwrap_or_default(), &progress);
    progress.event(&Event::Report { path: page });
    let bad = records.values().filter(|r| matches!(r.status, Status::Failed | Status::TimedOut)).count();
    if bad > 0 {
        progress.warn(&format!(
            "{} failed or timed out; see {}",
            counted(bad, "trial"),
            dir.join(thalweg_report::files::FAILURES).display()
        ));
        return Ok(Exit::Failed);
    }
    Ok(Exit::Fine)
}
