//! `new NAME`: an experiment to start from, commented, that runs as it is.
//!
//! The text is `new.toml`; a test plans and sweeps it, so what a newcomer gets first is never stale.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::{Ended, Exit, print};
use crate::diagnose::{Problem, Problems};
use crate::{check, file};

const TEMPLATE: &str = include_str!("new.toml");

/// Where the schema lies, seen from an experiment.
const SCHEMA: &str = "../schema/experiment.schema.json";

/// Set by `cargo xtask` to itself: outside of the clone that command does not exist, and what is printed must work where it is read.
const CALLED_AS: &str = "THALWEG_CALLED_AS";

/// Where experiments lie if nothing else is said.
const FOLDER: &str = "experiments";

/// Writes the file, never over another one, and says how to go on.
pub fn new(name: &str, folder: Option<&Path>) -> Ended {
    let folder = folder.map_or_else(usual_folder, Path::to_path_buf);
    let path = folder.join(format!("{name}.toml"));
    let me = std::env::var(CALLED_AS).unwrap_or_else(|_| "thalweg".into());
    let mut text = TEMPLATE.replace("NAME", &name.escape_default().to_string()).replace("cargo xtask", &me);
    // An editor complains of a schema that is not there.
    if !folder.join(SCHEMA).is_file() {
        text = text.lines().filter(|line| !line.starts_with("#:schema")).map(|line| format!("{line}\n")).collect();
    }
    // The checker knows what a name is. Its message points into a file that is not there, so only the words are kept.
    let checked = file::parse(&path, text.clone()).and_then(|file| check::check(&file));
    if let Err(problems) = checked {
        let list = problems.list.into_iter().map(|problem| Problem { span: None, ..problem }).collect();
        return Err(Problems { list, ..Problems::default() });
    }
    let mut new = fs::File::create_new(&path).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Problems::one(format!("{} is there already: choose another name", path.display())),
        _ => Problems::one(format!("cannot write {}: {e}", path.display())),
    })?;
    new.write_all(text.as_bytes()).map_err(|e| Problems::one(format!("cannot write {}: {e}", path.display())))?;
    let shown = path.display();
    print(&format!("wrote {shown}; next:\n  {me} plan {shown}     # what would run\n  {me} sweep {shown}    # run it, write the report"));
    Ok(Exit::Fine)
}

fn usual_folder() -> PathBuf {
    if Path::new(FOLDER).is_dir() { PathBuf::from(FOLDER) } else { PathBuf::new() }
}
