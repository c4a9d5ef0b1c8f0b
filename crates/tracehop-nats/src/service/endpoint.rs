//! Endpoints of services.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::service::endpoint::Endpoint;
use futures_core::Stream;
use tracehop::{IntoTraced, MessagingTracer};

use super::TracedRequest;
use crate::consumer::FromSubject;
use crate::server_tracers::ServerTracers;
use crate::settings::{received_templates, settings};
use crate::subject::ReceivedSubjects;
use crate::system::Nats;

/// An [`Endpoint`] of a service that reads the context of each request.
///
/// ```no_run
/// # use async_nats::service::error::Error;
/// # use futures::StreamExt;
/// # use tracehop_nats::TracedClient;
/// # async fn price(of: &[u8]) -> Result<bytes::Bytes, Error> { Ok("9.99".into()) }
/// # async fn f(client: TracedClient) -> Result<(), async_nats::Error> {
/// let service = client.service_builder().start("prices", "1.0.0").await?;
/// let mut prices = service.endpoint("prices.get").await?;
/// while let Some(request) = prices.next().await {
///     request.process(async { request.respond(price(&request.message.payload).await).await }).await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `process {subject}`, kind CONSUMER, for each request that is processed: it fails if the reply says that the service
/// failed. `publish`, kind PRODUCER, for each reply, which carries the context of this span.
///
/// An endpoint that no [`TracedService`](super::TracedService) made is wrapped with `.traced(&tracer)`. It tells neither its
/// client nor its subject, so its spans have neither the server's address nor a destination in their names: tell them with
/// [`with_facts`](Self::with_facts) and [`with_templates`](Self::with_templates).
pub struct TracedEndpoint {
    endpoint: Endpoint,
    tracers: ServerTracers,
    subjects: ReceivedSubjects,
}

settings!(TracedEndpoint, tracers);
received_templates!(TracedEndpoint, subjects);

impl TracedEndpoint {
    pub(super) fn new(endpoint: Endpoint, tracers: ServerTracers, subjects: ReceivedSubjects) -> Self {
        Self { endpoint, tracers, subjects }
    }

    /// [`Endpoint::stop`].
    ///
    /// # Errors
    ///
    /// As for [`Endpoint::stop`].
    pub async fn stop(&mut self) -> Result<(), std::io::Error> {
        self.endpoint.stop().await
    }

    /// The client's own endpoint back.
    pub fn into_inner(self) -> Endpoint {
        self.endpoint
    }
}

impl Stream for TracedEndpoint {
    type Item = TracedRequest;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.endpoint).poll_next(task);
        polled.map(|request| {
            let request = FromSubject::of(request?, self.subjects.clone());
            Some(TracedRequest::new(self.tracers.now().received(request)))
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.endpoint.size_hint()
    }
}

impl IntoTraced<Nats> for Endpoint {
    type Traced = TracedEndpoint;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedEndpoint::new(self, ServerTracers::unknown(tracer), ReceivedSubjects::UNKNOWN)
    }
}

impl fmt::Debug for TracedEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedEndpoint").field("subjects", &self.subjects).finish_non_exhaustive()
    }
}
