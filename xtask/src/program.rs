//! Other programs, none of which is waited for without end.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

/// How often to look whether a program has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Runs a program to its end; what it prints is shown.
pub(crate) fn run(command: &mut Command, deadline: Duration) -> anyhow::Result<()> {
    let mut child = start(command)?;
    let status = wait(&mut child, command, deadline)?;
    ensure!(status.success(), "{} failed", shown(command));
    Ok(())
}

/// Runs a program to its end, and returns what it printed.
pub(crate) fn output(command: &mut Command, deadline: Duration) -> anyhow::Result<String> {
    let mut child = start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    // Read while it runs, so that it does not wait for a reader.
    let printed = reader(child.stdout.take());
    let complained = reader(child.stderr.take());
    let status = wait(&mut child, command, deadline)?;
    let complained = complained.join().unwrap_or_default();
    ensure!(status.success(), "{} failed: {}", shown(command), complained.trim());
    Ok(printed.join().unwrap_or_default())
}

fn start(command: &mut Command) -> anyhow::Result<Child> {
    command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot run {}", shown(command)))
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    })
}

fn wait(child: &mut Child, command: &Command, deadline: Duration) -> anyhow::Result<ExitStatus> {
    let until = Instant::now() + deadline;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > until {
            let _ = child.kill();
            let _ = child.wait();
            bail!("{} took longer than {deadline:?}", shown(command));
        }
        thread::sleep(LOOK);
    }
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_prints_is_returned_or_explains_its_failure() {
        let second = Duration::from_secs(10);
        let said = output(Command::new("sh").args(["-c", "echo here"]), second).unwrap();
        assert_eq!(said, "here\n");
        let error = output(Command::new("sh").args(["-c", "echo why >&2; exit 1"]), second).unwrap_err();
        assert_eq!(error.to_string(), "sh -c echo why >&2; exit 1 failed: why");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let error = run(Command::new("sleep").arg("60"), Duration::from_millis(100)).unwrap_err();
        assert_eq!(error.to_string(), "sleep 60 took longer than 100ms");
    }
}
