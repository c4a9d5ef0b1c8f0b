//! The beginning of an endpoint.

use std::collections::HashMap;
use std::fmt;

use async_nats::Error;
use async_nats::service::EndpointBuilder;

use super::TracedEndpoint;
use super::scope::Scope;

/// The client's [`EndpointBuilder`]; the endpoint is traced.
#[must_use = "an endpoint begins with `add`"]
pub struct TracedEndpointBuilder {
    builder: EndpointBuilder,
    scope: Scope,
}

impl TracedEndpointBuilder {
    pub(super) fn new(builder: EndpointBuilder, scope: Scope) -> Self {
        Self { builder, scope }
    }

    /// [`EndpointBuilder::name`].
    pub fn name<S: ToString>(self, name: S) -> Self {
        Self { builder: self.builder.name(name), ..self }
    }

    /// [`EndpointBuilder::metadata`].
    pub fn metadata(self, metadata: HashMap<String, String>) -> Self {
        Self { builder: self.builder.metadata(metadata), ..self }
    }

    /// [`EndpointBuilder::queue_group`].
    pub fn queue_group<S: ToString>(mut self, queue_group: S) -> Self {
        self.scope.queue_group = queue_group.to_string();
        Self { builder: self.builder.queue_group(queue_group), ..self }
    }

    /// [`EndpointBuilder::add`], which reads the context of each request.
    ///
    /// # Errors
    ///
    /// As for [`EndpointBuilder::add`].
    pub async fn add<S: ToString>(self, subject: S) -> Result<TracedEndpoint, Error> {
        let subject = subject.to_string();
        Ok(self.scope.traced(self.builder.add(&subject).await?, &subject))
    }
}

impl fmt::Debug for TracedEndpointBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedEndpointBuilder").finish_non_exhaustive()
    }
}
