//! What is to be done when this process has ended.

use std::ffi::OsStr;
use std::process::{Child, ChildStdin, Command, Stdio};

/// A shell that waits for the end of this process, whatever ends it, and then runs a script. Dropping it takes that back.
#[derive(Debug)]
pub(crate) struct AtEnd {
    shell: Child,
    /// Ends with this process.
    _owner: ChildStdin,
}

impl AtEnd {
    /// Has a script run with arguments. `None` if there is no shell.
    pub(crate) fn run<A: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = A>) -> Option<Self> {
        if cfg!(not(unix)) {
            return None;
        }
        let mut command = Command::new("sh");
        // Nothing is written to its input, so it ends when this process does.
        command.args(["-c", &format!("trap '' TERM INT HUP; read -r _; {script}"), "keeper"]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What the terminal sends to this process's group is not for it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut shell = command.spawn().ok()?;
        let owner = shell.stdin.take()?;
        Some(Self { shell, _owner: owner })
    }
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
