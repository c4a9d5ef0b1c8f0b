//! What `tracing` sees of the handling of a message.

#[cfg(not(feature = "tracing"))]
use std::marker::PhantomData;

use opentelemetry::Context;
#[cfg(feature = "tracing")]
use opentelemetry::trace::TraceContextExt;

#[cfg(feature = "tracing")]
use super::bridged_handler::BridgedHandler;
#[cfg(feature = "tracing")]
use super::here::InHandler;
#[cfg(feature = "tracing")]
use super::tracing_bridge::TracingBridge;
#[cfg(feature = "tracing")]
use crate::message::InternedStr;

/// What `tracing` sees of the handling of a message, from its start to its end: nothing without a bridge.
pub(crate) struct HandlerScope {
    #[cfg(feature = "tracing")]
    handler: Option<Box<BridgedHandler>>,
}

/// While this lives the handling is what is current for `tracing`.
pub(crate) struct Entered<'a> {
    #[cfg(feature = "tracing")]
    _span: Option<(InHandler, tracing::span::Entered<'a>)>,
    #[cfg(not(feature = "tracing"))]
    _span: PhantomData<&'a ()>,
}

impl HandlerScope {
    /// Nothing.
    #[inline]
    pub(crate) fn none() -> Self {
        Self {
            #[cfg(feature = "tracing")]
            handler: None,
        }
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn bridged(
        bridge: &TracingBridge,
        system: &'static str,
        destination: Option<InternedStr>,
        records: bool,
    ) -> Self {
        Self { handler: Some(Box::new(BridgedHandler::new(bridge.clone(), system, destination, records))) }
    }

    /// Makes the handling current for `tracing`. `process` is what is made current for OpenTelemetry after that.
    #[inline]
    #[cfg_attr(not(feature = "tracing"), expect(clippy::unused_self, reason = "there is nothing to enter"))]
    pub(crate) fn enter(&self, process: &Context) -> Entered<'_> {
        #[cfg(not(feature = "tracing"))]
        let _ = process;
        Entered {
            #[cfg(feature = "tracing")]
            _span: self.handler.as_ref().map(|handler| {
                let span = process.span().span_context().span_id();
                (InHandler::of(span), handler.enter(process))
            }),
            #[cfg(not(feature = "tracing"))]
            _span: PhantomData,
        }
    }

    /// The handling is over: what layers have gathered goes to the process span, which has not ended.
    #[inline]
    pub(crate) fn close(&mut self) {
        *self = Self::none();
    }
}
