//! What is wrong, worst first.

use std::time::Duration;

use tracehop_journey::{
    Gap, HopRecord, JourneyId, JourneySummary, Outcome, Trouble, TroubleKind, TroubleLimits, UnhandledSend,
    is_dead_letters, troubles,
};

use crate::samples::{at, epoch, hop, journey, key, loss, shared, summary, unhandled, unmatched};

/// Troubles as they are a minute after the epoch.
fn found(summaries: impl IntoIterator<Item = JourneySummary>) -> Vec<Trouble> {
    troubles(&shared(summaries), at(60_000), &TroubleLimits::default())
}

fn titles(summaries: impl IntoIterator<Item = JourneySummary>) -> Vec<String> {
    found(summaries).into_iter().map(|trouble| trouble.title).collect()
}

fn waiting(id: u64, sends: impl IntoIterator<Item = UnhandledSend>) -> JourneySummary {
    JourneySummary { outcome: Outcome::Waiting, unhandled: sends.into_iter().collect(), ..summary(id) }
}

fn taken_care(hop: HopRecord) -> HopRecord {
    HopRecord { handled_error: Some("Declined".into()), ..hop }
}

#[test]
fn nothing_is_no_trouble() {
    assert!(titles([]).is_empty());
    assert!(titles([journey(1, [hop("a > orders > b", 1, 2)])]).is_empty());
}

#[test]
fn a_send_is_not_handled_after_ten_times_the_p99_and_at_least_a_second() {
    // The messages on `orders` wait for 10 ms, those on `reports` for 5 s.
    let slow = HopRecord { wait: Duration::from_secs(5), ..hop("a > reports > b", 3, 4) };
    let others = || journey(1, [hop("a > orders > b", 1, 2), slow.clone()]);
    for (destination, age, is_trouble) in [
        ("orders", 999, false),
        ("orders", 1_001, true),
        ("reports", 1_001, false),
        ("reports", 50_000, false),
        ("reports", 50_600, true),
        ("newsletter", 1_001, true),
    ] {
        let send = unhandled(&format!("a > {destination}"), 9, at(60_000 - age));
        assert_eq!(
            !titles([others(), waiting(2, [send])]).is_empty(),
            is_trouble,
            "{destination} after {age} ms"
        );
    }
}

#[test]
fn what_was_never_sent_and_dead_letters_need_no_handler() {
    let failed = UnhandledSend { error: Some("Refused".into()), ..unhandled("a > orders", 1, epoch()) };
    assert!(titles([waiting(1, [failed])]).is_empty());
    let letter = unhandled("a > orders.DLT", 2, epoch());
    assert_eq!(titles([waiting(1, [letter])]), ["1 message went to the dead letters orders.DLT"]);
}

