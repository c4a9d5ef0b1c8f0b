//! Finding what is asked for.

use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use broker_table::{Broker, set};
use tokio::time::timeout;

use crate::address::without_password;
#[cfg(feature = "docker")]
use crate::docker::{Container, Theirs};
use crate::handshake;
use crate::kept::Kept;
use crate::native::Native;
use crate::running_broker::{Inner, RunningBroker};
use crate::source::Source;
use crate::wanted::Wanted;

/// How long a given broker may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// A broker that was found.
struct Found {
    address: String,
    version: String,
    source: Source,
    kept: Kept,
}

impl Wanted {
    /// Finds or starts it: from the one source that is asked for, or else the first that has it.
    pub(crate) async fn find(&self, is_shared: bool) -> anyhow::Result<RunningBroker> {
        let found = self.within_deadline(self.search(is_shared)).await?;
        Ok(self.running(found, is_shared))
    }

    /// The broker in a container that somebody else made.
    #[cfg(feature = "docker")]
    pub(crate) async fn within(&self, theirs: Box<dyn Theirs>) -> anyhow::Result<RunningBroker> {
        let found = async { Ok(Found::from(Container::of(self.broker, theirs).await?)) };
        let found = self.within_deadline(found).await?;
        Ok(self.running(found, false))
    }

    async fn within_deadline(
        &self,
        finding: impl Future<Output = anyhow::Result<Found>>,
    ) -> anyhow::Result<Found> {
        match self.deadline {
            Some(deadline) => timeout(deadline, finding)
                .await
                .map_err(|_| anyhow!("there is none within {deadline:?}, the deadline that was set"))?,
            None => finding.await,
        }
    }

    fn running(&self, found: Found, is_shared: bool) -> RunningBroker {
        let Found { address, version, source, kept } = found;
        let inner = Inner { broker: self.broker, address, version, source, is_shared, kept: kept.into() };
        RunningBroker { inner: inner.into() }
    }

    async fn search(&self, is_shared: bool) -> anyhow::Result<Found> {
        // One that is given is not the caller's own.
        let address =
            set(self.broker.address_variable()).filter(|_| is_shared || self.source == Some(Source::Given));
        let asked = match self.source {
            None if address.is_none() => source_of_this_run(self.broker)?,
            asked => asked,
        };
        let mut failures = Vec::new();
        for source in Source::order(asked, address.is_some()) {
            match self.ask(*source, address.as_deref()).await {
                Ok(found) => return Ok(found),
                Err(error) => failures.push(format!("{source}: {error:#}")),
            }
        }
        bail!("{}", failures.join("; "))
    }

    async fn ask(&self, source: Source, address: Option<&str>) -> anyhow::Result<Found> {
        let found = match source {
            Source::Given => {
                ensure!(self.image.is_none(), "an image is asked for");
                given(self.broker, address).await?
            }
            #[cfg(feature = "docker")]
            Source::Docker => Container::start(self).await?.into(),
            #[cfg(not(feature = "docker"))]
            Source::Docker => bail!("tracehop-brokers is built without its feature `docker`"),
            Source::Native => {
                ensure!(self.image.is_none(), "an image is asked for");
                Native::start(self.broker).await?.into()
            }
        };
        if let Some(version) = self.version.as_deref().filter(|_| found.source != Source::Docker) {
            ensure!(
                is_version(&found.version, version),
                "version {version} is asked for, and this is {}",
                found.version
            );
        }
        Ok(found)
    }
}

/// The one that the broker's variable names. That it is given says nothing of those that are not.
fn source_of_this_run(broker: Broker) -> anyhow::Result<Option<Source>> {
    let variable = broker.source_variable();
    let Some(name) = set(&variable) else { return Ok(None) };
    let source: Source = name.parse().with_context(|| format!("{variable} cannot be understood"))?;
    Ok(Some(source).filter(|source| *source != Source::Given))
}

/// Whether `told` is `asked`, or one of it: `4.1.0` is of `4.1`.
fn is_version(told: &str, asked: &str) -> bool {
    told.strip_prefix(asked).is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
}

async fn given(broker: Broker, address: Option<&str>) -> anyhow::Result<Found> {
    let variable = broker.address_variable();
    let Some(address) = address else { bail!("{variable} is not set") };
    let version = handshake::until_answered(broker, address, ANSWER).await.map_err(|error| {
        let shown = without_password(address);
        anyhow!("{variable}={shown}: {error:#}; start it there, or unset {variable} to have one started")
    })?;
    Ok(Found {
        address: address.to_owned(),
        // Kafka does not say it, but whoever started it may have.
        version: version.or_else(|| set(&broker.version_variable())).unwrap_or_else(|| "unknown".to_owned()),
        source: Source::Given,
        kept: Kept::Given,
    })
}

impl From<Native> for Found {
    fn from(native: Native) -> Self {
        Self {
            address: native.address.clone(),
            version: native.version.clone(),
            source: Source::Native,
            kept: Kept::Native(native),
        }
    }
}

#[cfg(feature = "docker")]
impl From<Container> for Found {
    fn from(container: Container) -> Self {
        Self {
            address: container.address.clone(),
            version: container.version.clone(),
            source: Source::Docker,
            kept: Kept::Container(container.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_one_of_the_version_that_is_asked_for() {
        for (told, asked, expected) in [
            ("4.1.0", "4.1.0", true),
            ("4.1.0", "4.1", true),
            ("4.1.0", "4", true),
            ("4.10.0", "4.1", false),
            ("3.9.1", "4", false),
            ("4.1.0-rc1", "4.1.0", true),
            ("unknown", "4", false),
        ] {
            assert_eq!(is_version(told, asked), expected, "{told} of {asked}");
        }
    }
}
