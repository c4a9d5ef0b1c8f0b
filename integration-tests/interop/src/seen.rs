//! What came of a hop.

use std::fmt;

use anyhow::{Context, ensure};
use opentelemetry::trace::{SpanContext, SpanId, TraceId};
use opentelemetry_sdk::trace::SpanData;
use tracehop_testing::RecordedSpan;

use crate::joined::Joined;
use crate::journey::Journey;
use crate::word::Header;

/// The name of the span that stands for the application's own work.
pub(crate) const HANDLE: &str = "handle";
/// Its attribute with the baggage that is current there.
pub(crate) const TENANT: &str = "interop.tenant";
/// An application's own header, which stands there twice if the transport can hold that.
pub(crate) const NOTE: &str = "x-note";
/// Its values.
pub(crate) const NOTES: [&str; 2] = ["one", "two"];

/// What came of the message at its receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) joined: Joined,
    /// It is that of the sender, at the span or at the link.
    pub(crate) tracestate: bool,
    /// What the handler sees of the sender's.
    pub(crate) baggage: Baggage,
    /// Both headers of the same name arrived, in their order; `None` where there can be only one.
    pub(crate) repeats: Option<bool>,
    /// How many headers of that name were on the wire.
    pub(crate) traceparents: usize,
    /// What the handler does is a child of the receiver's span.
    pub(crate) handler: bool,
}

/// What became of the baggage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Baggage {
    /// The handler sees the value that was sent.
    Kept,
    /// It sees another one.
    Changed,
    /// It sees none.
    Lost,
}

/// Where a peer differs from what would be best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// It writes `traceparent` so often.
    Traceparents(usize),
    /// It does not show the sender's `tracestate`.
    TracestateIsLost,
    Baggage(Baggage),
    /// What the handler does is not below the receiver's span.
    HandlerIsOutside,
    /// It writes no context at all.
    NothingIsWritten,
}

impl Seen {
    /// Everything survived.
    pub(crate) fn everything(joined: Joined, has_repeats: bool) -> Self {
        let repeats = has_repeats.then_some(true);
        Self { joined, tracestate: true, baggage: Baggage::Kept, repeats, traceparents: 1, handler: true }
    }

    pub(crate) fn with(self, fact: Fact) -> Self {
        match fact {
            Fact::Traceparents(traceparents) => Self { traceparents, ..self },
            Fact::TracestateIsLost => Self { tracestate: false, ..self },
            Fact::Baggage(baggage) => Self { baggage, ..self },
            Fact::HandlerIsOutside => Self { handler: false, ..self },
            Fact::NothingIsWritten => Self {
                joined: Joined::Not,
                tracestate: false,
                baggage: Baggage::Lost,
                traceparents: 0,
                handler: false,
                ..self
            },
        }
    }

    /// Finds out from all spans that arrived, of the services that sent and that received, and from the headers as they came.
    ///
    /// # Errors
    ///
    /// The context on the wire is of no span that the sender exported, or of another trace; or the handler's span is missing.
    pub(crate) fn of(
        spans: &[RecordedSpan],
        [sender, receiver]: [&str; 2],
        journey: Journey,
        headers: &[Header],
        has_repeats: bool,
    ) -> anyhow::Result<Self> {
        let values = |name: &str| -> Vec<&str> {
            headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
        };
        let theirs = || of_service(spans, receiver);
        let handle = theirs().find(|span| span.name == HANDLE);
        let handle = handle.with_context(|| format!("{receiver} exported no span of its handler"))?;
        let tenant = handle.attributes.iter().find(|attribute| attribute.key.as_str() == TENANT);
        let traceparents = values("traceparent");
        let mut seen = Self {
            joined: Joined::Not,
            tracestate: false,
            baggage: match tenant {
                Some(tenant) if tenant.value.as_str() == Journey::TENANT => Baggage::Kept,
                Some(_) => Baggage::Changed,
                None => Baggage::Lost,
            },
            repeats: has_repeats.then(|| values(NOTE) == NOTES),
            traceparents: traceparents.len(),
            handler: false,
        };
        let Some(traceparent) = traceparents.last() else {
            return Ok(seen);
        };
        let creation = ids(traceparent).with_context(|| format!("a traceparent {traceparent:?}"))?;
        let is_exported = of_service(spans, sender).any(|span| is(&span.span_context, creation));
        ensure!(is_exported, "the traceparent on the wire is of no span that {sender} exported");
        ensure!(creation.0 == journey.trace_id(), "{sender} sent the message outside of its span");

        let mut states = Vec::new();
        let (mut is_child, mut is_linked) = (false, false);
        for span in theirs().filter(|span| span.name != HANDLE) {
            let links = span.links.iter().map(|link| &link.span_context);
            let linked: Vec<&SpanContext> = links.filter(|link| is(link, creation)).collect();
            let follows = span.span_context.trace_id() == creation.0 && span.parent_span_id == creation.1;
            if follows {
                states.push(span.span_context.trace_state().header());
            }
            states.extend(linked.iter().map(|link| link.trace_state().header()));
            is_child |= follows;
            is_linked |= !linked.is_empty();
            seen.handler |= (follows || !linked.is_empty())
                && handle.span_context.trace_id() == span.span_context.trace_id()
                && handle.parent_span_id == span.span_context.span_id();
        }
        seen.joined = Joined::of(is_child, is_linked);
        seen.tracestate = !states.is_empty() && states.iter().all(|state| *state == Journey::tracestate());
        Ok(seen)
    }

