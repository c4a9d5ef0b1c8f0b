//! What is walked from one message, and what is not.

use opentelemetry::trace::SpanKind;
use tracehop_journey::{Bounds, Index, JourneyId, JourneySpan, Outcome};

use crate::scenarios::{Draft, epoch, insert, messaging, span};

/// The index of all drafts, brought up to date.
fn index(drafts: impl IntoIterator<Item = Draft>) -> Index {
    let mut index = Index::new(Bounds::default());
    insert(&mut index, drafts);
    index.refresh();
    index
}

/// The names of the spans of each journey, in order of start.
fn names(index: &Index) -> Vec<Vec<String>> {
    let names = |span: &JourneySpan| span.name().to_owned();
    index.journeys().iter().map(|journey| journey.spans().map(names).collect()).collect()
}

/// A message of its own trace, and whoever sends it.
fn sent(trace: u128) -> Draft {
    let at = 10 * u64::try_from(trace).unwrap();
    messaging("shop", "send", "orders", trace, 1).times(at, at + 1)
}

#[test]
fn a_batch_of_a_thousand_messages_is_in_a_thousand_journeys() {
    let mut drafts: Vec<Draft> = (1..=1_000).map(sent).collect();
    for batch in 0..10 {
        let mut handler = messaging("billing", "process", "orders", 5_000 + batch, 1).times(20_000, 21_000);
        for trace in 1..=100 {
            handler = handler.link(batch * 100 + trace, 1);
        }
        drafts.push(handler);
    }
    let index = index(drafts);
    assert_eq!(index.summaries().count(), 1_000);
    for row in index.summaries() {
        assert_eq!((row.spans, row.hops.len(), row.outcome), (2, 1, Outcome::Ok), "{row:?}");
    }
}

#[test]
fn what_a_batch_handler_sends_for_one_message_is_in_the_journey_of_that_message() {
    let drafts = [
        sent(1),
        sent(2),
        messaging("billing", "process", "both", 3, 1).link(1, 1).link(2, 1).times(100, 200),
        messaging("billing", "send", "invoice of 2", 3, 2).parent(1).link(2, 1).times(110, 120),
        span("billing", "INSERT all", 3, 3).parent(1).times(130, 140),
    ];
    let both = ["send orders", "process both", "INSERT all"];
    let with_invoice = ["send orders", "process both", "send invoice of 2", "INSERT all"];
    assert_eq!(names(&index(drafts)), [both.to_vec(), with_invoice.to_vec()]);
}

#[test]
fn messages_of_a_batch_handled_one_by_one_inside_it_stay_apart() {
    let drafts = [
        sent(1),
        sent(2),
        messaging("billing", "process", "batch", 3, 1).link(1, 1).link(2, 1).times(100, 200),
        messaging("billing", "process", "one", 3, 2).parent(1).link(1, 1).times(110, 120),
        messaging("billing", "process", "two", 3, 3).parent(1).link(2, 1).times(130, 140),
    ];
    let (one, two) =
        (["send orders", "process batch", "process one"], ["send orders", "process batch", "process two"]);
    assert_eq!(names(&index(drafts)), [one.to_vec(), two.to_vec()]);
}

#[test]
fn a_consumer_loop_that_is_the_parent_of_its_handlers_is_a_journey_of_none() {
    let mut drafts: Vec<Draft> = (1..=200).map(sent).collect();
    drafts.push(span("billing", "consumer loop", 9_000, 1).times(0, 9_000));
    for trace in 1..=200 {
        let id = u64::try_from(trace).unwrap() + 1;
        let handler = messaging("billing", "process", "orders", 9_000, id).parent(1).link(trace, 1);
        drafts.push(handler.times(5_000, 5_001));
        // It has brought no context: nothing tells to which journey it belongs.
        drafts
            .push(messaging("billing", "process", "legacy", 9_000, 1_000 + id).parent(1).times(6_000, 6_001));
    }
    let index = index(drafts);
    let of = |name: &str| index.summaries().filter(|row| &*row.name == name).count();
    assert_eq!((of("send orders"), of("process legacy"), of("consumer loop")), (200, 200, 1));
    assert!(index.summaries().all(|row| row.spans <= 2));
    let without: Vec<_> = index.summaries().filter_map(|row| row.unmatched.first()).collect();
    assert!(without.iter().all(|it| &*it.destination == "legacy"));
    assert_eq!(without.len(), 200);
}

