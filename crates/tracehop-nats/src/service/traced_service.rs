//! Services.

use std::collections::HashMap;
use std::fmt;

use async_nats::Error;
use async_nats::service::endpoint::Stats;
use async_nats::service::{Info, Service};

use super::scope::Scope;
use super::{TracedEndpoint, TracedEndpointBuilder, TracedServiceGroup};

/// A [`Service`] whose endpoints are traced: it ends when it is dropped, as the client's does.
///
/// It comes from [`TracedClient::service_builder`](crate::TracedClient::service_builder), and has the client's own methods.
pub struct TracedService {
    service: Service,
    scope: Scope,
}

impl TracedService {
    pub(super) fn new(service: Service, scope: Scope) -> Self {
        Self { service, scope }
    }

    /// [`Service::endpoint`], which reads the context of each request.
    ///
    /// # Errors
    ///
    /// As for [`Service::endpoint`].
    pub async fn endpoint<S: ToString>(&self, subject: S) -> Result<TracedEndpoint, Error> {
        let subject = subject.to_string();
        Ok(self.scope.traced(self.service.endpoint(&subject).await?, &subject))
    }

    /// [`Service::endpoint_builder`].
    pub fn endpoint_builder(&self) -> TracedEndpointBuilder {
        TracedEndpointBuilder::new(self.service.endpoint_builder(), self.scope.clone())
    }

    /// [`Service::group`].
    #[expect(clippy::needless_pass_by_value, reason = "the client's own signature")]
    pub fn group<S: ToString>(&self, prefix: S) -> TracedServiceGroup {
        let prefix = prefix.to_string();
        TracedServiceGroup::new(self.service.group(&prefix), self.scope.group(&prefix, None))
    }

    /// [`Service::group_with_queue_group`].
    #[expect(clippy::needless_pass_by_value, reason = "the client's own signature")]
    pub fn group_with_queue_group<S: ToString, Z: ToString>(
        &self,
        prefix: S,
        queue_group: Z,
    ) -> TracedServiceGroup {
        let (prefix, queue_group) = (prefix.to_string(), queue_group.to_string());
        let group = self.service.group_with_queue_group(&prefix, &queue_group);
        TracedServiceGroup::new(group, self.scope.group(&prefix, Some(queue_group)))
    }

    /// [`Service::info`].
    pub async fn info(&self) -> Info {
        self.service.info().await
    }

    /// [`Service::stats`].
    pub async fn stats(&self) -> HashMap<String, Stats> {
        self.service.stats().await
    }

    /// [`Service::reset`].
    pub async fn reset(&mut self) {
        self.service.reset().await;
    }

    /// [`Service::stop`].
    ///
    /// # Errors
    ///
    /// As for [`Service::stop`].
    pub async fn stop(self) -> Result<(), Error> {
        self.service.stop().await
    }

    /// The client's own service. Its endpoints are not traced.
    pub fn inner(&self) -> &Service {
        &self.service
    }

    /// The client's own service back.
    pub fn into_inner(self) -> Service {
        self.service
    }
}

impl fmt::Debug for TracedService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedService").finish_non_exhaustive()
    }
}
