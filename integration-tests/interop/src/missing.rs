//! Why a row is not run.

use std::io;

/// A language is not there, its packages cannot be installed, or there is no broker.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    /// May have more lines, of what a program printed.
    pub(crate) why: String,
    /// A program of the language is not on this machine.
    pub(crate) is_absent: bool,
}

impl Missing {
    /// What an error means that came of running `program`.
    pub(crate) fn of(program: &str, error: &anyhow::Error) -> Self {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Self { why: format!("{program} is not installed"), is_absent: true };
        }
        Self::fault(error)
    }

    /// Something went wrong that should not have.
    pub(crate) fn fault(error: &anyhow::Error) -> Self {
        Self { why: format!("{error:#}"), is_absent: false }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::process::Command;

    use super::*;
    use crate::command::output;

    #[tokio::test]
    async fn a_program_that_is_not_there_is_told_from_one_that_fails() {
        for (program, expected, is_absent) in [
            ("no-such-program", "no-such-program is not installed", true),
            ("false", "false ended with exit status: 1", false),
        ] {
            let error = output(&mut Command::new(program), Duration::from_secs(20)).await.unwrap_err();
            let missing = Missing::of(program, &error);
            assert_eq!((missing.why.as_str(), missing.is_absent), (expected, is_absent));
        }
    }
}
