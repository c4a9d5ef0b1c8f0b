//! Which send brought which handler its message.

use std::collections::{BTreeMap, HashMap};

use crate::carried::carried;
use crate::dead_letter_names::is_retries;
use crate::places::Places;
use crate::role::Role;
use crate::span::JourneySpan;

/// How many sends are compared for one creation context. An outbox may write thousands of rows under one context, and to
/// match all of them with all of their handlers would take quadratic time.
const MAX_SENDS: usize = 32;

/// One message that a send handed over to a handler. The fields are places in the journey's list of spans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handover {
    /// The span whose context travelled with the message.
    pub(crate) creation: usize,
    /// The span that gave the message to the broker. It is often the same span.
    pub(crate) send: usize,
    /// The span that ran the handler.
    pub(crate) process: usize,
    /// As in [`Hop::attempt`](crate::Hop::attempt).
    pub(crate) attempt: u32,
    /// What is tried: the same number for each try of the same message by the same consumer, counted from 0.
    pub(crate) trial: usize,
}

/// Every handover, by the place of its process span.
pub(crate) type Handovers = BTreeMap<usize, Vec<Handover>>;

/// Finds the handovers: a process span has the creation context as its parent, as a link, or as both.
pub(crate) fn handovers(index: &Places<'_>) -> Handovers {
    let sends = sends_by_creation(index);
    let mut attempts = HashMap::new();
    let mut found = Handovers::new();
    for (process, handler) in index.spans().filter(|(_, span)| span.is(Role::Process)) {
        let mut creations: Vec<usize> = places(index, handler).collect();
        if creations.is_empty() {
            creations.extend(asked_for(index, handler));
        }
        // In order of start.
        creations.sort_unstable();
        let handovers = creations.into_iter().filter_map(|creation| {
            let send = send_of(index, sends.get(&creation).map_or(&[], Vec::as_slice), creation, handler)?;
            let message = (handler.message_id(), handler.partition(), handler.kafka_offset());
            // Several messages under one context, of which none says which it is, are no tries of one.
            let is_nameless = handler.message_id().is_none() && handler.kafka_offset().is_none();
            let several =
                index.at(send).and_then(JourneySpan::batch_message_count).is_some_and(|count| count > 1);
            let alone = (is_nameless && several).then_some(process);
            let queue = queue(index.at(send), handler);
            let consumer = (handler.service(), handler.consumer_group());
            let trials = attempts.len();
            let (trial, attempt): &mut (usize, u32) =
                attempts.entry((creation, send, message, consumer, queue, alone)).or_insert((trials, 0));
            *attempt = attempt.saturating_add(1);
            Some(Handover { creation, send, process, attempt: *attempt, trial: *trial })
        });
        let handovers: Vec<Handover> = handovers.collect();
        if !handovers.is_empty() {
            found.insert(process, handovers);
        }
    }
    found
}

/// Where a handler got its message from: an exchange may bring it to several queues of one service. A queue of retries counts as
/// the one that the message was sent to.
fn queue<'a>(send: Option<&'a JourneySpan>, handler: &'a JourneySpan) -> Option<&'a str> {
    let queue = handler.destination()?;
    if is_retries(queue) { send.and_then(JourneySpan::destination) } else { Some(queue) }
}

/// The message of the span in which a handler runs, if that asked for one message: some name it there only.
fn asked_for(index: &Places<'_>, handler: &JourneySpan) -> Option<usize> {
    let receive = index.at(index.parent_of(handler)?).filter(|span| span.is(Role::Receive))?;
    let mut messages = places(index, receive);
    let message = messages.next()?;
    messages.next().is_none().then_some(message)
}

fn places(index: &Places<'_>, span: &JourneySpan) -> impl Iterator<Item = usize> {
    carried(index, span).into_iter().filter_map(|key| index.place(key))
}

/// The send spans that link to a creation context which they did not make. Batches, outboxes and replays have such
/// spans.
fn sends_by_creation(index: &Places<'_>) -> HashMap<usize, Vec<usize>> {
    let mut sends: HashMap<usize, Vec<usize>> = HashMap::new();
    for (send, span) in index.spans().filter(|(_, span)| span.is(Role::Send)) {
        for creation in places(index, span).filter(|&creation| creation != send) {
            let sends = sends.entry(creation).or_default();
            if sends.len() < MAX_SENDS {
                sends.push(send);
            }
        }
    }
    sends
}

/// The send of the message that `handler` got with the context of `creation`, if that send was recorded.
fn send_of(index: &Places<'_>, linking: &[usize], creation: usize, handler: &JourneySpan) -> Option<usize> {
    let creator = index.at(creation)?;
    let itself = creator.is(Role::Send).then_some(creation);
    let parent = if creator.is(Role::Create) { index.parent_of(creator) } else { None };
    let parent = parent.filter(|&parent| index.at(parent).is_some_and(|span| span.is(Role::Send)));
    let candidates = itself.into_iter().chain(parent).chain(linking.iter().copied());
    let best = candidates.max_by_key(|&send| index.at(send).map(|send| likeness(send, handler)));
    best.or_else(|| creator.is(Role::Create).then_some(creation))
}

/// Orders the sends of one creation context by how likely they sent what `handler` got. A dead-letter or replay tool may
/// send the same context again, and an outbox may send several messages with it.
fn likeness(send: &JourneySpan, handler: &JourneySpan) -> impl Ord + use<> {
    (
        same_message(send, handler),
        same_destination(send, handler),
        send.started() <= handler.started(),
        send.started(),
    )
}

fn same_message(send: &JourneySpan, handler: &JourneySpan) -> bool {
    let same_id = send.message_id().is_some() && send.message_id() == handler.message_id();
    let same_place = send.kafka_offset().is_some()
        && (send.kafka_offset(), send.partition(), send.destination())
            == (handler.kafka_offset(), handler.partition(), handler.destination());
    same_id || same_place
}

/// RabbitMQ's consumers append the queue: `orders:eu` is delivered as `orders:eu:billing`.
fn same_destination(send: &JourneySpan, handler: &JourneySpan) -> bool {
    let (Some(sent_to), Some(came_from)) = (send.destination(), handler.destination()) else { return false };
    came_from.strip_prefix(sent_to).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}