    /// Says what differs from what was expected; nothing if nothing does.
    pub(crate) fn differences(&self, expected: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.joined != expected.joined {
            found.push(format!("joined by {}, expected {}", self.joined, expected.joined));
        }
        if self.traceparents != expected.traceparents {
            found.push(format!("{} traceparents, expected {}", self.traceparents, expected.traceparents));
        }
        if self.baggage != expected.baggage {
            found.push(format!("baggage: {}, expected {}", self.baggage, expected.baggage));
        }
        for (name, seen, expected) in [
            ("tracestate", Some(self.tracestate), Some(expected.tracestate)),
            ("repeated headers", self.repeats, expected.repeats),
            ("the handler's span below the receiver's", Some(self.handler), Some(expected.handler)),
        ] {
            let told = |is: Option<bool>| match is {
                Some(true) => "there",
                Some(false) => "not there",
                None => "not possible",
            };
            if seen != expected {
                found.push(format!("{name}: {}, expected {}", told(seen), told(expected)));
            }
        }
        found
    }
}

impl fmt::Display for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kept => "kept",
            Self::Changed => "changed",
            Self::Lost => "lost",
        })
    }
}

fn of_service<'a>(spans: &'a [RecordedSpan], service: &str) -> impl Iterator<Item = &'a SpanData> {
    let all = spans.iter().filter(move |recorded| recorded.service.as_deref() == Some(service));
    all.map(|recorded| &recorded.span)
}

fn is(context: &SpanContext, (trace, span): (TraceId, SpanId)) -> bool {
    context.trace_id() == trace && context.span_id() == span
}

