//! Handlers that are services of tower.

use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::process_future::ProcessFuture;
use super::received::Received;
use crate::message::{Inbound, MessagingSystem};
use crate::operation::Outcome;

/// A tower [`Layer`] for services that handle [`Received`] messages: each call runs inside the span of processing its message, and
/// the span ends as the service's result says. For handlers that one does not own, or that have layers of their own, for example
/// for retries and time limits: what is below this layer is inside the span.
///
/// The span starts with the call. What is returned is the service's own.
///
/// # Cancel safety
///
/// As for [`ProcessSpan::run`](crate::ProcessSpan::run): a future that is dropped leaves a span that says so.
///
/// ```
/// # use tracehop::{Carrier, Describe, Destination, Inbound, MemoryHeaders, MessageInfo, MessagingSystem};
/// # enum Mail {}
/// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
/// # struct Letter(MemoryHeaders);
/// # impl Inbound<Mail> for Letter {
/// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("orders")) }
/// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
/// # }
/// use std::time::Duration;
///
/// use tower::{BoxError, ServiceBuilder, ServiceExt};
/// use tracehop::{MessagingTracer, ProcessLayer, Received};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async {
/// async fn handle(order: Received<Letter, Mail>) -> Result<(), BoxError> {
///     Ok(())
/// }
///
/// let service = ServiceBuilder::new().layer(ProcessLayer).timeout(Duration::from_secs(5)).service_fn(handle);
/// let order = MessagingTracer::global().receive::<Mail, _>(Letter(MemoryHeaders::new()));
/// service.oneshot(order).await?;
/// # Ok::<(), BoxError>(())
/// # })?;
/// # Ok::<(), BoxError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessLayer;

impl<H> Layer<H> for ProcessLayer {
    type Service = ProcessService<H>;

    fn layer(&self, handler: H) -> ProcessService<H> {
        ProcessService { handler }
    }
}

/// The service of [`ProcessLayer`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessService<H> {
    handler: H,
}

impl<H, M, S> Service<Received<M, S>> for ProcessService<H>
where
    H: Service<Received<M, S>>,
    Result<H::Response, H::Error>: Outcome,
    M: Inbound<S>,
    S: MessagingSystem,
{
    type Response = H::Response;
    type Error = H::Error;
    type Future = ProcessFuture<H::Future>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), H::Error>> {
        self.handler.poll_ready(task)
    }

    fn call(&mut self, received: Received<M, S>) -> Self::Future {
        let span = received.start_process();
        let future = span.in_scope(|| self.handler.call(received));
        span.run(future)
    }
}