/// All that is told of the troubles.
fn told(troubles: &[Trouble]) -> String {
    let told = troubles.iter().map(|it| {
        format!(
            "{:?}: {}\n  [{}] × {}\n  {}\n  {}",
            it.kind, it.title, it.about, it.count, it.means, it.advice
        )
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_trouble_says_what_it_means_and_what_to_do() {
    let sends = |topic: &str, ids: std::ops::Range<u64>| -> Vec<UnhandledSend> {
        ids.map(|id| unhandled(&format!("storefront > {topic}"), id, at(id))).collect()
    };
    let poison = (1..=7).map(|attempt| HopRecord {
        attempt,
        error: Some("BadAddress".into()),
        sent: at(10_000),
        wait: Duration::from_millis(100 * u64::from(attempt)),
        ..hop("checkout > payments > billing", 100, 100 + u64::from(attempt))
    });
    let storm = (0..30_u64).map(|n| HopRecord {
        attempt: if n < 20 { 2 } else { 1 },
        sent: at(20_000),
        ..hop("billing > shipments > shipping", 200 + n, 300 + n)
    });
    let skewed = HopRecord { skew: Duration::from_millis(40), ..hop("checkout > stock > shipping", 50, 51) };
    let found = found([
        waiting(1, sends("orders", 10..13)),
        waiting(2, sends("newsletter", 20..22)),
        waiting(3, sends("imports", 30..31)),
        JourneySummary {
            outcome: Outcome::DeadLettered,
            destinations: ["orders".into(), "dead.orders".into()].into(),
            ..journey(
                4,
                [
                    hop("storefront > orders > checkout", 40, 41),
                    taken_care(hop("storefront > orders > checkout", 42, 43)),
                ],
            )
        },
        journey(5, poison),
        journey(6, storm),
        JourneySummary {
            unmatched: [unmatched("imports > legacy-import", Gap::NoContext, 1, at(70))].into(),
            ..summary(7)
        },
        journey(8, [skewed]),
        JourneySummary {
            repeated_contexts: [("billing".into(), "payments".into())].into(),
            // A batch that two journeys show.
            losses: [loss(1, 0, 172), loss(2, 3, 0)].into(),
            ..summary(9)
        },
        JourneySummary { losses: [loss(1, 0, 172)].into(), parts_left_out: 7, ..summary(10) },
    ]);
    insta::assert_snapshot!(told(&found), @"
    NotHandled: 3 sends to orders were not handled
      [orders] × 3
      Each has waited for more than 1.00 s, while 99 % of the messages on orders wait for 10.0 ms or less. Spans about it have lost links, though: some may have been handled.
      Look whether the consumers of orders run and keep up: their lag and their last log lines. If they do, their spans do not arrive here: look at their exporter and at their sampling.
    NotHandled: nobody handles what is sent to newsletter: 2 messages
      [newsletter] × 2
      No handler of newsletter has been seen. The messages have waited for more than 1.00 s.
      Start a consumer of newsletter, or trace it if it runs. If nobody needs these messages, do not send them.
    NotHandled: 1 send to imports cannot be followed
      [imports] × 1
      The consumers of imports handle messages without context. So these may have been handled, and nobody can tell.
      Make the consumers of imports read the context from the headers, and look whether something on the way removes headers.
    DeadLetters: 1 message of orders ended in dead letters or was given up
      [orders] × 1
      Their handlers failed and nobody will try them again: what they stand for has not happened. Errors: Declined.
      Open one of the journeys and look at the last try. When the cause is mended, replay what is in dead.orders.
    PoisonMessage: billing tried one message of payments 7 times
      [payments] × 1
      It fails in billing again and again, and what comes after it may have to wait. No try from the 5th on went well; the last error is BadAddress.
      Let billing send a message to dead letters after a few tries. Then look at what is special about this one.
    RetryStorm: most of what shipments delivers is tried again: 67 % of 30 tries in the worst minute
      [shipments] × 20
      The consumers of shipments work on old failures more than on new messages. What they call is probably down, and the retries add to its load.
      Look at the error of the retries and mend what they call. Wait longer before each further try, so that it can recover.
    NoContext: legacy-import handles messages of imports without context: 1 message
      [imports] × 1
      These messages carry no trace context, or legacy-import does not read it. Their journeys begin at legacy-import, and nobody can see where they come from.
      Trace whoever sends to imports, so that the context is put into the headers. If that is done, look whether legacy-import reads it and whether something on the way removes headers.
    RepeatedContext: billing gets messages of payments with more than one context: 1 journey
      [payments] × 1
      Somebody on the way to payments copied the headers of a message and put a context of its own beside the one that was there. billing takes the last one; a reader that takes the first sees another journey.
      Look at who sends to payments and copies headers: let it remove `traceparent` and `tracestate` before it puts its own there. tracehop's senders replace them.
    ClockSkew: shipping's clock is at least 40.0 ms behind checkout's
      [shipping] × 1
      1 message was handled by shipping before checkout sent it, as far as their clocks tell. Waits between the two are drawn too short, as zero at the shortest.
      Look whether the machines of shipping and checkout set their clocks by NTP or PTP. If other services disagree with the same one, it is the wrong one.
    Dropped: spans of billing have lost 172 links, 3 attributes
      [billing] × 175
      The limits of the SDK of billing dropped them. A lost link breaks the way of a message.
      Raise OTEL_SPAN_LINK_COUNT_LIMIT, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT of billing, up to 128 each, or let it take smaller batches.
    Dropped: 1 journey is too big to be shown whole: 7 parts are missing
      [] × 7
      Spans, hops or names of them went beyond the limits for one journey. Lists and maps count them too low.
      Look whether one event really causes so many messages. A loop between services looks like this, and so does a consumer that never ends its span.
    ");
    assert!(found.is_sorted_by_key(|trouble| trouble.kind), "worst first");
    for trouble in &found {
        assert!(!trouble.journeys.is_empty() && trouble.last.is_some(), "{trouble:?}");
    }
}

#[test]
fn dead_letters_are_told_once() {
    // The handler says it, the letter is sent, and the journey ends so.
    let dead = JourneySummary {
        outcome: Outcome::DeadLettered,
        destinations: ["orders".into(), "orders-dlq".into()].into(),
        unhandled: [unhandled("b > orders-dlq", 3, at(20))].into(),
        ..journey(1, [taken_care(hop("a > orders > b", 1, 2))])
    };
    assert_eq!(titles([dead.clone(), dead]), ["1 message of orders ended in dead letters or was given up"]);
    let unknown =
        JourneySummary { outcome: Outcome::DeadLettered, ..journey(2, [hop("a > orders > b", 4, 5)]) };
    assert_eq!(titles([unknown]), ["1 message of orders ended in dead letters or was given up"]);
}

#[test]
fn what_is_sent_on_and_tried_again_is_no_dead_letter() {
    for destination in ["orders.retry.1", "orders"] {
        let again = HopRecord { sent: at(50), ..hop(&format!("b > {destination} > b"), 3, 4) };
        let first = taken_care(hop("a > orders > b", 1, 2));
        let tried_again = JourneySummary { outcome: Outcome::DeadLettered, ..journey(1, [first, again]) };
        assert!(titles([tried_again]).is_empty(), "{destination}");
    }
}

#[test]
fn dead_letters_are_known_by_their_names() {
    for (name, expected) in [
        ("orders.DLT", true),
        ("orders-dlq", true),
        ("ordersDLQ", true),
        ("dead-letter-orders", true),
        ("orders_dead_letter", true),
        ("$DeadLetterQueue", true),
        ("dead.orders", true),
        ("parked.orders", true),
        ("", false),
        ("orders", false),
        ("deadlines", false),
        ("undead", false),
        ("parks", false),
    ] {
        assert_eq!(is_dead_letters(name), expected, "{name}");
    }
}

#[test]
fn many_poison_messages_of_a_consumer_are_one_trouble() {
    let tries = |send: u64, tries: u32| {
        (1..=tries).map(move |attempt| HopRecord {
            attempt,
            ..hop("a > orders > b", send, send + u64::from(attempt))
        })
    };
    let titles = titles([journey(1, tries(100, 4)), journey(2, tries(200, 5)), journey(3, tries(300, 9))]);
    assert_eq!(titles, ["b tried 2 messages of orders 5 times or more, one 9 times"]);
}

#[test]
fn a_storm_needs_many_tries_and_a_large_share_of_retries() {
    for (retries, others, is_storm) in
        [(19, 0, false), (20, 0, true), (10, 10, true), (10, 11, false), (0, 100, false)]
    {
        let tries = (0..retries + others).map(|n| HopRecord {
            attempt: if n < retries { 2 } else { 1 },
            ..hop("a > orders > b", 2 * n, 2 * n + 1)
        });
        let found = found([journey(1, tries)]);
        let kinds: Vec<TroubleKind> = found.iter().map(|trouble| trouble.kind).collect();
        let expected: &[TroubleKind] = if is_storm { &[TroubleKind::RetryStorm] } else { &[] };
        assert_eq!(kinds, expected, "{retries} retries and {others} others");
    }
}

#[test]
fn retries_of_different_minutes_are_no_storm() {
    let tries = (0..40_u64).map(|n| HopRecord {
        attempt: 2,
        sent: at(n * 60_000),
        ..hop("a > orders > b", 2 * n, 2 * n + 1)
    });
    assert!(titles([journey(1, tries)]).is_empty());
}

#[test]
fn at_most_ten_journeys_are_named() {
    let all = (1..=30).map(|n| waiting(n, [unhandled("a > orders", n, at(n))]));
    let found = found(all);
    assert_eq!((found.len(), found[0].count, found[0].last), (1, 30, Some(at(30))));
    let expected: Vec<JourneyId> = (1..=10).map(|n| JourneyId(key(2, n))).collect();
    assert_eq!(found[0].journeys, expected);
}

#[test]
fn a_crowd_of_troubles_ends_in_one_that_counts_the_rest() {
    let all = (1..=250).map(|n| waiting(n, [unhandled(&format!("a > topic {n}"), n, epoch())]));
    let found = found(all);
    assert_eq!(
        (found.len(), found[100].title.as_str(), found[100].count),
        (101, "150 more of this kind", 150)
    );
}

#[test]
fn limits_can_be_chosen() {
    let summaries = shared([waiting(1, [unhandled("a > orders", 1, at(59_000))])]);
    for (at_least, expected) in [(500, 1), (1_500, 0)] {
        let limits =
            TroubleLimits { wait_at_least: Duration::from_millis(at_least), ..TroubleLimits::default() };
        assert_eq!(troubles(&summaries, at(60_000), &limits).len(), expected, "{at_least} ms");
    }
}
