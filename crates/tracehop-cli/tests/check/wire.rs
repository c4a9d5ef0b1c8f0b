//! Summaries on their way from a view to a check.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, TraceId};
use proptest::prelude::*;
use tracehop_cli::summary_wire::{WireError, parts, read, window};
use tracehop_journey::{
    Gap, HopRecord, JourneyId, JourneySummary, Loss, Outcome, SpanKey, Stretch, UnhandledSend,
    UnmatchedHandler,
};

use crate::samples::{ago, journey, now, unhandled};

/// The whole list.
pub(crate) fn body(
    journeys: &[Arc<JourneySummary>],
    made: SystemTime,
    window: Duration,
) -> serde_json::Result<Vec<u8>> {
    Ok(parts(journeys, made, window).collect::<Result<Vec<_>, _>>()?.concat())
}

fn any_key() -> impl Strategy<Value = SpanKey> {
    (any::<u128>(), any::<u64>()).prop_map(|(trace, span)| (TraceId::from(trace), SpanId::from(span)))
}

fn any_text() -> impl Strategy<Value = Arc<str>> {
    ".{0,12}".prop_map(Into::into)
}

fn any_time() -> impl Strategy<Value = SystemTime> {
    any::<u64>().prop_map(|nanos| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos))
}

fn any_length() -> impl Strategy<Value = Duration> {
    any::<u64>().prop_map(Duration::from_nanos)
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![Just(Outcome::Ok), Just(Outcome::Failed), Just(Outcome::DeadLettered), Just(Outcome::Waiting)]
}

prop_compose! {
    fn any_hop()(
        (send, process) in (any_key(), any_key()),
        (system, producer, destination, consumer) in (any_text(), any_text(), any_text(), any_text()),
        (group, partition) in (prop::option::of(any_text()), prop::option::of(any_text())),
        (error, handled_error) in (prop::option::of(any_text()), prop::option::of(any_text())),
        sent in any_time(),
        (sending, wait, skew, handling) in (any_length(), any_length(), any_length(), any_length()),
        attempt in any::<u32>(),
    ) -> HopRecord {
        HopRecord {
            send, process, system, producer, destination, consumer, group, partition, sent, sending, wait, skew, handling,
            attempt, error, handled_error,
        }
    }
}

prop_compose! {
    fn any_unhandled()(
        send in any_key(),
        (producer, system, destination) in (any_text(), any_text(), any_text()),
        sent in any_time(),
        error in prop::option::of(any_text()),
    ) -> UnhandledSend {
        UnhandledSend { send, producer, system, destination, sent, error }
    }
}

prop_compose! {
    fn any_unmatched()(
        gap in prop_oneof![Just(Gap::NoContext), Just(Gap::NoSend)],
        process in any_key(),
        (producer, group, error) in
            (prop::option::of(any_text()), prop::option::of(any_text()), prop::option::of(any_text())),
        (system, destination, consumer) in (any_text(), any_text(), any_text()),
        (started, handling) in (any_time(), any_length()),
    ) -> UnmatchedHandler {
        UnmatchedHandler {
            gap, process, producer, system, destination, consumer, group, started, handling, error,
        }
    }
}

prop_compose! {
    fn any_loss()(
        span in any_key(),
        (service, destination) in (any_text(), any_text()),
        (attributes, events, links, here) in (any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>()),
    ) -> Loss {
        Loss { span, service, destination, attributes, events, links, here }
    }
}

prop_compose! {
    fn any_journey()(
        id in any_key().prop_map(JourneyId),
        name in any_text(),
        (started, duration) in (any_time(), any_length()),
        outcome in any_outcome(),
        error in prop::option::of(any_text()),
        (spans, attempts, parts_left_out) in (any::<u32>(), any::<u32>(), any::<u32>()),
        traces in prop::collection::vec(any::<u128>(), 0..3),
        (services, destinations) in (prop::collection::vec(any_text(), 0..3), prop::collection::vec(any_text(), 0..3)),
        (waiting, working) in (any_length(), any_length()),
        stretches in prop::collection::vec((any_length(), any_length(), any::<bool>()), 0..3),
        hops in prop::collection::vec(any_hop(), 0..3),
        unhandled in prop::collection::vec(any_unhandled(), 0..3),
        (repeated_contexts, tags) in (
            prop::collection::vec((any_text(), any_text()), 0..3),
            prop::collection::vec((any_text(), any_text()), 0..3),
        ),
        losses in prop::collection::vec(any_loss(), 0..3),
        unmatched in prop::collection::vec(any_unmatched(), 0..3),
        begins_elsewhere in any::<bool>(),
    ) -> JourneySummary {
        JourneySummary {
            id, name: (&*name).into(), started, duration, outcome, error, spans: spans as usize,
            traces: traces.into_iter().map(TraceId::from).collect(),
            services: services.into(), destinations: destinations.into(), attempts, waiting, working,
            stretches: stretches.into_iter().map(|(from, to, waiting)| Stretch { from, to, waiting }).collect(),
            hops: hops.into(), unhandled: unhandled.into(),
            unmatched: unmatched.into(), repeated_contexts: repeated_contexts.into(),
            tags: tags.into_iter().map(|(key, value)| (key, (&*value).into())).collect(),
            begins_elsewhere, parts_left_out: parts_left_out as usize, losses: losses.into(),
        }
    }
}

