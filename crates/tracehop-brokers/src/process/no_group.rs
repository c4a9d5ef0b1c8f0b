//! Where there are no process groups: a child process whose own children would outlive it is not started.

use std::path::Path;
use std::process::{Child, Command, ExitStatus};

use anyhow::bail;

/// On Unix, a child process and whatever it starts. There is none here.
#[derive(Debug)]
pub struct Group {
    never: Never,
}

#[derive(Debug)]
enum Never {}

impl Group {
    /// Fails.
    ///
    /// # Errors
    ///
    /// Always, with what to do instead.
    pub fn start(command: &mut Command, _: Option<&Path>) -> anyhow::Result<Self> {
        bail!(
            "{} is not started: processes that this crate starts need a Unix; use Docker",
            command.get_program().display()
        )
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        match self.never {}
    }

    /// There is no command.
    ///
    /// # Errors
    ///
    /// None.
    #[expect(clippy::unused_async, reason = "as on Unix")]
    pub async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        match self.never {}
    }

    pub(crate) fn id(&self) -> u32 {
        match self.never {}
    }

    pub(crate) fn kill(&mut self) {
        match self.never {}
    }
}