#[test]
fn each_message_of_a_job_begins_a_journey_below_the_job() {
    let mut drafts = vec![span("import", "nightly import", 1, 1).times(0, 100_000)];
    for id in 2..=101 {
        drafts.push(messaging("import", "send", "rows", 1, id).parent(1).times(id * 10, id * 10 + 1));
        drafts.push(
            messaging("store", "process", "rows", 1, 1_000 + id)
                .remote_parent(id)
                .times(id * 10 + 5, id * 10 + 7),
        );
    }
    let index = index(drafts);
    assert_eq!(index.summaries().count(), 101, "a hundred messages and the job");
    let row = index.summaries().find(|row| &*row.name == "send rows").unwrap();
    // The job's span is shown with it; its time is not the message's.
    assert_eq!((row.spans, row.duration.as_micros(), row.hops.len()), (3, 7, 1));
    let journey = index.journey(row.id).unwrap();
    assert_eq!((journey.spans().len(), journey.duration().as_micros()), (3, 7));
    let job = journey.rows().into_iter().find(|row| row.label == "nightly import").unwrap();
    assert_eq!(
        (job.start.as_micros(), job.took.as_micros()),
        (0, 7),
        "the part of it that is in the journey"
    );
}

#[test]
fn a_handler_that_sends_many_messages_keeps_them() {
    let mut drafts =
        vec![sent(1), messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(20, 900)];
    for id in 3..=102 {
        drafts.push(messaging("billing", "send", "lines", 1, id).parent(2).times(30, 31));
    }
    assert_eq!(index(drafts).summaries().map(|row| row.spans).collect::<Vec<_>>(), [102]);
}

#[test]
fn an_outbox_relay_carries_each_message_on_alone() {
    let mut drafts = vec![span("relay", "relay loop", 50, 1).times(0, 90_000)];
    for trace in 1..=3 {
        drafts.push(span("shop", "POST /orders", trace, 1).times(0, 100));
        let id = u64::try_from(trace).unwrap() + 1;
        let relayed =
            messaging("relay", "send", "orders", 50, id).kind(SpanKind::Client).parent(1).link(trace, 1);
        drafts.push(relayed.times(500, 501));
        drafts.push(messaging("billing", "process", "orders", 60 + trace, 1).link(trace, 1).times(600, 700));
    }
    let one = vec!["POST /orders".to_owned(), "send orders".to_owned(), "process orders".to_owned()];
    let relay = vec!["relay loop".to_owned()];
    assert_eq!(names(&index(drafts)), [relay, one.clone(), one.clone(), one]);
}

#[test]
fn spans_come_in_any_order_and_journeys_change_their_begin() {
    let mut index = Index::new(Bounds::default());
    let process = messaging("billing", "process", "orders", 2, 1).link(1, 2).times(20, 30);
    insert(&mut index, [process]);
    index.refresh();
    assert!(index.summaries().next().unwrap().begins_elsewhere);
    insert(&mut index, [messaging("shop", "send", "orders", 1, 2).parent(1).times(1, 2)]);
    index.refresh();
    insert(&mut index, [span("shop", "POST /orders", 1, 1).times(0, 3)]);
    let changed = index.refresh();

    let rows: Vec<_> = index.summaries().collect();
    assert_eq!(rows.len(), 1);
    assert_eq!((&*rows[0].name, rows[0].spans, rows[0].begins_elsewhere), ("POST /orders", 3, false));
    assert!(changed.contains(&rows[0].id), "the new one, and those that are no more: {changed:?}");
    let handler = (2.into(), 1.into());
    assert_eq!(index.journeys_of(handler), [rows[0].id]);
    let back: Vec<_> = index.links_in((1.into(), 2.into())).map(|span| span.key()).collect();
    assert_eq!(back, [handler]);
    assert!(index.journey(JourneyId((9.into(), 9.into()))).is_none());
}

