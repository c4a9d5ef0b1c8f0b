//! What the endpoints of a service, or of a group of them, have in common.

use async_nats::service::endpoint::Endpoint;

use super::TracedEndpoint;
use crate::tracer::NatsTracer;

/// Where an endpoint is added: the client does not tell it again.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) tracer: NatsTracer,
    pub(super) prefix: Option<String>,
    pub(super) queue_group: String,
}

impl Scope {
    /// The same for a group within it.
    pub(super) fn group(&self, prefix: &str, queue_group: Option<String>) -> Self {
        Self {
            tracer: self.tracer.clone(),
            prefix: Some(self.subject(prefix)),
            queue_group: queue_group.unwrap_or_else(|| self.queue_group.clone()),
        }
    }

    /// An endpoint that was added here.
    pub(super) fn traced(&self, endpoint: Endpoint, subject: &str) -> TracedEndpoint {
        let tracers = self.tracer.of_group(&self.queue_group);
        TracedEndpoint::new(endpoint, tracers, self.tracer.subjects.subscribed(&self.subject(subject)))
    }

    fn subject(&self, subject: &str) -> String {
        match &self.prefix {
            Some(prefix) => format!("{prefix}.{subject}"),
            None => subject.to_owned(),
        }
    }
}
