//! What the page makes of the demo's spans is what happened.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracehop_journey::otlp::spans_of;
use tracehop_journey::{
    Bounds, Index, JourneySummary, Outcome, TroubleKind, TroubleLimits, clock_skews, troubles,
};

use super::receiver::Got;
use super::shop::shop;

fn summaries(got: Got) -> Vec<Arc<JourneySummary>> {
    let mut index = Index::new(Bounds::default()).with_tags(["user.id", "session.id"]);
    for request in got.requests {
        let read = spans_of(request);
        assert_eq!(read.refused, 0);
        for span in read.spans {
            assert!(index.insert(span, SystemTime::now()), "no span comes twice");
        }
    }
    index.refresh();
    index.summaries().cloned().collect()
}

#[tokio::test]
async fn each_order_and_each_message_without_context_is_one_journey() {
    let (got, counts) = shop(40).await;
    let journeys = summaries(got);
    let (orders, others): (Vec<_>, Vec<_>) = journeys
        .iter()
        .partition(|journey| journey.services.iter().any(|service| **service == *"storefront"));
    assert_eq!(orders.len() as u64, counts.orders);
    assert_eq!(others.len() as u64, counts.without_context);
    assert!(others.iter().all(|journey| !journey.unmatched.is_empty()));
    for journey in orders {
        assert!(!journey.begins_elsewhere && journey.parts_left_out == 0, "{journey:?}");
        assert!(journey.name.starts_with("POST /"), "{journey:?}");
        let tags: BTreeSet<&str> = journey.tags.iter().map(|(key, _)| &**key).collect();
        assert_eq!(tags, BTreeSet::from(["session.id", "user.id"]), "one user each: {:?}", journey.tags);
        assert_eq!(journey.tags.len(), 2, "one user each: {:?}", journey.tags);
    }
}

#[tokio::test]
async fn every_outcome_and_every_trouble_of_a_quiet_day_is_seen() {
    let (got, _) = shop(13).await;
    let journeys = summaries(got);
    let outcomes: Vec<Outcome> = journeys.iter().map(|journey| journey.outcome).collect();
    for outcome in [Outcome::Ok, Outcome::Failed, Outcome::DeadLettered, Outcome::Waiting] {
        assert!(outcomes.contains(&outcome), "{outcome:?} of {outcomes:?}");
    }
    assert_eq!(journeys.iter().map(|journey| journey.attempts).max(), Some(6));

    let found = troubles(&journeys, SystemTime::now() + Duration::from_secs(60), &TroubleLimits::default());
    let kinds: BTreeSet<TroubleKind> = found.iter().map(|trouble| trouble.kind).collect();
    let expected = [
        TroubleKind::NotHandled,
        TroubleKind::DeadLetters,
        TroubleKind::PoisonMessage,
        TroubleKind::NoContext,
        TroubleKind::ClockSkew,
    ];
    assert_eq!(kinds, BTreeSet::from(expected), "{found:?}");

    let skews = clock_skews(journeys.iter().flat_map(|journey| journey.hops.iter()), Duration::ZERO);
    assert!(!skews.is_empty());
    for skew in skews {
        assert_eq!(skew.ahead, "shipping");
        assert!(skew.at_least < Duration::from_millis(40), "{skew:?}");
    }
}