/// A window that reaches back to 1970.
const EVER: Duration = Duration::from_secs(1 << 35);

proptest! {
    #[test]
    fn a_summary_arrives_as_it_was_sent(journeys in prop::collection::vec(any_journey().prop_map(Arc::new), 0..4)) {
        let text = body(&journeys, now(), EVER).expect("it can be written");
        let read = read(&text).expect("it can be read");
        prop_assert_eq!(read.made, now());
        // A summary has no equality of its own; its text says all that it has.
        prop_assert_eq!(format!("{:?}", read.journeys), format!("{journeys:?}"));
    }

    #[test]
    fn a_damaged_answer_does_no_harm(journey in any_journey(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = body(&[Arc::new(journey)], now(), EVER).expect("it can be written");
        let place = cut.index(text.len());
        prop_assert!(read(&text[..place]).is_err());
        text[place] = byte;
        let _ = read(&text);
    }
}

#[test]
fn times_that_the_form_cannot_say_are_put_at_its_ends() {
    let absurd = JourneySummary {
        started: SystemTime::UNIX_EPOCH - Duration::from_secs(1),
        duration: Duration::MAX,
        ..journey(1)
    };
    let text = body(&[Arc::new(absurd)], now(), EVER).expect("it can be written");
    let read = read(&text).expect("it can be read");
    assert_eq!(read.journeys[0].started, SystemTime::UNIX_EPOCH);
    assert_eq!(read.journeys[0].duration, Duration::from_nanos(u64::MAX));
}

#[test]
fn what_ended_before_the_window_stays_there() {
    let ended = |number, millis| JourneySummary { started: ago(millis), ..journey(number) };
    let waits = JourneySummary {
        outcome: Outcome::Waiting,
        unhandled: [unhandled(3, "orders", ago(80_000))].into(),
        ..ended(3, 80_000)
    };
    let journeys = [ended(1, 60_100), ended(2, 60_200), waits].map(Arc::new);
    let text = body(&journeys, now(), Duration::from_secs(60)).expect("it can be written");
    let ids: Vec<JourneyId> = read(&text).expect("it can be read").journeys.iter().map(|it| it.id).collect();
    assert_eq!(ids, [journey(1).id, journey(3).id]);
}

#[test]
fn a_long_list_comes_in_parts() {
    let journeys: Vec<_> = (1..=3_000).map(journey).map(Arc::new).collect();
    let sizes: Vec<usize> = parts(&journeys, now(), EVER).map(|part| part.expect("JSON").len()).collect();
    assert!(sizes.len() > 3 && sizes.iter().all(|size| *size < 300_000), "{sizes:?}");
    let text = body(&journeys, now(), EVER).expect("it can be written");
    assert_eq!(read(&text).expect("it can be read").journeys.len(), 3_000);
}

#[test]
fn names_are_shared() {
    let journeys: Vec<_> = (1..100).map(journey).map(Arc::new).collect();
    let text = body(&journeys, now(), EVER).expect("it can be written");
    let read = read(&text).expect("it can be read").journeys;
    assert!(Arc::ptr_eq(&read[0].services[0], &read[50].hops[0].producer));
}

#[test]
fn the_form_is_stable() {
    let journey = JourneySummary {
        unhandled: [unhandled(1, "shipments", ago(1_000))].into(),
        tags: [("user.id".into(), "42".into())].into(),
        ..journey(1)
    };
    let text = body(&[Arc::new(journey)], now(), EVER).expect("it can be written");
    let value: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).expect("JSON"));
}

#[test]
fn another_version_and_another_form_are_told() {
    assert!(matches!(read(b"{\"version\":2,\"new\":[]}"), Err(WireError::Version(2))));
    for text in
        ["", "{}", "[]", "{\"version\":1,\"made\":0,\"journeys\":[{}]}", "<html>", &"[".repeat(1_000_000)]
    {
        assert!(matches!(read(text.as_bytes()), Err(WireError::Form(_))), "{}", text.len());
    }
    let text = body(&[Arc::new(journey(1))], now(), EVER).expect("it can be written");
    let text = String::from_utf8(text).expect("text").replace("\"ok\"", "\"sideways\"");
    let error = read(text.as_bytes()).expect_err("no such outcome").to_string();
    assert_eq!(error, "its answer is no list of summaries: unknown outcome \"sideways\"");
}

#[test]
fn a_window_needs_a_unit() {
    assert_eq!(window("15m"), Ok(Duration::from_secs(900)));
    assert_eq!(window("15"), Err("window=15: a duration needs a unit: ns, us, ms, s, m, h or d".to_owned()));
}
