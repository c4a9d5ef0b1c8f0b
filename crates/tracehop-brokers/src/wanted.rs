//! Which broker is asked for.

use std::time::Duration;

use broker_table::Broker;

use crate::source::Source;

/// Two tests that want the same may share it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    pub(crate) broker: Broker,
    pub(crate) source: Option<Source>,
    pub(crate) image: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) deadline: Option<Duration>,
}

impl Wanted {
    pub(crate) fn new(broker: Broker) -> Self {
        Self { broker, source: None, image: None, version: None, deadline: None }
    }
}
