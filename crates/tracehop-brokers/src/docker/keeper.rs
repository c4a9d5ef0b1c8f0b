//! What removes the containers of a process that ended without a drop.

use std::process::{ChildStdin, Command, Stdio};

use crate::process;

/// Waits until its input ends, which is a pipe from the owner: nothing is written to it. The first argument is the program,
/// the second one the filter.
const SCRIPT: &str = r#"read -r _; "$1" ps --all --quiet --filter "$2" | xargs -r "$1" rm --force --volumes"#;

/// A process that waits for the end of this one.
#[derive(Debug)]
pub(super) struct Keeper {
    /// Ends with this process.
    _owner: ChildStdin,
}

impl Keeper {
    /// For all containers with this label. It needs a shell, and Docker's command.
    pub(super) fn start(label: &str) -> Option<Self> {
        if cfg!(not(unix)) {
            return None;
        }
        let docker = process::find("TRACEHOP_DOCKER", "docker", &[])?;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "keeper"]).arg(docker).arg(format!("label={label}"));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What the terminal sends to this process's group is not for it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let owner = command.spawn().ok()?.stdin.take()?;
        Some(Self { _owner: owner })
    }
}
