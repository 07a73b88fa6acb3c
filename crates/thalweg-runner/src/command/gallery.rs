//! `gallery FOLDER`: sweeps every experiment that has claims, and puts claims, verdicts and figures into one page and one document.
//!
//! An experiment whose data is not here is named and costs the others nothing. The folder's own `README.md` gives title and lead.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use thalweg_report::gallery::{Entry, Gallery, Shown, markdown, write};
use thalweg_report::html::{Card, Figure};
use thalweg_report::{Claim, files};

use crate::cli::{Common, Ended, Exit, GalleryArgs, SweepArgs, counted};
use crate::clock::Stopwatch;
use crate::command::report::{list_runs, place_at};
use crate::command::sweep::{Totals, sweep_one};
use crate::command::{Loaded, load_with};
use crate::diagnose::Problems;
use crate::experiment::Experiment;
use crate::judge::judge;
use crate::progress::Progress;
use crate::resolved::relative;
use crate::store::Store;
use crate::sweep::{Needs, stored};
use crate::{check, file};

/// Dots per inch of its pictures, at most: a hundred of them lie in one page, and in a repository.
const DPI: u32 = 120;
/// Seeds of each experiment in a quick gallery.
const QUICK_SEEDS: usize = 2;

/// Makes the gallery.
pub fn gallery(args: &GalleryArgs) -> Ended {
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(if args.quick { "reports/quick" } else { "reports" }));
    let (progress, watch) = (Progress::new(args.common.verbosity()), Stopwatch::start());
    let mut made = empty(args)?;
    let mut exit = Exit::Fine;
    for file in with_claims(&args.folder)? {
        let loaded = match load_with(&file, &[], |experiment| fit(experiment, args)) {
            Ok(loaded) => loaded,
            // Installed sets are not everywhere; whatever else is wrong with a file ends the command.
            Err(problems) if problems.list.iter().all(|p| p.message.contains(NOT_INSTALLED)) => {
                progress.warn(&format!("{}: {}", file.display(), problems.list[0].message));
                made.not_run.push((shown(&file, &args.folder), problems.list[0].message.clone()));
                continue;
            }
            Err(problems) => return Err(problems),
        };
        exit = exit.max(sweep_one(&file, &loaded, &sweep_args(&file, &out, &args.common), &mut Totals::default())?);
        if exit == Exit::Interrupted {
            return Ok(exit);
        }
        made.entries.push(entry(&file, args, &out, &loaded, &progress).map_err(Problems::one)?);
    }
    if made.entries.is_empty() {
        return Err(Problems::one(format!("no experiment under {} has a [[claim]] and can run", args.folder.display())));
    }
    let dir = out.join(files::GALLERY);
    fs::create_dir_all(&dir).map_err(|e| Problems::one(format!("cannot make {}: {e}", dir.display())))?;
    write(&dir, &made).map_err(|e| Problems::one(format!("cannot write the gallery in {}: {e}", dir.display())))?;
    list_runs(&out, &progress);
    if let Some(document) = &args.document {
        document_at(document, &dir, &args.folder, &made).map_err(Problems::one)?;
    }
    let counts: Vec<String> = made.tally().into_iter().map(|(verdict, n)| format!("{n} {verdict}")).collect();
    let n_claims = counted(made.entries.iter().map(|e| e.claims.len()).sum(), "claim");
    progress.say(&format!(
        "{n_claims} of {}: {}; {:.0} s\nwrote {}",
        counted(made.entries.len(), "experiment"),
        counts.join(", "),
        watch.seconds(),
        dir.join(files::INDEX).display()
    ));
    Ok(exit)
}

/// How the library says that a set of the user is missing.
const NOT_INSTALLED: &str = "is not installed";

/// The gallery before anything ran.
fn empty(args: &GalleryArgs) -> Result<Gallery, Problems> {
    let readme = fs::read_to_string(args.folder.join("README.md")).unwrap_or_default();
    let title = readme.lines().find_map(|l| l.strip_prefix("# ")).unwrap_or("Claims and what came of them").to_string();
    let lead = readme.split("\n\n").find(|part| !part.trim().is_empty() && !part.starts_with('#')).unwrap_or_default();
    let mut notes = vec![NOTE.to_string()];
    notes.extend(args.quick.then(|| format!("Quick: the first {QUICK_SEEDS} seeds of each experiment, too few to decide much.")));
    let folders = folder(&args.folder)?.into_iter().filter(|path| path.is_dir());
    let titles: BTreeMap<String, String> = folders.filter_map(|path| titled(&path)).collect();
    Ok(Gallery {
        title,
        lead: lead.split_whitespace().collect::<Vec<_>>().join(" "),
        notes,
        entries: Vec::new(),
        titles,
        not_run: Vec::new(),
    })
}

/// What every gallery says of its numbers.
const NOTE: &str = "A number stands with its 95 % interval and n, its seeds. A check is supported or \
                    contradicted only where the whole interval says so; a claim holds where all of its checks are supported, and holds with limits \
                    where some are. Numbers without an interval are exact, or the same from every seed. Each check is a test of \
                    its own, not corrected for their number.";

/// `b-linear-classification`: B, Linear classification.
fn titled(path: &Path) -> Option<(String, String)> {
    let name = path.file_name()?.to_str()?;
    let (letters, words) = name.split_once('-')?;
    let words = words.replace('-', " ");
    let mut rest = words.chars();
    let first = rest.next()?;
    Some((letters.to_uppercase(), first.to_uppercase().chain(rest).collect()))
}

