//! What was sent and what was handled, to be compared.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use tokio::sync::watch;
use tracehop::CreationContext;

use crate::load::MESSAGES;
use crate::support::{Bench, DEADLINE, attribute, within};

/// The messages of one test. Each has a trace of its own, and a payload that names it.
pub(crate) struct Book {
    pub(crate) bench: Bench,
    confirmed: Mutex<BTreeSet<usize>>,
    count: watch::Sender<usize>,
    gate: watch::Sender<bool>,
    failed: AtomicUsize,
    handled: Mutex<BTreeMap<usize, usize>>,
}

/// What the spans were, for a test that knows more.
pub(crate) struct Totals {
    /// Sends of which the client said that they failed.
    pub(crate) failed: usize,
    /// How many times messages were handled.
    pub(crate) handled: usize,
}

impl Book {
    pub(crate) fn new() -> Self {
        Self {
            bench: Bench::new(),
            confirmed: Mutex::default(),
            count: watch::Sender::default(),
            gate: watch::Sender::default(),
            failed: AtomicUsize::default(),
            handled: Mutex::default(),
        }
    }

    /// The context of the request that a message is sent for, and the message's payload.
    pub(crate) fn message(number: usize) -> (Context, String) {
        let trace = TraceId::from((7 << 64) | (number as u128 + 1));
        let request = SpanContext::new(trace, SpanId::from(1), TraceFlags::SAMPLED, true, TraceState::NONE);
        (Context::new().with_remote_span_context(request), format!("{trace} {number}"))
    }

    /// How many different messages a client wrote in these bytes.
    pub(crate) fn sent_in(bytes: &[u8]) -> usize {
        let text = String::from_utf8_lossy(bytes);
        (0..MESSAGES).filter(|number| text.contains(&Self::message(*number).1)).count()
    }

    /// Holds up the second half of the messages until the [gate opens](Self::open_gate).
    pub(crate) async fn pass_gate(&self, number: usize) {
        if number >= MESSAGES / 2 {
            within(self.gate.subscribe().wait_for(|open| *open)).await.unwrap();
        }
    }

    pub(crate) fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    /// The client promised that the broker has it.
    pub(crate) fn confirm(&self, number: usize) {
        let mut confirmed = self.confirmed.lock().unwrap();
        assert!(confirmed.insert(number), "message {number} was sent again after it was confirmed");
        self.count.send_replace(confirmed.len());
    }

    /// The client said that a send failed.
    pub(crate) fn fail(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a message is handled: inside its span.
    pub(crate) fn handle(&self, payload: &[u8], creation: &CreationContext) {
        let text = std::str::from_utf8(payload).unwrap();
        let (trace, number) = text.split_once(' ').unwrap();
        let current = Context::map_current(|cx| cx.span().span_context().trace_id());
        assert_eq!(creation.trace_id().to_string(), trace, "the context of another message");
        assert_eq!(current.to_string(), trace, "the span of another message");
        *self.handled.lock().unwrap().entry(number.parse().unwrap()).or_default() += 1;
    }

    /// How many different messages were handled.
    pub(crate) fn handled(&self) -> usize {
        self.handled.lock().unwrap().len()
    }

    /// Whether each message was handled.
    pub(crate) fn is_complete(&self) -> bool {
        self.handled() == MESSAGES
    }

    /// Returns when so many sends were confirmed.
    pub(crate) async fn confirmed(&self, messages: usize) {
        let mut count = self.count.subscribe();
        within(count.wait_for(|count| *count >= messages)).await.unwrap();
    }

    /// Returns when so many spans are open.
    pub(crate) async fn in_flight(&self, spans: usize) {
        until(|| self.bench.spans.unfinished() >= spans).await;
    }

    /// Returns when so many spans are open, or a send has failed.
    pub(crate) async fn in_flight_or_failed(&self, spans: usize) {
        until(|| self.bench.spans.unfinished() >= spans || self.failed.load(Ordering::Relaxed) > 0).await;
    }

    /// Asserts that sent is handled, that every span has ended once, that failures say why, and that no context crossed
    /// from one message to another. Each handling was settled `settlements` times.
    pub(crate) async fn assert_balanced(&self, settlements: usize) -> Totals {
        let all: BTreeSet<usize> = (0..MESSAGES).collect();
        assert_eq!(*self.confirmed.lock().unwrap(), all, "each message was sent at last");
        let handled = self.handled.lock().unwrap().clone();
        assert_eq!(handled.keys().copied().collect::<BTreeSet<_>>(), all, "each message was handled");

        let totals = Totals { failed: self.failed.load(Ordering::Relaxed), handled: handled.values().sum() };
        let sends = MESSAGES + totals.failed;
        let expected = sends + totals.handled * (1 + settlements);
        let spans = self.bench.spans.wait_for(expected, DEADLINE).await;
        let of_kind = |kind: SpanKind| spans.iter().filter(move |span| span.span_kind == kind);
        assert_eq!(of_kind(SpanKind::Producer).count(), sends, "a span for each send, once");
        assert_eq!(of_kind(SpanKind::Consumer).count(), totals.handled, "a span for each handling, once");
        assert_eq!(spans.len(), expected, "no other spans");
        assert_eq!(self.bench.spans.unfinished(), 0, "no span goes on");

        let failed = |span: &&_| -> bool { attribute(span, "error.type").is_some() };
        assert_eq!(of_kind(SpanKind::Producer).filter(failed).count(), totals.failed, "failures say why");
        for span in &spans {
            let is_error = matches!(span.status, Status::Error { .. });
            assert_eq!(is_error, failed(&span), "a status and its reason: {span:?}");
        }
        let sends: HashSet<_> = of_kind(SpanKind::Producer)
            .map(|span| (span.span_context.trace_id(), span.span_context.span_id()))
            .collect();
        for span in of_kind(SpanKind::Consumer) {
            let parent = (span.span_context.trace_id(), span.parent_span_id);
            let links: Vec<_> = span.links.iter().map(|link| &link.span_context).collect();
            assert!(sends.contains(&parent), "a parent that sent it: {span:?}");
            assert!(links.len() == 1 && (links[0].trace_id(), links[0].span_id()) == parent, "{span:?}");
        }
        totals
    }
}

/// For what nobody is told of.
async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
