//! What the span of several messages says of them.

use std::{mem, ptr};

use opentelemetry::trace::Link;
use opentelemetry::{KeyValue, Value};

use super::batch_links::{BatchLinks, Linked};
use crate::context::CreationContext;
use crate::message::{Describe, MessageAttributes};
use crate::semconv;

/// What the span of several messages says of them: attributes that are equal on all of them stand on the span, others on the
/// link to each.
pub(super) struct BatchSummary {
    /// What all messages so far have in common. `None` before the first.
    common: Option<Vec<KeyValue>>,
    links: BatchLinks,
    /// For the attributes of a message that are only compared.
    spare: Vec<KeyValue>,
}

impl BatchSummary {
    /// With room for the links of so many messages.
    pub(super) fn with_capacity(messages: usize) -> Self {
        Self { common: None, links: BatchLinks::with_capacity(messages), spare: Vec::new() }
    }

    /// Takes one message with its attributes, less those that the span has `said`. Messages that were created by one span
    /// share a link, which keeps the attributes that are equal on them. For plain links, which are to be cheap, the message is
    /// not asked for its attributes.
    pub(super) fn add(
        &mut self,
        creation: &CreationContext,
        message: &impl Describe,
        said: Said<'_>,
        is_plain: bool,
    ) {
        if is_plain {
            self.links.link(creation);
            return;
        }
        let mut attributes = mem::take(&mut self.spare);
        describe(message, said, &mut attributes);
        match &mut self.common {
            Some(common) => keep_shared(common, &attributes),
            None => self.common = Some(attributes.clone()),
        }
        match self.links.link(creation) {
            Linked::Now(of_link) => {
                self.spare = Vec::with_capacity(attributes.len());
                *of_link = attributes;
                return;
            }
            Linked::Already(of_link) => keep_shared(of_link, &attributes),
            Linked::Not => {}
        }
        attributes.clear();
        self.spare = attributes;
    }

    /// What the span says of all messages, and its links.
    pub(super) fn finish(self) -> (Vec<KeyValue>, Vec<Link>) {
        let (mut links, dropped) = self.links.finish();
        let mut common = self.common.unwrap_or_default();
        for link in &mut links {
            link.attributes.retain(|attribute| !is_among(attribute, &common));
        }
        if dropped > 0 {
            common.push(KeyValue::new(semconv::TRACEHOP_BATCH_LINKS_DROPPED, dropped));
        }
        (common, links)
    }
}

/// Keeps of `attributes` those that are among `others`.
fn keep_shared(attributes: &mut Vec<KeyValue>, others: &[KeyValue]) {
    attributes.retain(|attribute| is_among(attribute, others));
}

fn is_among(attribute: &KeyValue, others: &[KeyValue]) -> bool {
    others.iter().any(|other| is_same(attribute, other))
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
