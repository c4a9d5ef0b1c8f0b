//! A child process and whatever it starts.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process_group};

/// How long a process may take to stop by itself.
const GRACE: Duration = Duration::from_secs(10);

/// How often to look whether a process has ended.
const LOOK: Duration = Duration::from_millis(10);

/// A test's statics are not dropped, and a test that is killed drops nothing. A child has to notice by itself that its owner
/// is gone. No system but Linux tells it, and that one only when the thread ends that started it.
const KEEPER: &str = include_str!("keeper.sh");

/// A child process in a process group of its own. Dropping it stops the whole group, and waits for that. The group ends
/// soon after this process does, whatever ends it.
#[derive(Debug)]
pub struct Group {
    /// The command: the keeper became it.
    child: Child,
    /// Ends with this process.
    _owner: Option<ChildStdin>,
}

impl Group {
    /// Starts `command` in a process group of its own, which signals from the terminal do not reach. `output` makes its
    /// two outputs. Its input is empty. What else the command says of outputs and inputs is not heard.
    ///
    /// If this process ends without a drop, `scratch` is removed when the group has ended.
    ///
    /// # Errors
    ///
    /// The program cannot be started.
    pub fn start(command: &Command, output: fn() -> Stdio, scratch: Option<&Path>) -> anyhow::Result<Self> {
        let program = command.get_program();
        let mut kept = Command::new("sh");
        kept.args(["-c", KEEPER, "keeper"]).arg(scratch.map_or("".as_ref(), Path::as_os_str));
        kept.arg(program).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => kept.env(name, value),
                None => kept.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            kept.current_dir(folder);
        }
        kept.stdin(Stdio::piped()).stdout(output()).stderr(output()).process_group(0);
        let mut child = kept.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let owner = child.stdin.take();
        Ok(Self { child, _owner: owner })
    }

    /// The process that was started, for its outputs.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits until the command ends by itself.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends all of them at once, as `kill -9` does, and waits for it.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }

    fn signal(&self, signal: Signal) {
        // The group's id is the child's. It is nobody else's as long as a member lives or the child is not waited for.
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        let until = Instant::now() + GRACE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            thread::sleep(LOOK);
        }
        self.kill();
    }
}
