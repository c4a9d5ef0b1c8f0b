//! The levels of the order pipeline, checked on the demo that it runs as.

use std::sync::Arc;

use tracehop_cli::check::{Levels, Report, Verdict};
use tracehop_journey::{JourneySummary, Outcome, UnhandledSend};

use crate::samples::now;
use crate::shop::journeys;

const LEVELS: &str = include_str!("../../../../examples/order-pipeline/levels.toml");

/// What does not hold of the demo: payments are tried again, nobody handles the newsletter, and what imports from elsewhere
/// knows nothing of contexts.
const TOO_STRICT: &str = "
    [[hop]]
    name = 'payments are asked for once'
    from = 'payments'
    tries = 1
    [[journey]]
    name = 'orders are done at once'
    search = '\"POST /orders\"'
    took = { p50 = '10us' }
    [[message]]
    destination = 'newsletter'
    every = ['processed']
    within = '1us'
    [[message]]
    destination = 'legacy-import'
    every = ['context']
";

fn check(levels: &str, (journeys, now): &(Vec<Arc<JourneySummary>>, std::time::SystemTime)) -> Report {
    Levels::parse(levels).expect("good levels").check(journeys, *now)
}

#[tokio::test(flavor = "multi_thread")]
async fn its_levels_hold_on_the_demo_and_stricter_ones_are_broken() {
    let mut seen = journeys(40).await;
    let report = check(LEVELS, &seen);
    assert!(report.holds, "{report}");
    assert!(report.findings.iter().all(|finding| finding.count >= 10), "{report}");

    let report = check(TOO_STRICT, &seen);
    assert_eq!(report.findings.len(), 4);
    for finding in &report.findings {
        assert_eq!(finding.verdict, Verdict::Broken, "{report}");
        assert!(!finding.shown_by.is_empty(), "{report}");
        for id in &finding.shown_by {
            assert!(seen.0.iter().any(|journey| journey.id == *id), "{report}");
        }
    }

    seen.0.iter_mut().for_each(|journey| lose_payments(Arc::make_mut(journey)));
    let report = check(LEVELS, &seen);
    let level_of = |name: &str| {
        let finding = report.findings.iter().find(|finding| finding.level == name);
        finding.unwrap_or_else(|| panic!("no {name}: {report}")).verdict
    };
    assert_eq!(level_of("orders do not wait long"), Verdict::Holds, "{report}");
    assert_eq!(level_of("no payment is lost"), Verdict::Broken, "{report}");
    assert_eq!(level_of("payments are tried at most three times"), Verdict::NotMeasured, "{report}");
    assert_eq!(level_of("orders are shipped"), Verdict::Broken, "{report}");
}

/// As if payments had hung for ten minutes.
fn lose_payments(journey: &mut JourneySummary) {
    let lost = |hop: &tracehop_journey::HopRecord| UnhandledSend {
        send: hop.send,
        producer: Arc::clone(&hop.producer),
        system: Arc::clone(&hop.system),
        destination: Arc::clone(&hop.destination),
        sent: hop.sent,
        error: None,
    };
    let ten_minutes = std::time::Duration::from_secs(600);
    journey.started -= ten_minutes;
    let mut hops = journey.hops.to_vec();
    for hop in &mut hops {
        hop.sent -= ten_minutes;
    }
    let is_payment = |hop: &tracehop_journey::HopRecord| &*hop.destination == "payments";
    let unhandled: Vec<UnhandledSend> = hops.iter().filter(|hop| is_payment(hop)).map(lost).collect();
    if !unhandled.is_empty() {
        hops.retain(|hop| &*hop.destination == "orders");
        journey.outcome = Outcome::Waiting;
        journey.unhandled = unhandled.into();
        journey.hops = hops.into();
    }
}

#[test]
fn its_levels_are_no_pass_where_nothing_runs() {
    let report = check(LEVELS, &(Vec::new(), now()));
    assert!(report.findings.iter().all(|finding| finding.verdict == Verdict::NotMeasured), "{report}");
    assert!(!report.holds);
}
