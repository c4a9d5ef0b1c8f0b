//! Spans that nobody would write on purpose.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use tracehop_journey::{Bounds, HopTable, Index, Journey, SpanKey};

use crate::scenarios::{Draft, epoch, insert, journey, journeys, messaging, one_hop, span};

#[test]
fn a_cycle_of_links_ends() {
    let drafts =
        (1..=3).map(|trace| messaging("a", "send", "orders", trace, 1).link(trace % 3 + 1, 1).times(0, 1));
    let journey = journey(drafts);
    assert!(journey.critical_path().len() <= 3);
    insta::assert_snapshot!(journey.waterfall(), @"
    send orders · 1.00 µs · ok
    trace 00000000000000000000000000000001 and 2 linked · 3 spans · 0 hops
      span              service    start     took
      (cycle)
    ◆ └ send orders     a           0 µs  1.00 µs  ▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬
    ◆   └ send orders   a           0 µs  1.00 µs  ▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬
    ◆     └ send orders a           0 µs  1.00 µs  ▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn a_cycle_of_parents_ends() {
    let journey = journey([
        span("a", "egg", 1, 1).parent(2).times(0, 10),
        span("a", "hen", 1, 2).parent(1).times(0, 10),
        span("a", "ouroboros", 1, 3).parent(3).times(0, 10),
        span("a", "feather", 1, 4).parent(2).times(0, 20),
    ]);
    insta::assert_snapshot!(journey.waterfall(), @"
    egg · 20.0 µs · ok
    trace 00000000000000000000000000000001 · 4 spans · 0 hops
      span          service    start     took
      (cycle)
    ◆ └ egg         a           0 µs  10.0 µs  ─────────────────────────────
    ◆   └ hen       a           0 µs  10.0 µs  ─────────────────────────────
    ◆     └ feather a           0 µs  20.0 µs  ─────────────────────────────────────────────────────────
      (cycle)
      └ ouroboros   a           0 µs  10.0 µs  ─────────────────────────────
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn a_handler_that_feeds_its_own_sender_ends() {
    let journey = journey([
        messaging("a", "send", "orders", 1, 1).parent(2).times(0, 1),
        messaging("a", "process", "orders", 1, 2).parent(1).link(1, 2).times(0, 1),
    ]);
    assert_eq!(journey.hops().len(), 1);
    assert!(journey.waterfall().to_string().contains("2 spans · 1 hop"));
}

#[test]
fn a_repeated_span_id_is_shown_twice() {
    let mut spans = one_hop(1);
    spans.extend(one_hop(1));
    let journey = journey(spans);
    assert_eq!(journey.spans().len(), 6);
    assert!(journey.waterfall().to_string().contains("6 spans"));
}

#[test]
fn a_very_deep_trace_needs_no_deep_stack() {
    let deep = (1..=50_000).map(|id| span("a", "deeper", 1, id).parent(id - 1).times(id, 100_000));
    let journey = journey(deep);
    assert_eq!(journey.critical_path().len(), 50_000);
    assert!(journey.waterfall().to_string().contains("… 49800 more spans"));
}

#[test]
fn names_cannot_steer_the_terminal() {
    let name = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nsend\u{202e}sredro\u{9b}31m";
    let journey = journey([
        messaging(name, "send", name, 1, 1).times(0, 10).failed("\u{1b}[31mE\nE"),
        messaging(name, "process", name, 1, 2)
            .parent(1)
            .times(20, 30)
            .with("messaging.system", name.to_owned()),
    ]);
    let table = [&journey].into_iter().collect::<HopTable>();
    insta::assert_snapshot!(format!("{}\n\n{table}", journey.waterfall()), @"
    send �[2J�]0;owned���send�sredro�31m · 30.0 µs · ✗ 1 error
    trace 00000000000000000000000000000001 · 2 spans · 1 hop
      span                                     service           start     took
    ◆ send �[2J�]0;owned���send�sredro�31m     �[2J�]0;owned…     0 µs  10.0 µs  ▬▬▬▬▬▬▬▬
      │ ✗ �[31mE�E
    ◆ ┆ in queue                               kafka           10.0 µs  10.0 µs         ·········
    ◆ └ process �[2J�]0;owned���send�sredro�3… �[2J�]0;owned…  20.0 µs  10.0 µs                 ████████
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error

                                                                              in queue        processing
    destination            from → to                   count  errors      p50      p95      p50      p95
    �[2J�]0;owned���send�… �[2J�]0;ow… → �[2J�]0;ow…       1       1  10.0 µs  10.0 µs  10.0 µs  10.0 µs
    ");
}

#[test]
fn ten_thousand_characters_fit_in_a_line() {
    let long = "長い名前".repeat(2_500);
    let journey = journey([
        messaging(&long, "send", &long, 1, 1).times(0, 10),
        messaging(&long, "process", &long, 1, 2).parent(1).times(20, 30),
    ]);
    insta::assert_snapshot!(journey.waterfall(), @"
    send 長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い… · 30.0 µs · ok
    trace 00000000000000000000000000000001 · 2 spans · 1 hop
      span                                     service           start     took
    ◆ send 長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い… 長い名前長い名前長い名前長…     0 µs  10.0 µs  ▬▬▬▬▬▬▬▬
    ◆ ┆ in queue                               kafka           10.0 µs  10.0 µs         ·········
    ◆ └ process 長い名前長い名前長い名前長い名前長い名前長い名前長い名前長… 長い名前長い名前長い名前長…  20.0 µs  10.0 µs                 ████████
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn times_at_the_ends_of_the_world() {
    let mut first = span("a", "first", 1, 1);
    first.data.start_time = std::time::SystemTime::UNIX_EPOCH;
    let mut backwards = span("a", "backwards", 1, 2).parent(1).times(10, 0);
    backwards.data.end_time = std::time::SystemTime::UNIX_EPOCH;
    let mut far = span("a", "far", 1, 3).parent(1);
    far.data.end_time += std::time::Duration::from_secs(u64::from(u32::MAX) * 1_000);
    insta::assert_snapshot!(journey([first, backwards, far]).waterfall(), @"
    first · >999 d · ok
    trace 00000000000000000000000000000001 · 3 spans · 0 hops
      span        service    start     took
    ◆ first       a           0 µs   11.6 d  ─
    ◆ ├ far       a         11.6 d   >999 d  ───────────────────────────────────────────────────────────
      └ backwards a         11.6 d     0 µs  ─
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

/// A span of any shape: few ids, so that parents, links and repeats often hit.
fn any_span() -> impl Strategy<Value = Draft> {
    let operation = prop::sample::select(vec!["create", "send", "receive", "process", "settle", "else"]);
    let ids = (1..4_u128, 1..9_u64, 0..9_u64, prop::collection::vec((0..4_u128, 0..9_u64), 0..4));
    let times = (0..1_000_000_000_000_u64, 0..1_000_000_000_000_u64);
    (any::<String>(), any::<String>(), operation, ids, times, any::<Option<bool>>()).prop_map(
        |(service, topic, operation, (trace, id, parent, links), (start, end), failed)| {
            let mut draft =
                messaging(&service, operation, &topic, trace, id).parent(parent).times(start, end);
            for (trace, id) in links {
                draft = draft.link(trace, id);
            }
            match failed {
                Some(true) => draft.with("error.type", topic),
                Some(false) => draft.kind(opentelemetry::trace::SpanKind::Consumer),
                None => draft,
            }
        },
    )
}

/// The first of each identity.
fn unique(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut seen = HashSet::new();
    drafts.into_iter().filter(|draft| seen.insert(draft.key())).collect()
}

/// Batches that came of each other begin wherever they are met first. So here ids only name smaller ones.
fn without_cycles(drafts: Vec<Draft>) -> Vec<Draft> {
    let without = |mut draft: Draft| {
        let bytes = |(trace, span): SpanKey| (trace.to_bytes(), span.to_bytes());
        let own = bytes(draft.key());
        let trace = draft.key().0;
        draft
            .data
            .links
            .links
            .retain(|link| bytes((link.span_context.trace_id(), link.span_context.span_id())) < own);
        if bytes((trace, draft.data.parent_span_id)) >= own { draft.parent(0) } else { draft }
    };
    drafts.into_iter().map(without).collect()
}

/// What is known of each journey, without how it is written.
fn known(index: &Index) -> Vec<String> {
    index.summaries().map(|row| format!("{row:?}")).collect()
}

proptest! {
    #[test]
    fn every_line_fits_and_every_span_is_shown(drafts in prop::collection::vec(any_span(), 1..60)) {
        let mut hidden: HashSet<SpanKey> = drafts.iter().map(Draft::key).collect();
        let journeys = journeys(drafts);
        for span in journeys.iter().flat_map(Journey::spans) {
            hidden.remove(&span.key());
        }
        prop_assert!(hidden.is_empty(), "in no journey: {:?}", hidden);
        for journey in &journeys {
            let text = journey.waterfall().max_lines(usize::MAX).to_string();
            prop_assert!(!text.contains("more spans"), "{}", text);
            prop_assert!(!journey.critical_path().is_empty());
            for line in text.lines() {
                prop_assert!(line.chars().count() <= 100, "{}", line);
                prop_assert!(!line.contains(char::is_control), "{}", line);
            }
        }
        for line in journeys.iter().collect::<HopTable>().to_string().lines() {
            prop_assert!(line.chars().count() <= 100, "{}", line);
            prop_assert!(!line.contains(char::is_control), "{}", line);
        }
    }

    #[test]
    fn the_order_of_export_changes_no_text(drafts in prop::collection::vec(any_span(), 1..20)) {
        let text = |drafts: Vec<Draft>| -> Vec<String> {
            journeys(drafts).iter().map(|journey| journey.waterfall().to_string()).collect()
        };
        let unique = unique(drafts);
        let mut reversed = unique.clone();
        reversed.reverse();
        prop_assert_eq!(text(unique), text(reversed));
    }

    #[test]
    fn what_is_known_step_by_step_is_what_is_known_at_once(
        drafts in prop::collection::vec(any_span(), 1..40),
        steps in prop::collection::vec(any::<bool>(), 40),
    ) {
        let drafts = without_cycles(unique(drafts));
        let mut index = Index::new(Bounds::default());
        for (draft, refresh) in drafts.iter().zip(steps) {
            insert(&mut index, [draft.clone()]);
            if refresh {
                index.refresh();
            }
        }
        index.refresh();
        let mut at_once = Index::new(Bounds::default());
        insert(&mut at_once, drafts);
        at_once.refresh();
        prop_assert_eq!(known(&index), known(&at_once));
        prop_assert_eq!(index.bytes(), at_once.bytes());
    }

    #[test]
    fn an_index_that_forgets_all_takes_nothing(drafts in prop::collection::vec(any_span(), 1..60)) {
        let mut index = Index::new(Bounds::default().max_age(Duration::from_secs(1)));
        insert(&mut index, drafts);
        index.refresh();
        prop_assert!(index.bytes() > 0);
        index.expire(epoch() + Duration::from_secs(2));
        index.refresh();
        prop_assert_eq!((index.bytes(), index.len(), index.summaries().count()), (0, 0, 0));
    }
}
