//! A broker that runs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{bail, ensure};
use broker_table::Broker;
use tokio::sync::Mutex;

use crate::address::without_password;
use crate::error::Error;
use crate::kept::Kept;
use crate::source::Source;
use crate::{handshake, host};

/// For the system to close what a killed process had open.
const GONE: Duration = Duration::from_secs(10);

/// A broker that answers. What was started for it is stopped when the last clone is dropped, which waits for that; see the
/// [crate's documentation](crate) for those that are shared.
///
/// [`Kafka`](crate::Kafka), [`RabbitMq`](crate::RabbitMq) and [`Nats`](crate::Nats) deref to this.
#[derive(Clone, Debug)]
pub struct RunningBroker {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) broker: Broker,
    pub(crate) address: String,
    pub(crate) version: String,
    pub(crate) source: Source,
    pub(crate) is_shared: bool,
    pub(crate) kept: Mutex<Kept>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { broker, address, version, source, is_shared, kept: _ } = self;
        f.debug_struct("Inner")
            .field("broker", broker)
            .field("address", &without_password(address))
            .field("version", version)
            .field("source", source)
            .field("is_shared", is_shared)
            .finish_non_exhaustive()
    }
}

impl RunningBroker {
    /// Which broker it is.
    pub fn broker(&self) -> Broker {
        self.inner.broker
    }

    /// How clients reach it: `host:port`, with commas between several, for Kafka; a URL for the others.
    pub fn address(&self) -> &str {
        &self.inner.address
    }

    /// The variable that gives this broker to another process, and its value: for
    /// [`Command::envs`](std::process::Command::envs). What asks for the broker there by this crate has this one.
    pub fn variable(&self) -> (&'static str, &str) {
        (self.broker().address_variable(), self.address())
    }

    /// What it says of itself, or `unknown`. A Kafka that was given does not say it: it is then what a variable like
    /// `TRACEHOP_KAFKA_VERSION` says, which `with-brokers` sets.
    pub fn version(&self) -> &str {
        &self.inner.version
    }

    /// Where it comes from.
    pub fn source(&self) -> Source {
        self.inner.source
    }

    /// Ends it at once, as `kill -9` does, or a machine that loses power. Connections to it are closed by the system, and new
    /// ones are refused. What it wrote stays for [`restart`](Self::restart). That may be less than what it confirmed a moment
    /// before: RabbitMQ 3.10 was seen to lose such a message.
    ///
    /// If the future is dropped the broker may be dead or alive.
    ///
    /// # Errors
    ///
    /// The broker was not started by this crate but given by a variable, or is shared with other tests: ask for one with
    /// [`owned`](crate::Start::owned). Or the container engine refuses.
    pub async fn kill(&self) -> Result<(), Error> {
        self.change("killed", false).await
    }

    /// Starts it again, at the same address and with the same data, and waits until it answers. One that is alive is killed
    /// before.
    ///
    /// If the future is dropped the broker may be dead or alive.
    ///
    /// # Errors
    ///
    /// As for [`kill`](Self::kill), or it does not come up.
    pub async fn restart(&self) -> Result<(), Error> {
        self.change("restarted", true).await
    }

    async fn change(&self, what: &'static str, starts: bool) -> Result<(), Error> {
        let inner = Arc::clone(&self.inner);
        let changed = host::run(async move {
            ensure!(
                !inner.is_shared,
                "it is not {what}, as other tests use it: ask for one of your own with `.owned()`"
            );
            let mut kept = inner.kept.lock().await;
            match &mut *kept {
                Kept::Given => bail!(
                    "it is not {what}, as it was not started here but given by {}: ask for one of your own with `.owned()`",
                    inner.broker.address_variable()
                ),
                Kept::Native(native) => native.kill(),
                #[cfg(feature = "docker")]
                Kept::Container(container) => container.kill().await?,
            }
            handshake::until_refused(inner.broker, &inner.address, GONE).await?;
            match &mut *kept {
                Kept::Native(native) if starts => native.start_again().await,
                #[cfg(feature = "docker")]
                Kept::Container(container) if starts => container.start_again().await,
                _ => Ok(()),
            }
        });
        changed.await.map_err(|error| Error::new(self.broker(), &error))
    }
}
