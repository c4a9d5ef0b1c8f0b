//! Where spans go to.

use std::str::FromStr;

use anyhow::bail;
use serde::Serialize;

use crate::servers::Behaviour;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Endpoint {
    /// No exporter: spans are dropped where they end.
    None,
    Well,
    /// Nobody listens on the port.
    Absent,
    Unavailable,
    Slow,
    Silent,
    HangsUp,
    Garbage,
    TooLarge,
}

impl Endpoint {
    /// Those with an exporter.
    pub(super) const EXPORTED: [Self; 8] = [
        Self::Well,
        Self::Absent,
        Self::Unavailable,
        Self::Slow,
        Self::Silent,
        Self::HangsUp,
        Self::Garbage,
        Self::TooLarge,
    ];

    /// For another process.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Well => "well",
            Self::Absent => "absent",
            Self::Unavailable => "unavailable",
            Self::Slow => "slow",
            Self::Silent => "silent",
            Self::HangsUp => "hangs-up",
            Self::Garbage => "garbage",
            Self::TooLarge => "too-large",
        }
    }

    /// As the table says it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::None => "no exporter",
            Self::Well => "answers at once",
            Self::Absent => "is absent: a closed port",
            Self::Unavailable => "answers 503",
            Self::Slow => "answers after 250 ms",
            Self::Silent => "never answers",
            Self::HangsUp => "hangs up in mid-response",
            Self::Garbage => "answers garbage",
            Self::TooLarge => "answers 413",
        }
    }

    /// Whether its exporter always has something to do, and never waits long. What is in its queue would be work in the turns of others.
    pub(super) fn is_busy(self) -> bool {
        matches!(self, Self::Well | Self::Garbage | Self::TooLarge)
    }

    /// Where spans are posted to, at this address.
    pub(super) fn url(self, address: &str) -> Option<String> {
        let behaviour = match self {
            Self::None => return None,
            Self::Well | Self::Absent => Behaviour::Well,
            Self::Unavailable => Behaviour::Unavailable,
            Self::Slow => Behaviour::Slow,
            Self::Silent => Behaviour::Silent,
            Self::HangsUp => Behaviour::HangsUp,
            Self::Garbage => Behaviour::Garbage,
            Self::TooLarge => Behaviour::TooLarge,
        };
        Some(format!("http://{address}{}", behaviour.path()))
    }
}

impl FromStr for Endpoint {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        let all = [Self::None].into_iter().chain(Self::EXPORTED);
        match all.into_iter().find(|endpoint| endpoint.name() == name) {
            Some(endpoint) => Ok(endpoint),
            None => bail!("there is no endpoint {name:?}"),
        }
    }
}
