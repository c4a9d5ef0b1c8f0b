//! What is known of journeys is what a walk says, whatever came in which order, and whatever has left.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;
use tracehop_journey::{Bounds, Index, JourneyId, SpanKey};

use crate::scenarios::{Draft, insert, messaging, span};

fn rows(index: &Index) -> BTreeMap<String, String> {
    index.summaries().map(|row| (row.id.to_string(), format!("{row:?}"))).collect()
}

/// Each span is in the rows that it says that it is in, and each row has the spans that a walk finds now.
fn check(index: &Index) -> Result<(), String> {
    let wanted: HashSet<JourneyId> = index.spans().flat_map(|span| index.journeys_of(span.key())).collect();
    let known: HashSet<JourneyId> = index.summaries().map(|row| row.id).collect();
    if let Some(missing) = wanted.difference(&known).next() {
        return Err(format!("{missing} is missing"));
    }
    if let Some(stale) = known.difference(&wanted).next() {
        return Err(format!("{stale} is stale"));
    }
    for row in index.summaries() {
        let walked = index.journey(row.id).map_or(0, |journey| journey.spans().len());
        if walked != row.spans {
            return Err(format!("{} has {} spans, and a walk finds {walked}", row.id, row.spans));
        }
    }
    Ok(())
}

#[test]
fn what_stood_below_a_root_for_want_of_another_place_is_not_lost_with_it() {
    let mut index = Index::new(Bounds::default().max_spans(2));
    insert(&mut index, [span("a", "root", 1, 1), span("a", "child of one that is missing", 1, 9).parent(5)]);
    index.refresh();
    insert(&mut index, [span("b", "other", 2, 1)]);
    index.refresh();
    assert_eq!(check(&index), Ok(()));
}

#[test]
fn a_batch_whose_messages_have_left_begins_a_journey_itself() {
    let mut index = Index::new(Bounds::default().max_spans(3));
    let batch = messaging("c", "process", "o", 3, 1).link(1, 1).link(2, 1);
    insert(&mut index, [messaging("s", "send", "o", 1, 1), messaging("s", "send", "o", 2, 1), batch]);
    for trace in 4..=5 {
        index.refresh();
        insert(&mut index, [span("b", "other", trace, 1)]);
        index.refresh();
        assert_eq!(check(&index), Ok(()));
    }
}

#[test]
fn a_job_that_arrives_last_is_shown_with_each_of_its_messages() {
    let mut drafts = vec![span("web", "POST /bulk", 1, 1).times(0, 1_000)];
    drafts.extend((0..33).map(|id| messaging("web", "send", "o", 1, 10 + id).parent(1).times(id, id + 1)));
    let mut at_once = Index::new(Bounds::default());
    insert(&mut at_once, drafts.clone());
    at_once.refresh();
    let mut step_by_step = Index::new(Bounds::default());
    for draft in drafts.into_iter().rev() {
        insert(&mut step_by_step, [draft]);
        step_by_step.refresh();
    }
    assert_eq!(rows(&at_once), rows(&step_by_step));
}

/// Two levels of batches: what the first ones make for all of their messages are messages of their own.
#[test]
fn batches_of_batches_make_no_journey_of_all() {
    let mut drafts: Vec<Draft> =
        (1..=1_000).map(|trace| messaging("s", "send", "a", trace, 1).times(0, 1)).collect();
    for batch in 0..10 {
        let mut handler = messaging("p", "process", "a", 10_000 + batch, 1).times(2, 3);
        for trace in 1..=100 {
            handler = handler.link(batch * 100 + trace, 1);
        }
        drafts.push(handler);
        drafts.extend(
            (0..100).map(|id| messaging("p", "send", "b", 10_000 + batch, 10 + id).parent(1).times(3, 4)),
        );
    }
    for batch in 0..10 {
        let mut handler = messaging("q", "process", "b", 20_000 + batch, 1).times(5, 6);
        let first = 10 + 10 * u64::try_from(batch).unwrap();
        for (from, id) in (0..10).flat_map(|from| (first..first + 10).map(move |id| (from, id))) {
            handler = handler.link(10_000 + from, id);
        }
        drafts.push(handler);
    }
    let mut index = Index::new(Bounds::default());
    insert(&mut index, drafts);
    index.refresh();
    assert_eq!(index.summaries().count(), 2_000);
    assert!(index.summaries().all(|row| row.spans <= 3), "a message, its batch, and the batch that made it");
    assert_eq!(check(&index), Ok(()));
}

/// A span of any shape: few ids, so that parents, links and repeats often hit.
fn any_span() -> impl Strategy<Value = Draft> {
    let operation = prop::sample::select(vec!["create", "send", "receive", "process", "settle", "else"]);
    let ids = (1..4_u128, 1..9_u64, 0..9_u64, prop::collection::vec((1..4_u128, 1..9_u64), 0..4));
    (operation, ids, any::<bool>()).prop_map(|(operation, (trace, id, parent, links), is_remote)| {
        let draft = messaging("s", operation, "t", trace, id).times(id * 10, id * 10 + 5);
        let draft = if is_remote { draft.remote_parent(parent) } else { draft.parent(parent) };
        links.into_iter().fold(draft, |draft, (trace, id)| draft.link(trace, id))
    })
}

/// Spans of which ids only name smaller ones, each once.
fn spans(most: usize) -> impl Strategy<Value = Vec<Draft>> {
    let bytes = |(trace, span): SpanKey| (trace.to_bytes(), span.to_bytes());
    let without_cycle = move |mut draft: Draft| {
        let (trace, _) = draft.key();
        let own = bytes(draft.key());
        draft
            .data
            .links
            .links
            .retain(|link| bytes((link.span_context.trace_id(), link.span_context.span_id())) < own);
        if bytes((trace, draft.data.parent_span_id)) >= own { draft.parent(0) } else { draft }
    };
    prop::collection::vec(any_span(), 1..most).prop_map(move |drafts| {
        let mut seen = HashSet::new();
        drafts.into_iter().map(without_cycle).filter(|draft| seen.insert(draft.key())).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_what_walks_find(
        drafts in spans(40),
        steps in prop::collection::vec(any::<bool>(), 40),
        most in 2..60_usize,
    ) {
        let mut index = Index::new(Bounds::default().max_spans(most));
        for (draft, refresh) in drafts.into_iter().zip(steps) {
            insert(&mut index, [draft]);
            if refresh {
                index.refresh();
            }
        }
        index.refresh();
        prop_assert_eq!(check(&index), Ok(()));
    }

    #[test]
    fn the_order_of_arrival_changes_nothing(
        (in_order, shuffled) in spans(30).prop_flat_map(|drafts| (Just(drafts.clone()), Just(drafts).prop_shuffle())),
        steps in prop::collection::vec(any::<bool>(), 40),
    ) {
        let mut at_once = Index::new(Bounds::default());
        insert(&mut at_once, in_order);
        at_once.refresh();
        let mut step_by_step = Index::new(Bounds::default());
        for (draft, refresh) in shuffled.into_iter().zip(steps) {
            insert(&mut step_by_step, [draft]);
            if refresh {
                step_by_step.refresh();
            }
        }
        step_by_step.refresh();
        prop_assert_eq!(rows(&at_once), rows(&step_by_step));
    }
}