fn folder(dir: &Path) -> Result<Vec<PathBuf>, Problems> {
    let failed = |e: std::io::Error| Problems::one(format!("cannot read {}: {e}", dir.display()));
    let mut found = fs::read_dir(dir).map_err(failed)?.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    found.sort();
    Ok(found)
}

/// The experiment files of a folder and of the folders in it, by path.
fn files_of(dir: &Path) -> Result<Vec<PathBuf>, Problems> {
    let mut found = folder(dir)?;
    for below in found.clone().into_iter().filter(|path| path.is_dir()) {
        found.extend(folder(&below)?);
    }
    found.retain(|path| path.is_file() && path.extension().is_some_and(|e| e == "toml"));
    found.sort();
    Ok(found)
}

/// Those of them that have claims; all are checked, and have names of their own, before one runs.
fn with_claims(dir: &Path) -> Result<Vec<PathBuf>, Problems> {
    let (mut found, mut names) = (Vec::new(), HashMap::<String, PathBuf>::new());
    for path in files_of(dir)? {
        let Experiment { name, claims, .. } = check::check(&file::read(&path)?)?;
        if claims.is_empty() {
            continue;
        }
        if name == files::GALLERY {
            return Err(Problems::one(format!("{}: an experiment of a gallery cannot be called `{name}`", path.display())));
        }
        if let Some(other) = names.insert(name.clone(), path.clone()) {
            return Err(Problems::one(format!("{} and {} have the same name `{name}`", other.display(), path.display())));
        }
        found.push(path);
    }
    Ok(found)
}

/// What a gallery changes in an experiment: how large its pictures are, and, for a quick one, how many seeds it has.
fn fit(experiment: &mut Experiment, args: &GalleryArgs) {
    experiment.report.look.dpi = experiment.report.look.dpi.min(DPI);
    if args.quick {
        experiment.replicates.seeds.truncate(QUICK_SEEDS);
    }
}

fn sweep_args(file: &Path, out: &Path, common: &Common) -> SweepArgs {
    SweepArgs {
        files: vec![file.to_path_buf()],
        common: common.clone(),
        out: out.to_path_buf(),
        sets: Vec::new(),
        only: None,
        retry: None,
        fresh: false,
        json: false,
        launcher: None,
        shards: None,
        wait: false,
    }
}

/// A file's path from where its gallery's folder lies, on every system and machine the same: `experiments/first.toml`.
fn shown(file: &Path, folder: &Path) -> String {
    let path = folder.parent().and_then(|above| file.strip_prefix(above).ok()).unwrap_or(file);
    path.display().to_string().replace(std::path::MAIN_SEPARATOR, "/")
}

/// What came of an experiment that was swept.
fn entry(file: &Path, args: &GalleryArgs, out: &Path, loaded: &Loaded, progress: &Progress) -> Result<Entry, String> {
    let Loaded { experiment, plan, .. } = loaded;
    let store = Store::new(out);
    let records = stored(plan, experiment, &store, args.common.workers(), Needs::Record, &|m| progress.warn(m))?;
    let claims = judge(plan, experiment, &records, &store);
    let dir = out.join(&experiment.name);
    let page = dir.join(files::REPORT);
    let text = fs::read_to_string(&page).map_err(|e| format!("cannot read {}: {e}", page.display()))?;
    let card = Card::read(&text).ok_or_else(|| format!("{} has no headline: delete it and run again", page.display()))?;
    let figures = chosen(&claims, &card.figures, file)?.into_iter().map(|figure| drawn(&dir, figure)).collect::<Result<_, _>>()?;
    let text = fs::read_to_string(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
    Ok(Entry {
        file: shown(file, &args.folder),
        text,
        name: experiment.name.clone(),
        question: experiment.question.clone(),
        claims,
        figures,
    })
}

/// The figures that claims name, or the first one, each once, in the order of the report.
fn chosen<'a>(claims: &[Claim], figures: &'a [Figure], file: &Path) -> Result<Vec<&'a Figure>, String> {
    for stem in claims.iter().filter_map(|c| c.figure.as_ref()) {
        if !figures.iter().any(|f| f.stem == *stem) {
            let possible = figures.iter().map(|f| f.stem.as_str()).collect::<Vec<_>>().join(", ");
            return Err(format!("{}: a claim shows the figure `{stem}`, which is not drawn; drawn are: {possible}", file.display()));
        }
    }
    let first = figures.first().map(|f| f.stem.as_str());
    let wanted: Vec<&str> = claims.iter().filter_map(|c| c.figure.as_deref().or(first)).collect();
    // The first one comes first in the gallery's own choice, too.
    Ok(figures.iter().filter(|f| wanted.contains(&f.stem.as_str())).collect())
}

fn drawn(dir: &Path, figure: &Figure) -> Result<Shown, String> {
    let read = |ending: &str| {
        let path = dir.join(format!("{}.{ending}", figure.stem));
        fs::read(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))
    };
    let svg = String::from_utf8(read("svg")?).map_err(|_| format!("{}.svg is no text", figure.stem))?;
    Ok(Shown { figure: figure.clone(), svg, png: read("png")? })
}

/// The document, with ways from its own folder to figures and experiments.
fn document_at(document: &Path, dir: &Path, experiments: &Path, made: &Gallery) -> Result<(), String> {
    let folder = document.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let way = |to: &Path| match relative(to, folder) {
        way if way.is_empty() => way,
        way => way + "/",
    };
    let above = experiments.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    place_at(document, markdown(made, &way(dir), &way(above)).as_bytes())
}
