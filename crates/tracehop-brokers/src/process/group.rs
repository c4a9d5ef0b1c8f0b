//! A child process and whatever it starts.

use std::io::Write;
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

/// A test's statics are not dropped, and a test that is killed drops nothing. Who notices must be another process. No system
/// but Linux tells a child that its parent has ended, and that one only when the thread ends that started it.
const KEEPER: &str = include_str!("keeper.sh");

/// A child process in a process group of its own. Dropping it stops the whole group, and waits for that. The group ends
/// soon after this process does, whatever ends it.
#[derive(Debug)]
pub struct Group {
    child: Child,
    /// Leads the group, so its number is that of the group. It is nobody else's as long as this is not waited for.
    keeper: Child,
    /// Ends with this process.
    _owner: ChildStdin,
}

impl Group {
    /// Starts `command` in a process group of its own, which signals from the terminal do not reach. Its input is empty.
    ///
    /// If this process ends without a drop, `scratch` is removed when the group has ended.
    ///
    /// # Errors
    ///
    /// The program cannot be started, or there is no shell.
    pub fn start(command: &mut Command, scratch: Option<&Path>) -> anyhow::Result<Self> {
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(scratch.map_or("".as_ref(), Path::as_os_str));
        keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut keeper =
            keeper.spawn().context("cannot start a shell, which is to end the program with this one")?;
        let started = (|| {
            let mut owner = keeper.stdin.take().context("the shell has no input")?;
            let group = i32::try_from(keeper.id())?;
            let program = command.get_program().display().to_string();
            command.stdin(Stdio::null()).process_group(group);
            let child = command.spawn().with_context(|| format!("cannot start {program}"))?;
            // It has no other input, so it cannot be full. If it has been killed, so has the program.
            let _ = writeln!(owner, "{}", child.id());
            anyhow::Ok((child, owner))
        })();
        match started {
            Ok((child, owner)) => Ok(Self { child, keeper, _owner: owner }),
            Err(error) => {
                let _ = keeper.kill();
                let _ = keeper.wait();
                Err(error)
            }
        }
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

    /// Whether the command has ended by itself, or was ended.
    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends all of them at once, as `kill -9` does, and waits for it.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        // Somebody may have ended the keeper, and with it the group's number.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.keeper.wait();
    }

    fn signal(&mut self, signal: Signal) {
        let group = i32::try_from(self.keeper.id()).ok().and_then(Pid::from_raw);
        // One that was waited for has no number any more.
        if let Some(group) = group.filter(|_| matches!(self.keeper.try_wait(), Ok(None))) {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        let until = Instant::now() + GRACE;
        while !self.has_ended() && Instant::now() < until {
            thread::sleep(LOOK);
        }
        self.kill();
    }
}
