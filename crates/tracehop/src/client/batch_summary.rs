//! What the span of several messages says of them.

use std::mem;

use opentelemetry::KeyValue;
use opentelemetry::trace::Link;

use crate::context::CreationContext;
use crate::message::{Describe, MessageAttributes};
use crate::semconv;

/// The most links of one span: as many as an SDK keeps by default, and it drops the others without a word.
const MAX_LINKS: usize = 128;

/// What the span of several messages says of them: attributes that are equal on all of them stand on the span, others on the
/// link to each.
#[derive(Default)]
pub(super) struct BatchSummary {
    /// What all messages so far have in common. `None` before the first.
    common: Option<Vec<KeyValue>>,
    links: Vec<Link>,
    /// How many messages' contexts found no room.
    dropped: i64,
    /// For the attributes of a message that are only compared.
    spare: Vec<KeyValue>,
}

impl BatchSummary {
    /// With room for the links of so many messages.
    pub(super) fn with_capacity(messages: usize) -> Self {
        Self { links: Vec::with_capacity(messages.min(MAX_LINKS)), ..Self::default() }
    }

    /// Takes one message with its attributes, less those that the span has `said`. Messages that were created by one span
    /// share a link, which keeps the attributes that are equal on them.
    pub(super) fn add(
        &mut self,
        creation: &CreationContext,
        message: &impl Describe,
        said: Said<'_>,
        is_plain: bool,
    ) {
        let mut attributes = mem::take(&mut self.spare);
        describe(message, said, &mut attributes);
        match &mut self.common {
            Some(common) => keep_shared(common, &attributes),
            None => self.common = Some(attributes.clone()),
        }
        let is_known = |link: &&mut Link| {
            let linked = &link.span_context;
            linked.span_id() == creation.span_id() && linked.trace_id() == creation.trace_id()
        };
        let has_room = self.links.len() < MAX_LINKS;
        match self.links.iter_mut().find(is_known) {
            _ if !creation.is_valid() => {}
            Some(link) => keep_shared(&mut link.attributes, &attributes),
            None if has_room => {
                let attributes = if is_plain { Vec::new() } else { mem::take(&mut attributes) };
                self.links.push(Link::new(creation.span_context(), attributes, 0));
            }
            None => self.dropped += 1,
        }
        attributes.clear();
        self.spare = attributes;
    }

    /// What the span says of all messages, and its links.
    pub(super) fn finish(self) -> (Vec<KeyValue>, Vec<Link>) {
        let Self { common, mut links, dropped, .. } = self;
        let mut common = common.unwrap_or_default();
        for link in &mut links {
            link.attributes.retain(|attribute| !common.contains(attribute));
        }
        if dropped > 0 {
            common.push(KeyValue::new(semconv::TRACEHOP_BATCH_LINKS_DROPPED, dropped));
        }
        (common, links)
    }
}

/// Keeps of `attributes` those that are among `others`.
fn keep_shared(attributes: &mut Vec<KeyValue>, others: &[KeyValue]) {
    attributes.retain(|attribute| others.contains(attribute));
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
        list.retain(|attribute| !said.contains(attribute));
    }
    message.attributes(&mut MessageAttributes(list));
}
