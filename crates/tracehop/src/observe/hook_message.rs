//! A message, as hooks see it.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;

use super::OperationFacts;
use crate::carrier::Carrier;
use crate::message::{Describe, OperationKind, bounded};

/// The headers of a message, if it has any: they are only asked for by what looks at them.
pub(crate) type Headers<'a> = &'a dyn Fn(&mut dyn FnMut(&dyn Carrier));

/// Of an operation that has no headers at hand.
pub(crate) const NO_HEADERS: Headers<'static> = &|_| {};

/// A message, and what is done with it, as [hooks](crate::MessagingTracerBuilder::on_span) see it.
///
/// Of several messages that are handled at once it is what they have in common, without headers. Headers are not at hand either
/// when a message is settled.
pub struct HookMessage<'a> {
    pub(crate) facts: OperationFacts<'a>,
    pub(crate) message: &'a dyn Describe,
    pub(crate) headers: Headers<'a>,
    /// What the operation runs in.
    pub(crate) cx: &'a Context,
}

impl HookMessage<'_> {
    /// The messaging system, as `messaging.system` names it.
    pub fn system(&self) -> &'static str {
        self.facts.system
    }

    /// What is done with the message.
    pub fn kind(&self) -> OperationKind {
        self.facts.kind
    }

    /// The system's word for it.
    pub fn operation(&self) -> &'static str {
        self.facts.name
    }

    /// What stands in the span's name: the destination's template or label, or else its name if that is one of few.
    pub fn destination(&self) -> Option<&str> {
        self.facts.destination
    }

    /// The first value of a header that is text, by the header's name in any letter case. It is cut at 1,024 bytes.
    pub fn header(&self, name: &str) -> Option<String> {
        let mut found = None;
        each_text(self.headers, name, &mut |value| {
            if found.is_none() {
                found = Some(value.to_owned());
            }
        });
        found
    }

    /// The value of a member of the baggage with which the operation runs.
    pub fn baggage(&self, key: &str) -> Option<Cow<'_, str>> {
        self.cx.baggage().get(key).map(|value| Cow::Borrowed(value.as_str()))
    }

    /// The size of the payload in bytes, if it is known.
    pub fn body_size(&self) -> Option<usize> {
        self.message.body_size()
    }

    /// The message's key, if it has one.
    pub fn key(&self) -> Option<&[u8]> {
        self.message.key().map(|(_, key)| key)
    }
}

/// Calls `f` with each value of a header that is text.
pub(super) fn each_text(headers: Headers<'_>, name: &str, f: &mut dyn FnMut(&str)) {
    headers(&mut |carrier| {
        carrier.for_each(&mut |key, value| {
            if key.eq_ignore_ascii_case(name.as_bytes())
                && let Some(text) = value.and_then(|value| std::str::from_utf8(value).ok())
            {
                f(bounded(text));
            }
        });
    });
}

impl fmt::Debug for HookMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookMessage").field("facts", &self.facts).finish_non_exhaustive()
    }
}
