//! The beginning of a service.

use std::collections::HashMap;
use std::fmt;

use async_nats::Error;
use async_nats::service::endpoint::Stats;
use async_nats::service::{ServiceBuilder, ServiceExt};
use serde_json::Value;

use super::TracedService;
use super::scope::Scope;
use crate::client::TracedClient;

/// The queue group of a service that was given none.
const QUEUE_GROUP: &str = "q";

impl TracedClient {
    /// The client's [`service_builder`](ServiceExt::service_builder): the endpoints of the service are traced.
    pub fn service_builder(&self) -> TracedServiceBuilder {
        let scope = Scope { tracer: self.tracer.clone(), prefix: None, queue_group: QUEUE_GROUP.to_owned() };
        TracedServiceBuilder { builder: self.inner().service_builder(), scope }
    }
}

/// The client's [`ServiceBuilder`]; the endpoints of the service are traced.
#[must_use = "a service starts with `start`"]
pub struct TracedServiceBuilder {
    builder: ServiceBuilder,
    scope: Scope,
}

impl TracedServiceBuilder {
    /// [`ServiceBuilder::description`].
    pub fn description<S: ToString>(self, description: S) -> Self {
        Self { builder: self.builder.description(description), ..self }
    }

    /// [`ServiceBuilder::stats_handler`].
    pub fn stats_handler<F>(self, handler: F) -> Self
    where
        F: FnMut(String, Stats) -> Value + Send + Sync + 'static,
    {
        Self { builder: self.builder.stats_handler(handler), ..self }
    }

    /// [`ServiceBuilder::metadata`].
    pub fn metadata(self, metadata: HashMap<String, String>) -> Self {
        Self { builder: self.builder.metadata(metadata), ..self }
    }

    /// [`ServiceBuilder::queue_group`].
    pub fn queue_group<S: ToString>(mut self, queue_group: S) -> Self {
        self.scope.queue_group = queue_group.to_string();
        Self { builder: self.builder.queue_group(queue_group), ..self }
    }

    /// [`ServiceBuilder::start`].
    ///
    /// # Errors
    ///
    /// As for [`ServiceBuilder::start`].
    pub async fn start<N: ToString, V: ToString>(self, name: N, version: V) -> Result<TracedService, Error> {
        Ok(TracedService::new(self.builder.start(name, version).await?, self.scope))
    }
}

impl fmt::Debug for TracedServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedServiceBuilder").finish_non_exhaustive()
    }
}
