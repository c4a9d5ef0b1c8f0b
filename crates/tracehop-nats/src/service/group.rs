//! Groups of endpoints.

use std::fmt;

use async_nats::Error;
use async_nats::service::Group;

use super::scope::Scope;
use super::{TracedEndpoint, TracedEndpointBuilder};

/// A [`Group`] of a service's endpoints, which are traced.
pub struct TracedServiceGroup {
    group: Group,
    scope: Scope,
}

impl TracedServiceGroup {
    pub(super) fn new(group: Group, scope: Scope) -> Self {
        Self { group, scope }
    }

    /// [`Group::group`].
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "the client's own signature")]
    pub fn group<S: ToString>(&self, prefix: S) -> Self {
        let prefix = prefix.to_string();
        Self::new(self.group.group(&prefix), self.scope.group(&prefix, None))
    }

    /// [`Group::group_with_queue_group`].
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "the client's own signature")]
    pub fn group_with_queue_group<S: ToString, Z: ToString>(&self, prefix: S, queue_group: Z) -> Self {
        let (prefix, queue_group) = (prefix.to_string(), queue_group.to_string());
        let group = self.group.group_with_queue_group(&prefix, &queue_group);
        Self::new(group, self.scope.group(&prefix, Some(queue_group)))
    }

    /// [`Group::endpoint`], which reads the context of each request.
    ///
    /// # Errors
    ///
    /// As for [`Group::endpoint`].
    pub async fn endpoint<S: ToString>(&self, subject: S) -> Result<TracedEndpoint, Error> {
        let subject = subject.to_string();
        Ok(self.scope.traced(self.group.endpoint(&subject).await?, &subject))
    }

    /// [`Group::endpoint_builder`].
    pub fn endpoint_builder(&self) -> TracedEndpointBuilder {
        TracedEndpointBuilder::new(self.group.endpoint_builder(), self.scope.clone())
    }

    /// The client's own group. Its endpoints are not traced.
    pub fn inner(&self) -> &Group {
        &self.group
    }
}

impl fmt::Debug for TracedServiceGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedServiceGroup").finish_non_exhaustive()
    }
}
