//! What the span of several messages says of them.

use std::{mem, ptr};

use opentelemetry::trace::Link;
use opentelemetry::{KeyValue, Value};

use super::batch_links::{BatchLinks, Linked};
use super::received::Received;
use crate::context::CreationContext;
use crate::message::{Describe, Inbound, MessageAttributes, MessagingSystem};
use crate::policy::EffectivePolicy;
use crate::semconv;

/// What the span of several messages says of them: attributes that are equal on all of them stand on the span, others on the
/// link to each.
pub(super) struct BatchSummary {
    /// What all messages so far have in common. `None` before the first.
    common: Option<Vec<KeyValue>>,
    /// Each link has what its message says beyond that.
    links: BatchLinks,
    /// The attributes of one message: empty between messages.
    says: Vec<KeyValue>,
    /// How many messages carried a context that could not be read.
    unreadable: i64,
}

impl BatchSummary {
    /// With room for the links of so many messages, and as many links as the policy allows.
    pub(super) fn with_capacity(messages: usize, policy: &EffectivePolicy) -> Self {
        let links = BatchLinks::with_capacity(messages, policy.max_batch_links);
        Self { common: None, links, says: Vec::new(), unreadable: 0 }
    }

    /// Takes a message that was received, as [`add`](Self::add) does.
    #[inline]
    pub(super) fn add_received<M: Inbound<S>, S: MessagingSystem>(
        &mut self,
        received: &Received<M, S>,
        said: Said<'_>,
        is_plain: bool,
    ) {
        let creation = received.creation();
        if !creation.is_valid() && !received.problems().is_empty() {
            self.unreadable += 1;
        }
        let problems = received.problems().attribute();
        self.add_with(creation, &received.message.info(), problems, said, is_plain);
    }

    /// Takes one message with its attributes, less those that the span has `said`. Messages that were created by one span
    /// share a link, which keeps the attributes that are equal on them. For plain links, which are to be cheap, the message is
    /// not asked for its attributes.
    #[inline]
    pub(super) fn add(
        &mut self,
        creation: &CreationContext,
        message: &impl Describe,
        said: Said<'_>,
        is_plain: bool,
    ) {
        self.add_with(creation, message, None, said, is_plain);
    }

    #[inline]
    fn add_with(
        &mut self,
        creation: &CreationContext,
        message: &impl Describe,
        more: Option<KeyValue>,
        said: Said<'_>,
        is_plain: bool,
    ) {
        if is_plain {
            self.links.link(creation, true);
            return;
        }
        let Self { common, links, says, .. } = self;
        describe(message, said, says);
        says.extend(more);
        let Some(common) = common else {
            // The next message says as much.
            let room = Vec::with_capacity(says.len());
            *common = Some(mem::replace(says, room));
            links.link(creation, false);
            return;
        };
        take_shared(common, says, links);
        match links.link(creation, false) {
            Linked::Now(of_link) => {
                if !says.is_empty() {
                    *of_link = Vec::with_capacity(says.len());
                    of_link.append(says);
                }
            }
            Linked::Already(of_link) => {
                of_link.retain(|attribute| is_among(attribute, says));
                says.clear();
            }
            Linked::Not => says.clear(),
        }
    }

    /// What the span says of all messages, and its links.
    pub(super) fn finish(self) -> (Vec<KeyValue>, Vec<Link>) {
        let (links, dropped) = self.links.finish();
        let mut common = self.common.unwrap_or_default();
        if dropped > 0 {
            common.push(KeyValue::new(semconv::TRACEHOP_BATCH_LINKS_DROPPED, dropped));
        }
        if self.unreadable > 0 {
            common.push(KeyValue::new(semconv::TRACEHOP_BATCH_CONTEXTS_UNREADABLE, self.unreadable));
        }
        (common, links)
    }
}

/// Leaves of what a message says that which is not in `common`. What it does not say is in common no longer, and is said to
/// all links so far: that happens to each attribute once at most.
#[inline]
fn take_shared(common: &mut Vec<KeyValue>, says: &mut Vec<KeyValue>, links: &mut BatchLinks) {
    let (mut place, mut next) = (0, 0);
    while let Some(attribute) = common.get(place) {
        // The messages of one client say the same things in the same order.
        if !says.get(next).is_some_and(|other| is_same(attribute, other)) {
            let Some(elsewhere) = position(attribute, says) else {
                links.say(&common.remove(place));
                continue;
            };
            next = elsewhere;
        }
        says.remove(next);
        place += 1;
    }
}

#[cold]
fn position(attribute: &KeyValue, others: &[KeyValue]) -> Option<usize> {
    others.iter().position(|other| is_same(attribute, other))
}

fn is_among(attribute: &KeyValue, others: &[KeyValue]) -> bool {
    position(attribute, others).is_some()
}

/// Whether two attributes are equal. Most that are have the same text, so that it need not be read.
#[inline]
fn is_same(one: &KeyValue, other: &KeyValue) -> bool {
    let is_text = |one: &str, other: &str| {
        one.len() == other.len() && (ptr::eq(one.as_ptr(), other.as_ptr()) || one == other)
    };
    is_text(one.key.as_str(), other.key.as_str())
        && match (&one.value, &other.value) {
            (Value::I64(one), Value::I64(other)) => one == other,
            (Value::String(one), Value::String(other)) => is_text(one.as_str(), other.as_str()),
            (one, other) => one == other,
        }
}

/// What a span said of its messages' destination when it started.
#[derive(Clone, Copy)]
pub(super) enum Said<'a> {
    /// All of it, and it holds for each message.
    Everything,
    These(&'a [KeyValue]),
}

/// The attributes of one message of a batch.
fn describe(message: &impl Describe, said: Said<'_>, list: &mut Vec<KeyValue>) {
    if let Said::These(said) = said {
        MessageAttributes(list).destination(&message.destination());
        list.retain(|attribute| !is_among(attribute, said));
    }
    message.attributes(&mut MessageAttributes(list));
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, TraceFlags, TraceState};

    use super::*;
    use crate::message::{Destination, MessageInfo};

    fn texts(attributes: &[KeyValue]) -> Vec<String> {
        attributes.iter().map(|attribute| attribute.value.to_string()).collect()
    }

    #[test]
    fn what_is_common_no_longer_is_said_to_all_links_so_far_but_to_plain_ones() {
        let mut summary = BatchSummary::with_capacity(4, &EffectivePolicy::default());
        for (span, partition, is_plain) in [(1_u64, 3, true), (2, 3, false), (3, 3, false), (4, 4, false)] {
            let flags = TraceFlags::SAMPLED;
            let span = SpanContext::new(1.into(), span.into(), flags, true, TraceState::NONE);
            let message =
                MessageInfo::to(Destination::named("orders")).partition(partition).message_id("m-1");
            summary.add(&CreationContext::of_span(&span), &message, Said::Everything, is_plain);
        }
        let (common, links) = summary.finish();
        assert_eq!(texts(&common), ["m-1"]);
        let links: Vec<_> = links.iter().map(|link| texts(&link.attributes)).collect();
        assert_eq!(links, [vec![], vec!["3"], vec!["3"], vec!["4"]]);
    }
}
