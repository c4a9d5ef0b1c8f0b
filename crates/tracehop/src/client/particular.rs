//! Destinations whose headers are a case of their own.

use std::marker::PhantomData;

use super::client_tracer::ClientTracer;
use super::route::Route;
use crate::message::{Destination, MessagingSystem, OperationKind};

impl<S: MessagingSystem> ClientTracer<S> {
    /// The tracer for this destination, if its policy says something particular of headers. What a message's headers say must be
    /// known before anything else is.
    #[inline]
    pub(super) fn particular(
        &self,
        kind: OperationKind,
        operation: &'static str,
        destination: &Destination<'_>,
    ) -> Option<Self> {
        if self.client.is_particular {
            return None;
        }
        let route = Route::find(&self.client, kind, operation, destination);
        let client = route.particular.clone();
        route.keep();
        Some(Self { client: client?, system: PhantomData })
    }
}
