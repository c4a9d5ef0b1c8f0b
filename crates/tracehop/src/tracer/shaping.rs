//! What spans show, and which messages have some: settings of a [`MessagingTracer`](super::MessagingTracer).

use std::borrow::Cow;

use super::MessagingTracerBuilder;
use crate::observe::{HookMessage, SpanAttributes};
use crate::policy::{LivePolicies, captured};

impl MessagingTracerBuilder {
    /// What is done with the messages of some destinations: it comes before what is said here. Only that code wins where it allows
    /// less: a policy neither trusts more than [`trust`](Self::trust) nor lifts [`strip`](Self::strip). Policies can be replaced later,
    /// if a [`LivePolicies`] is given and kept. What is injected and extracted by hand has no destination, and no policy.
    ///
    /// ```
    /// use tracehop::{MessagingTracer, Policies, Policy, SpanLevel};
    ///
    /// let heartbeats = Policy::new().spans(SpanLevel::ContextOnly);
    /// let tracer = MessagingTracer::builder().policies(Policies::new().on("heartbeats", heartbeats)).build();
    /// ```
    pub fn policies(mut self, policies: impl Into<LivePolicies>) -> Self {
        self.policies = Some(policies.into());
        self
    }

    /// Whether settlements have spans. The default: they have.
    pub fn settle_spans(mut self, enabled: bool) -> Self {
        self.policy.settle_spans = enabled;
        self
    }

    /// Whether each message of a batch that is sent has a span `create {destination}` of its own, below the one span that sends
    /// them all. Without, all messages carry the context of that one span, which costs a batch of a hundred a fraction, but
    /// neither what becomes of a message nor which of them failed can be told from its trace. The default: they have.
    pub fn create_spans(mut self, enabled: bool) -> Self {
        self.policy.create_spans = enabled;
        self
    }

    /// Headers that are recorded as attributes `messaging.header.<name>`, with the name in lower case: an array of strings, with up
    /// to 16 values that are text. The default: none, because headers may hold what nobody else is to know. It replaces an earlier
    /// call. Spans of sends, receives and processings have them, those of batches and settlements have not.
    ///
    /// ```
    /// let tracer = tracehop::MessagingTracer::builder().capture_headers(["content-type"]).build();
    /// ```
    pub fn capture_headers<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.policy.captured_headers = captured(names.into_iter().map(Into::into));
        self
    }

    /// Members of the baggage that are recorded as attributes, under their keys. The default: none. It replaces an earlier call.
    pub fn baggage_attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.policy.baggage_attributes = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Calls `hook` with the attributes of each span that is about to record, and with the message. It may be called several
    /// times.
    ///
    /// The hook is called on the thread that sends or handles the message, so it must be quick. If it panics, that is counted
    /// ([`hook_panics`](crate::MessagingTracer::hook_panics)), and the message goes on. It can change what the span says, and nothing else.
    ///
    /// ```
    /// use tracehop::MessagingTracer;
    ///
    /// let tracer = MessagingTracer::builder()
    ///     .on_span(|span, message| {
    ///         if let Some(tenant) = message.header("tenant") {
    ///             span.set_attribute("tenant", tenant);
    ///         }
    ///     })
    ///     .build();
    /// ```
    pub fn on_span(
        mut self,
        hook: impl Fn(&mut SpanAttributes<'_>, &HookMessage<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.on_span.push(Box::new(hook));
        self
    }

    /// Makes spans only for messages that `wants` says `true` of. The others pass their contexts on, and metrics and observers are
    /// told of them. It may be called several times: then all must want the span. If it panics, the span is made.
    ///
    /// ```
    /// use tracehop::MessagingTracer;
    ///
    /// let tracer = MessagingTracer::builder().filter(|message| message.destination() != Some("heartbeats")).build();
    /// ```
    pub fn filter(mut self, wants: impl Fn(&HookMessage<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.hooks.add_filter(wants);
        self
    }

    /// Another name for spans. The default, also where `name` returns `None` or panics: the operation and the destination, as the
    /// conventions ask. It should be one of few. The last call counts.
    ///
    /// ```
    /// use tracehop::{MessagingTracer, OperationKind};
    ///
    /// let tracer = MessagingTracer::builder()
    ///     .span_name(|message| (message.kind() == OperationKind::Process).then(|| "handle order".into()))
    ///     .build();
    /// ```
    pub fn span_name(
        mut self,
        name: impl Fn(&HookMessage<'_>) -> Option<Cow<'static, str>> + Send + Sync + 'static,
    ) -> Self {
        self.hooks.set_span_name(name);
        self
    }
}
