//! The brokers of one run.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow};
use broker_table::{Broker, set};
use futures::future::join_all;
use tokio::time::timeout;

use crate::docker::Engine;
use crate::{Group, Options, Running, Source};

/// For the command. All tests take minutes; one that hangs must not keep its brokers for ever.
const DEADLINE: Duration = Duration::from_secs(60 * 60);

/// Brokers, and the command that uses them.
#[derive(Debug, Default)]
pub struct Session {
    engine: Option<Engine>,
    // The command stops before its brokers do.
    command: Option<Group>,
    running: Vec<Running>,
}

impl Session {
    /// Provides the brokers, runs the command with their addresses in its environment, and returns its exit code. A
    /// broker that cannot be had is said so, to the user and to the command, which decides what that means.
    ///
    /// [`close`](Self::close) must follow, also when the future is dropped before it is ready.
    ///
    /// # Errors
    ///
    /// The command cannot be run.
    pub async fn run(&mut self, options: &Options) -> anyhow::Result<u8> {
        let (program, arguments) = options.command.split_first().context("there is no command")?;
        let mut command = Command::new(program);
        // It is not in the terminal's foreground, where a read would stop it for good.
        command.args(arguments).stdin(Stdio::null());
        self.provide(options, &mut command).await;
        let command = self.command.insert(Group::start(&mut command)?);
        let status = timeout(DEADLINE, command.ended()).await.map_err(|_| {
            anyhow!("the command took longer than {DEADLINE:?}, and is stopped: what it printed last hangs")
        })??;
        Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }

    async fn provide(&mut self, options: &Options, command: &mut Command) {
        let wanted = |broker| options.only.is_none_or(|only| only == broker);
        let may_use_docker = Broker::ALL.iter().filter(|broker| wanted(**broker)).any(|broker| {
            let is_given = set(broker.address_variable()).is_some();
            Source::order(options.source, is_given).contains(&Source::Docker)
        });
        let mut why_no_engine = String::new();
        if may_use_docker {
            match Engine::connect().await {
                Ok(engine) => self.engine = Some(engine),
                Err(error) => why_no_engine = format!("{error:#}"),
            }
        }
        let engine = self.engine.as_ref().ok_or(why_no_engine.as_str());
        let find = async |broker: Broker| {
            if let Some(only) = options.only.filter(|only| *only != broker) {
                return Err(anyhow!("left out by --only {only}"));
            }
            let found = Running::find(broker, options.source, engine).await;
            match &found {
                Ok(Running { version, source, address, .. }) => {
                    println!("{broker}: {version}, {source}, {address}");
                }
                Err(error) => eprintln!("{broker}: NOT RUN: {error:#}"),
            }
            found
        };
        let found = join_all(Broker::ALL.iter().map(|broker| find(*broker))).await;
        for (broker, found) in Broker::ALL.iter().zip(found) {
            tell(command, *broker, found.as_ref());
            self.running.extend(found);
        }
    }

    /// Stops the command, and then every broker that was started.
    pub async fn close(self) {
        let Self { engine, command, running } = self;
        drop(command);
        if let Some(engine) = engine
            && let Err(error) = engine.remove_all().await
        {
            eprintln!("with-brokers: {error:#}");
        }
        drop(running);
    }
}

/// Puts into the command's environment what became of a broker, and nothing that another run left there.
fn tell(command: &mut Command, broker: Broker, found: Result<&Running, &anyhow::Error>) {
    let (address, source, version) =
        (broker.address_variable(), broker.source_variable(), broker.version_variable());
    match found {
        Ok(running) => {
            command.env(address, &running.address);
            command.env(source, running.source.name());
            command.env(version, &running.version);
            command.env_remove(broker.not_run_variable());
        }
        Err(error) => {
            command.env_remove(address).env_remove(source).env_remove(version);
            command.env(broker.not_run_variable(), short(&format!("{error:#}")));
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
        let error = anyhow!("docker: it ended; it printed last:\n  out of memory\n; native: no Java");
        tell(&mut command, Broker::Kafka, Err(&error));
        let told: Vec<_> = command.get_envs().collect();
        assert!(told.contains(&(OsStr::new("TRACEHOP_KAFKA_BROKERS"), None)));
        let reason = "docker: it ended; native: no Java";
        assert!(told.contains(&(OsStr::new("TRACEHOP_KAFKA_NOT_RUN"), Some(OsStr::new(reason)))), "{told:?}");
    }
}
