//! The broker: librdkafka's mock cluster, in a process of its own, so that CPU time is the client's alone.
//!
//! The program starts itself again with an argument. The child says on standard output where it listens, and ends when its
//! standard input does: a parent that was killed leaves none behind.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use tracehop_kafka::EmbeddedBroker;

use super::topics::{PARTITIONS, TOPICS};
use crate::arguments::BROKER;

/// The child. It ends with this.
pub(crate) struct Broker {
    process: Child,
    bootstrap_servers: String,
}

impl Broker {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let process = Command::new(std::env::current_exe()?)
            .arg(BROKER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the broker's process")?;
        let mut broker = Self { process, bootstrap_servers: String::new() };
        let output = broker.process.stdout.take().context("the broker's process has no output")?;
        BufReader::new(output).read_line(&mut broker.bootstrap_servers)?;
        broker.bootstrap_servers.truncate(broker.bootstrap_servers.trim_end().len());
        ensure!(!broker.bootstrap_servers.is_empty(), "the broker's process ended before it listened");
        Ok(broker)
    }

    pub(crate) fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It cannot fail in a way that matters here: nobody needs the broker any more.
        let _ = self.process.wait();
    }
}

/// What the child does.
pub(crate) fn serve() -> anyhow::Result<()> {
    let broker = EmbeddedBroker::start()?;
    for topic in TOPICS {
        broker.create_topic(topic, PARTITIONS)?;
    }
    println!("{}", broker.bootstrap_servers());
    io::stdout().flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
