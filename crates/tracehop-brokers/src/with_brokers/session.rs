//! The brokers of one run.

use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context, anyhow};
use futures::future::join_all;
use tokio::time::timeout;
use tracehop_brokers::{Broker, Group, RunningBroker, Source};

use crate::options::Options;

/// For the command. All tests take minutes; one that hangs must not keep its brokers for ever.
const DEADLINE: Duration = Duration::from_secs(60 * 60);

/// Brokers, and the command that uses them.
#[derive(Debug, Default)]
pub(crate) struct Session {
    // The command stops before its brokers do.
    command: Option<Group>,
    running: Vec<RunningBroker>,
}

impl Session {
    /// Provides the brokers, runs the command with their addresses in its environment, and returns its exit code. A
    /// broker that cannot be had is said so, to the user and to the command, which decides what that means.
    ///
    /// Dropping the session stops the command, and then every broker that was started.
    ///
    /// # Errors
    ///
    /// The command cannot be run.
    pub(crate) async fn run(&mut self, options: &Options) -> anyhow::Result<u8> {
        let (program, arguments) = options.command.split_first().context("there is no command")?;
        let mut command = Command::new(program);
        command.args(arguments);
        self.provide(options, &mut command).await;
        let command = self.command.insert(Group::start(&mut command, None)?);
        let status = timeout(DEADLINE, command.ended()).await.map_err(|_| {
            anyhow!("the command took longer than {DEADLINE:?}, and is stopped: what it printed last hangs")
        })??;
        Ok(code(status))
    }

    async fn provide(&mut self, options: &Options, command: &mut Command) {
        let find = async |broker: Broker| {
            if let Some(only) = options.only.filter(|only| *only != broker) {
                return Err(format!("left out by --only {only}"));
            }
            let start = tracehop_brokers::broker(broker).owned();
            let found = match options.source {
                Some(source) => start.source(source).await,
                None => start.await,
            };
            match found {
                Ok(running) => {
                    // An address that was given may hold a password.
                    let (variable, address) = running.variable();
                    let at = if running.source() == Source::Given { variable } else { address };
                    eprintln!("{broker}: {}, {}, {at}", running.version(), running.source());
                    Ok(running)
                }
                Err(error) => {
                    eprintln!("NOT RUN: {error}");
                    Err(error.reason().to_owned())
                }
            }
        };
        let found = join_all(Broker::ALL.iter().map(|broker| find(*broker))).await;
        for (broker, found) in Broker::ALL.iter().zip(found) {
            tell(command, *broker, found.as_ref());
            self.running.extend(found);
        }
    }
}

/// The code that a shell would give.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(1);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Puts into the command's environment what became of a broker, and nothing that another run left there.
fn tell(command: &mut Command, broker: Broker, found: Result<&RunningBroker, &String>) {
    let (address, source, version) =
        (broker.address_variable(), broker.source_variable(), broker.version_variable());
    match found {
        Ok(running) => {
            command.env(address, running.address());
            command.env(source, running.source().name());
            command.env(version, running.version());
            command.env_remove(broker.not_run_variable());
        }
        Err(error) => {
            command.env_remove(address).env_remove(source).env_remove(version);
            command.env(broker.not_run_variable(), short(error));
        }
    }
}

/// Without the log lines that may follow the reason: they were shown once.
fn short(reason: &str) -> String {
    let lines = reason.lines().filter(|line| !line.starts_with("  "));
    lines.collect::<Vec<_>>().join("").replace("; it printed last:", "")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn a_broker_that_is_not_there_leaves_its_reason_and_no_address() {
        let mut command = Command::new("true");
        let error = "docker: it ended; it printed last:\n  out of memory\n; native: no Java".to_owned();
        tell(&mut command, Broker::Kafka, Err(&error));
        let told: Vec<_> = command.get_envs().collect();
        assert!(told.contains(&(OsStr::new("TRACEHOP_KAFKA_BROKERS"), None)));
        let reason = "docker: it ended; native: no Java";
        assert!(told.contains(&(OsStr::new("TRACEHOP_KAFKA_NOT_RUN"), Some(OsStr::new(reason)))), "{told:?}");
    }
}