fn ids(traceparent: &str) -> Option<(TraceId, SpanId)> {
    let mut parts = traceparent.split('-').skip(1);
    Some((TraceId::from_hex(parts.next()?).ok()?, SpanId::from_hex(parts.next()?).ok()?))
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Link, Span, SpanKind, TraceContextExt, TraceState, Tracer};
    use opentelemetry::{Context as Cx, KeyValue};
    use tracehop_testing::SpanRecorder;

    use super::*;

    /// What a receiver does with the sender's context.
    #[derive(Clone, Copy)]
    enum Receiver {
        Child,
        Linked,
        LinkedWithoutState,
        Unaware,
    }

    struct Hop {
        spans: Vec<RecordedSpan>,
        traceparent: Header,
    }

    /// `peer` sends to `tracehop`, whose handler sees this tenant.
    fn hop(journey: Journey, receiver: Receiver, tenant: Option<&str>) -> Hop {
        let (peer, ours) = (SpanRecorder::new(), SpanRecorder::new());
        let sent = Cx::new().with_span(peer.tracer().start_with_context("send", &journey.context().unwrap()));
        let creation = sent.span().span_context().clone();
        let builder = ours.tracer().span_builder("process").with_kind(SpanKind::Consumer);
        let link = |context: SpanContext| Link::new(context, Vec::new(), 0);
        let (builder, parent) = match receiver {
            Receiver::Child => (builder, sent.clone()),
            Receiver::Linked => (builder.with_links(vec![link(creation.clone())]), Cx::new()),
            Receiver::LinkedWithoutState => {
                let (trace, span) = (creation.trace_id(), creation.span_id());
                let bare = SpanContext::new(trace, span, creation.trace_flags(), true, TraceState::NONE);
                (builder.with_links(vec![link(bare)]), Cx::new())
            }
            Receiver::Unaware => (builder, Cx::new()),
        };
        let process = Cx::new().with_span(ours.tracer().build_with_context(builder, &parent));
        let mut handle = ours.tracer().start_with_context(HANDLE, &process);
        handle.set_attributes(tenant.map(|tenant| KeyValue::new(TENANT, tenant.to_owned())));
        handle.end();
        process.span().end();
        sent.span().end();
        let of = |recorder: &SpanRecorder, service: &str| {
            let service = service.to_owned();
            recorder.finished().into_iter().map(move |span| {
                let mut recorded = RecordedSpan::from(span);
                recorded.service = Some(service.as_str().into());
                recorded
            })
        };
        let spans = of(&peer, "peer").chain(of(&ours, "tracehop")).collect();
        let value = format!("00-{}-{}-01", creation.trace_id(), creation.span_id());
        Hop { spans, traceparent: ("traceparent".to_owned(), value) }
    }

    fn seen(spans: &[RecordedSpan], headers: &[Header]) -> Result<Seen, String> {
        let seen = Seen::of(spans, ["peer", "tracehop"], Journey::new(1), headers, true);
        seen.map_err(|error| format!("{error:#}"))
    }

    fn notes() -> [Header; 2] {
        NOTES.map(|note| (NOTE.to_owned(), note.to_owned()))
    }

    #[test]
    fn what_came_of_a_hop_is_read_from_spans_and_headers() {
        let best = |joined| Seen::everything(joined, true);
        let lost = Fact::Baggage(Baggage::Lost);
        for (receiver, tenant, expected) in [
            (Receiver::Child, Some("acme GmbH"), best(Joined::Parent)),
            (Receiver::Child, Some("acme+GmbH"), best(Joined::Parent).with(Fact::Baggage(Baggage::Changed))),
            (Receiver::Linked, None, best(Joined::Link).with(lost)),
            (Receiver::LinkedWithoutState, None, best(Joined::Link).with(lost).with(Fact::TracestateIsLost)),
        ] {
            let Hop { spans, traceparent } = hop(Journey::new(1), receiver, tenant);
            let headers = [&notes()[..], &[traceparent]].concat();
            assert_eq!(seen(&spans, &headers), Ok(expected));
        }
    }

    #[test]
    fn a_receiver_that_knows_nothing_of_the_sender_is_told_from_a_sender_that_writes_nothing() {
        let Hop { spans, traceparent } = hop(Journey::new(1), Receiver::Unaware, None);
        let nothing = Seen::everything(Joined::Parent, true).with(Fact::NothingIsWritten);
        assert_eq!(seen(&spans, &notes()), Ok(nothing));
        let headers = [&notes()[..], &[traceparent]].concat();
        assert_eq!(seen(&spans, &headers), Ok(nothing.with(Fact::Traceparents(1))));
    }

    #[test]
    fn of_several_contexts_the_last_one_is_the_senders() {
        let Hop { spans, traceparent } = hop(Journey::new(1), Receiver::Child, Some(Journey::TENANT));
        let old = ("traceparent".to_owned(), format!("00-{:032x}-{:016x}-01", 7, 7));
        let note = notes()[1].clone();
        let expected =
            Seen { repeats: Some(false), traceparents: 2, ..Seen::everything(Joined::Parent, true) };
        assert_eq!(seen(&spans, &[old.clone(), note.clone(), traceparent.clone()]), Ok(expected));
        let error = seen(&spans, &[traceparent, note, old]).unwrap_err();
        assert_eq!(error, "the traceparent on the wire is of no span that peer exported");
    }

    #[test]
    fn a_hop_that_cannot_be_judged_is_an_error() {
        let Hop { spans, traceparent } = hop(Journey::new(2), Receiver::Child, None);
        let error = seen(&spans, std::slice::from_ref(&traceparent)).unwrap_err();
        assert_eq!(error, "peer sent the message outside of its span");
        let error = seen(&spans[..1], &[traceparent]).unwrap_err();
        assert_eq!(error, "tracehop exported no span of its handler");
    }

    #[test]
    fn every_difference_is_told() {
        let best = Seen::everything(Joined::Parent, true);
        assert!(best.differences(&best).is_empty());
        let nothing = Seen { repeats: Some(false), ..best.with(Fact::NothingIsWritten) };
        let expected = [
            "joined by nothing, expected parent",
            "0 traceparents, expected 1",
            "baggage: lost, expected kept",
            "tracestate: not there, expected there",
            "repeated headers: not there, expected there",
            "the handler's span below the receiver's: not there, expected there",
        ];
        assert_eq!(nothing.differences(&best), expected);
    }
}
