//! What is told while a sweep runs: on a terminal one bar and a line per worker, elsewhere plain lines, all of it on stderr;
//! for programs one JSON object per line on stdout instead (`--json`).
//!
//! The time to go follows the trials' costs, not their number: the long ones run first.

use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::clock::Stopwatch;
use crate::event::Event;
use crate::record::Status;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Errors and warnings only.
    Quiet,
    /// A bar or lines.
    Normal,
    /// Events for programs on stdout; errors and warnings on stderr.
    Events,
}

/// A trial as progress sees it.
pub struct Piece<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its expected cost, in any unit.
    pub cost: f64,
    /// What tells it from the others.
    pub label: String,
}

/// The progress of one sweep.
pub struct Progress {
    verbosity: Verbosity,
    bars: Option<Bars>,
    state: Mutex<State>,
}

/// The bar and, below it, a line for each worker.
struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    workers: Mutex<Vec<ProgressBar>>,
}

struct State {
    total: usize,
    done: usize,
    n_diverged: usize,
    n_failed: usize,
    cost: f64,
    cost_done: f64,
    watch: Stopwatch,
    last_line: f64,
    last_tenth: usize,
}

/// Plain lines come at every tenth of the cost, but not closer than this, and at least this often, in seconds.
const CLOSEST: f64 = 1.0;
const RAREST: f64 = 30.0;

impl Progress {
    /// Chooses between a bar and lines.
    pub fn new(verbosity: Verbosity) -> Progress {
        let bars = (verbosity == Verbosity::Normal && std::io::stderr().is_terminal()).then(Bars::new);
        let state = State {
            total: 0,
            done: 0,
            n_diverged: 0,
            n_failed: 0,
            cost: 0.0,
            cost_done: 0.0,
            watch: Stopwatch::start(),
            last_line: 0.0,
            last_tenth: 0,
        };
        Progress { verbosity, bars, state: Mutex::new(state) }
    }

    /// A sweep of `total` trials begins; `cached` are done, the others will cost `cost`.
    pub fn begin(&self, name: &str, total: usize, cached: usize, cost: f64) {
        let mut state = self.state.lock().expect("no panic while held");
        *state = State { total, done: cached, cost, watch: Stopwatch::start(), ..*state };
        if let Some(bars) = &self.bars {
            bars.total.set_length(total as u64);
            bars.total.set_position(cached as u64);
        } else if self.verbosity == Verbosity::Normal {
            eprintln!("{total} trials, {cached} of them already done");
        }
        self.event(&Event::Plan { name, trials: total, cached });
    }

    /// A worker begins a trial.
    pub fn start(&self, worker: usize, piece: &Piece<'_>) {
        if let Some(bars) = &self.bars {
            bars.start(worker, &format!("{}  {}", &piece.key[..12], piece.label));
        }
    }

    /// One trial is done.
    pub fn one_more(&self, worker: usize, piece: &Piece<'_>, status: Status) {
        let mut state = self.state.lock().expect("no panic while held");
        match status {
            Status::Diverged => state.n_diverged += 1,
            Status::Failed | Status::TimedOut => state.n_failed += 1,
            Status::Ok => {}
        }
        state.done += 1;
        state.cost_done += piece.cost;
        self.event(&Event::Trial { key: piece.key, status: status.name(), done: state.done, total: state.total });
        if let Some(bars) = &self.bars {
            bars.stop(worker);
            bars.total.set_position(state.done as u64);
            bars.total.set_message(state.told());
        } else if self.verbosity == Verbosity::Normal && state.is_time_for_a_line() {
            eprintln!("{}/{} trials, {}", state.done, state.total, state.told());
        }
    }

    /// Tells a program.
    pub fn event(&self, event: &Event<'_>) {
        if self.verbosity == Verbosity::Events {
            event.print();
        }
    }

    /// A line that must not be lost, above the bar.
    pub fn warn(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.all.suspend(|| anstream::eprintln!("{text}")),
            None => anstream::eprintln!("{text}"),
        }
    }

    /// A line that only a reader at a terminal or of a log needs.
    pub fn say(&self, text: &str) {
        if self.verbosity == Verbosity::Normal {
            self.warn(text);
        }
    }

    /// The sweep is over.
    pub fn end(&self) {
        if let Some(bars) = &self.bars {
            bars.workers.lock().expect("no panic while held").drain(..).for_each(|bar| bar.finish_and_clear());
            bars.total.finish_and_clear();
        }
    }
}

impl State {
    fn told(&self) -> String {
        let seconds = self.watch.seconds();
        let to_go = match to_go(seconds, self.cost_done, self.cost) {
            Some(to_go) if self.done < self.total => format!(", {} to go", duration(to_go)),
            _ => String::new(),
        };
        format!("{}{to_go}; {} diverged, {} failed", duration(seconds), self.n_diverged, self.n_failed)
    }

    /// At each tenth of the cost or when the last line is old; a short sweep has the line of its end alone.
    fn is_time_for_a_line(&mut self) -> bool {
        let now = self.watch.seconds();
        let (since, tenth) = (now - self.last_line, (10.0 * self.cost_done / self.cost.max(f64::MIN_POSITIVE)) as usize);
        let due = since > RAREST || (tenth != self.last_tenth && since > CLOSEST && self.done < self.total);
        if due {
            (self.last_line, self.last_tenth) = (now, tenth);
        }
        due
    }
}

/// Seconds that the rest will take if it goes on as it went; `None` as long as nothing went.
fn to_go(seconds: f64, cost_done: f64, cost: f64) -> Option<f64> {
    (cost_done > 0.0).then(|| seconds * (cost - cost_done).max(0.0) / cost_done)
}

/// `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`.
fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

impl Bars {
    fn new() -> Bars {
        let all = MultiProgress::new();
        let style = ProgressStyle::with_template("{bar:32} {pos}/{len} trials  {msg}").expect("a constant template");
        let total = all.add(ProgressBar::new(0).with_style(style));
        Bars { all, total, workers: Mutex::default() }
    }

    fn start(&self, worker: usize, text: &str) {
        let mut workers = self.workers.lock().expect("no panic while held");
        while workers.len() <= worker {
            let style = ProgressStyle::with_template("  {elapsed:>4}  {wide_msg}").expect("a constant template");
            workers.push(self.all.add(ProgressBar::new_spinner().with_style(style)));
        }
        workers[worker].reset_elapsed();
        workers[worker].set_message(text.to_string());
        // So that the time of a long trial is seen to run.
        workers[worker].enable_steady_tick(std::time::Duration::from_secs(1));
    }

    fn stop(&self, worker: usize) {
        if let Some(bar) = self.workers.lock().expect("no panic while held").get(worker) {
            bar.set_message("");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: a quarter of the cost took 10 s, so the other three quarters take 30 s.
    #[test]
    fn the_time_to_go_follows_the_cost() {
        assert_eq!(to_go(10.0, 25.0, 100.0), Some(30.0));
        assert_eq!((to_go(10.0, 100.0, 100.0), to_go(1.0, 0.0, 5.0)), (Some(0.0), None));
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        let told: Vec<String> = [0.44, 12.2, 185.0, 7800.0].into_iter().map(duration).collect();
        assert_eq!(told, ["0.4 s", "12 s", "3 min 05 s", "2 h 10 min"]);
    }
}
