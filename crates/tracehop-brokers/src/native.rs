//! Brokers as child processes, on loopback ports of their own, with private data.

use std::time::Duration;

use anyhow::Context;
use broker_table::Broker;

use crate::process::{AtEnd, Process};
use crate::recipes::{self, Home, Started};
use crate::{handshake, ports};

/// For the first answer of a broker that said that it is ready.
const ANSWER: Duration = Duration::from_secs(60);

/// A broker that runs as long as this lives.
#[derive(Debug)]
pub(crate) struct Native {
    broker: Broker,
    /// How clients reach it.
    pub(crate) address: String,
    /// What it says of itself.
    pub(crate) version: String,
    // Stopped in this order, and only then are the files removed.
    processes: Vec<Process>,
    /// While there is no process whose keeper would do it: what removes the files if this process ends.
    removes_home: Option<AtEnd>,
    home: Home,
}

impl Native {
    /// Starts a broker, and waits until it answers. Dropping the future stops what was started.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not come up. The message says what would help.
    pub(crate) async fn start(broker: Broker) -> anyhow::Result<Self> {
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::try_start(broker).await {
                // Somebody was faster: the next try has other ports.
                Err(error) if ports::taken(&error) && tries < ports::TRIES => {}
                other => return other,
            }
        }
    }

    async fn try_start(broker: Broker) -> anyhow::Result<Self> {
        let home = Home::new()?;
        // Until there is a process whose keeper does it.
        let removes_home = remove_at_end(&home);
        let recipe = recipes::of(broker);
        recipe.prepare(&home).await?;
        let Started { version, processes } = recipe.start(&home).await?;
        drop(removes_home);
        let address = recipe.address("127.0.0.1", home.port());
        let told = handshake::until_answered(broker, &address, ANSWER).await?;
        let version = version.or(told).unwrap_or_else(|| "unknown".to_owned());
        Ok(Self { broker, address, version, processes, removes_home: None, home })
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        for process in &mut self.processes {
            process.kill();
        }
        self.removes_home = remove_at_end(&self.home);
        self.processes.clear();
    }

    /// Starts it again with the same ports and files, and waits until it answers.
    ///
    /// # Errors
    ///
    /// It does not come up.
    pub(crate) async fn start_again(&mut self) -> anyhow::Result<()> {
        self.processes = recipes::of(self.broker).start(&self.home).await?.processes;
        self.removes_home = None;
        handshake::until_answered(self.broker, &self.address, ANSWER)
            .await
            .context("it was started again")?;
        Ok(())
    }
}

/// Twice, as what prepares the files may still write some.
fn remove_at_end(home: &Home) -> Option<AtEnd> {
    AtEnd::run("rm -rf \"$1\"; sleep 3; rm -rf \"$1\"", [home.directory()])
}
