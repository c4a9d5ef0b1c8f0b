//! A NATS server: a given one, one that is started, or a stand-in.

use std::env;

use tracehop_brokers::{Nats, Source, nats};

use crate::nats_stand_in::NatsStandIn;

pub(crate) enum NatsServer {
    Given(String),
    /// It is stopped when this is dropped.
    Started(Nats),
    /// So that the example runs where there is no NATS server at all.
    StandIn(NatsStandIn),
}

impl NatsServer {
    pub(crate) async fn start(url: Option<&str>) -> anyhow::Result<Self> {
        let set = || env::var("TRACEHOP_NATS_URL").ok().filter(|url| !url.is_empty());
        if let Some(url) = url.map(str::to_owned).or_else(set) {
            return Ok(Self::Given(url));
        }
        // Not in a container, because an example should not download an image.
        match nats().source(Source::Native).owned().await {
            Ok(server) => Ok(Self::Started(server)),
            Err(_) => Ok(Self::StandIn(NatsStandIn::start().await?)),
        }
    }

    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Given(url) => url,
            Self::Started(server) => server.url(),
            Self::StandIn(server) => server.url(),
        }
    }

    /// Its address, without a password.
    pub(crate) fn description(&self) -> String {
        let host = self.url().rsplit(['@', '/']).next().unwrap_or_default();
        match self {
            Self::Given(_) => host.to_owned(),
            Self::Started(server) => format!("{host} (nats-server {}, started)", server.version()),
            Self::StandIn(_) => format!("{host} (a stand-in inside this process)"),
        }
    }
}
