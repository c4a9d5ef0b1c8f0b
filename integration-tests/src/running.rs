//! A broker that runs.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use broker_table::{Broker, set};

use crate::docker::{Container, Engine};
use crate::native::Native;
use crate::{Source, handshake, native};

/// How long a given broker may take to answer.
const DEADLINE: Duration = Duration::from_secs(5);

/// A broker that answers. Those of this run stop when it is dropped.
#[derive(Debug)]
pub struct Running {
    /// How clients reach it.
    pub address: String,
    /// What it says of itself.
    pub version: String,
    /// Where it comes from.
    pub source: Source,
    _kept: Kept,
}

/// What must live as long as the broker.
#[derive(Debug)]
enum Kept {
    Nothing,
    Container { _container: Box<Container> },
    Processes { _native: Native },
}

impl Running {
    /// Finds or starts a broker: from the one source `asked` for, or else the first that has it. The engine is
    /// Docker's, or why there is none.
    ///
    /// # Errors
    ///
    /// No source has it. The message says what was tried, and what would help.
    pub async fn find(
        broker: Broker,
        asked: Option<Source>,
        engine: Result<&Engine, &str>,
    ) -> anyhow::Result<Self> {
        let address = set(broker.address_variable());
        let mut failures = Vec::new();
        let mut sources = Source::order(asked, address.is_some()).iter().peekable();
        while let Some(source) = sources.next() {
            let found = match source {
                Source::Given => given(broker, address.as_deref()).await,
                Source::Docker => match engine {
                    Ok(engine) => Container::start(engine, broker).await.map(Self::from),
                    Err(why) => Err(anyhow!("{why}")),
                },
                Source::Native => native::start(broker).await.map(Self::from),
            };
            match found {
                Ok(running) => return Ok(running),
                Err(error) => {
                    let failure = format!("{source}: {error:#}");
                    if let Some(next) = sources.peek() {
                        eprintln!("{broker}: {failure}; trying {next}");
                    }
                    failures.push(failure);
                }
            }
        }
        bail!("{}", failures.join("; "))
    }
}

async fn given(broker: Broker, address: Option<&str>) -> anyhow::Result<Running> {
    let variable = broker.address_variable();
    let address = address.with_context(|| format!("{variable} is not set"))?;
    let version = handshake::until_answered(broker, address, DEADLINE).await.map_err(|error| {
        anyhow!("{variable}={address}: {error:#}; start it there, or unset {variable} to have one started")
    })?;
    Ok(Running {
        address: address.to_owned(),
        version: version.unwrap_or_else(|| "unknown".to_owned()),
        source: Source::Given,
        _kept: Kept::Nothing,
    })
}

impl From<Native> for Running {
    fn from(native: Native) -> Self {
        Self {
            address: native.address.clone(),
            version: native.version.clone(),
            source: Source::Native,
            _kept: Kept::Processes { _native: native },
        }
    }
}

impl From<Container> for Running {
    fn from(container: Container) -> Self {
        Self {
            address: container.address.clone(),
            version: container.version.clone(),
            source: Source::Docker,
            _kept: Kept::Container { _container: Box::new(container) },
        }
    }
}
