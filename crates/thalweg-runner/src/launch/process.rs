//! Other programs, asked with a limit of time: a controller that does not answer must not hold us.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::clock::Stopwatch;

/// What a program said.
pub struct Said {
    /// Whether it ended well.
    pub is_fine: bool,
    /// On standard output.
    pub out: String,
    /// On standard error.
    pub log: String,
}

/// Runs a program to its end; `Err` if it cannot be started or takes longer.
pub fn ask(command: &mut Command, limit: Duration) -> Result<Said, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|e| {
        if e.kind() == std::io::ErrorKind::NotFound {
            format!("`{name}` is not installed, or not in the PATH")
        } else {
            format!("cannot start `{name}`: {e}")
        }
    })?;
    // Read while it runs: a full pipe would hold it.
    let (out, log) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let is_fine = ended(&mut child, limit).map_err(|e| format!("`{name}` {e}"))?;
    let said = |of: thread::JoinHandle<String>| of.join().unwrap_or_default();
    Ok(Said { is_fine, out: said(out), log: said(log) })
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn ended(child: &mut Child, limit: Duration) -> Result<bool, String> {
    let watch = Stopwatch::start();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if watch.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("has not answered for {} s", limit.as_secs()));
            }
            Ok(None) => thread::sleep(Duration::from_millis(5)),
            Err(e) => return Err(e.to_string()),
        }
    }
}