#[test]
fn a_try_that_fails_is_forgiven_once_a_later_one_succeeds() {
    let tries = |failed: bool| {
        let first =
            messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(20, 30).failed("Timeout");
        let query = span("billing", "UPDATE", 1, 3).parent(2).times(21, 29).failed("Timeout");
        let second = messaging("billing", "process", "orders", 1, 4).remote_parent(1).times(40, 50);
        let second = if failed { second.failed("Declined") } else { second };
        index([sent(1), first, query, second])
    };
    let row = tries(false).summaries().next().unwrap().clone();
    assert_eq!((row.outcome, row.attempts, row.error.as_deref()), (Outcome::Ok, 2, Some("Timeout")));
    let row = tries(true).summaries().next().unwrap().clone();
    assert_eq!((row.outcome, row.error.as_deref()), (Outcome::Failed, Some("Declined")));
}

#[test]
fn a_failure_that_was_taken_care_of_is_a_dead_letter() {
    let given_up =
        messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(20, 30).handled("Poison");
    let index = index([sent(1), given_up]);
    assert_eq!(index.summaries().next().unwrap().outcome, Outcome::DeadLettered);
}

#[test]
fn a_failure_that_is_tried_again_by_a_copy_is_decided_by_the_copy() {
    let tried = |last: Draft| {
        index([
            sent(1),
            messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(20, 30).handled("Timeout"),
            messaging("billing", "send", "orders.retry.1", 1, 3).parent(2).times(25, 26),
            last,
        ])
    };
    let again = messaging("billing", "process", "orders.retry.1", 1, 4).remote_parent(3).times(40, 50);
    assert_eq!(tried(again.clone()).summaries().next().unwrap().outcome, Outcome::Ok);
    assert_eq!(tried(again.handled("Poison")).summaries().next().unwrap().outcome, Outcome::DeadLettered);
}

#[test]
fn waiting_and_working_are_told_apart() {
    let index = index([
        messaging("shop", "send", "orders", 1, 1).times(0, 10),
        messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(100, 150),
        span("billing", "UPDATE", 1, 3).parent(2).times(110, 120),
    ]);
    let row = index.summaries().next().unwrap();
    assert_eq!((row.waiting.as_micros(), row.working.as_micros()), (90, 60));
    let stretches: Vec<_> =
        row.stretches.iter().map(|it| (it.from.as_micros(), it.to.as_micros(), it.waiting)).collect();
    assert_eq!(stretches, [(0, 10, false), (10, 100, true), (100, 150, false)]);
}

#[test]
fn clocks_that_disagree_make_no_negative_wait() {
    let index = index([
        messaging("shop", "send", "orders", 1, 1).times(100, 110),
        messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(20, 60),
    ]);
    let hop = &index.summaries().next().unwrap().hops[0];
    assert_eq!(
        (hop.wait.as_micros(), hop.skew.as_micros()),
        (0, 40),
        "billing's clock is 40 µs behind at least"
    );
}

#[test]
fn a_repeated_span_is_counted_and_dropped() {
    let mut index = Index::new(Bounds::default());
    insert(&mut index, [sent(1), sent(1)]);
    assert_eq!((index.len(), index.dropped().repeated), (1, 1));
    assert!(index.journeys().len() == 1 && index.spans().count() == 1);
    index.expire(epoch());
    assert_eq!(index.len(), 1, "nothing is too old yet");
}

#[test]
fn a_consumer_that_asked_before_the_message_was_sent_does_not_begin_the_journey() {
    let index = index([
        span("shop", "POST /orders", 1, 1).times(1_000, 1_100),
        messaging("shop", "send", "orders", 1, 2).parent(1).times(1_010, 1_020),
        messaging("audit", "receive", "orders", 2, 1).link(1, 2).times(0, 1_050),
        messaging("audit", "process", "orders", 2, 2).parent(1).link(1, 2).times(1_060, 1_200),
    ]);
    let row = index.summaries().next().unwrap();
    assert_eq!((&*row.name, row.duration.as_micros(), row.spans), ("POST /orders", 200, 4));
    let journey = index.journey(row.id).unwrap();
    assert_eq!((journey.name(), journey.duration().as_micros()), ("POST /orders", 200));
    let asked = journey.rows().into_iter().find(|row| row.label == "receive orders").unwrap();
    assert_eq!((asked.start.as_micros(), asked.took.as_micros()), (0, 50), "what is in the journey");
}
