//! Which levels hold on which journeys.

use std::sync::Arc;
use std::time::Duration;

use tracehop_cli::check::{Amount, Levels, Report, Verdict};
use tracehop_journey::{Gap, HopRecord, JourneySummary, Outcome};

use crate::samples::{ago, hop, journey, key, now, unhandled, unmatched};

fn check(levels: &str, journeys: Vec<JourneySummary>) -> Report {
    let journeys: Vec<_> = journeys.into_iter().map(Arc::new).collect();
    Levels::parse(levels).expect("good levels").check(&journeys, now())
}

/// What was found in one line each: verdict, what, what was measured, of how many.
fn found(levels: &str, journeys: Vec<JourneySummary>) -> Vec<String> {
    let line = |it: &tracehop_cli::check::Finding| {
        let measured = it.measured.map_or("-".to_owned(), |it| it.to_string());
        format!("{:?} {} {measured} of {}", it.verdict, it.what, it.count)
    };
    check(levels, journeys).findings.iter().map(line).collect()
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A journey whose only message waited so long, and was handled in no time.
fn waited(number: u64, wait: u64) -> JourneySummary {
    let hop = HopRecord { wait: millis(wait), handling: Duration::ZERO, ..hop(number) };
    JourneySummary { hops: [hop].into(), ..journey(number) }
}

fn with_hops(number: u64, hops: Vec<HopRecord>) -> JourneySummary {
    JourneySummary { hops: hops.into(), ..journey(number) }
}

/// The next message after an order: `checkout` sent it to `shipments` so long ago, and `shipping` handled it in 150 ms.
fn shipped(number: u64, sent: u64) -> HopRecord {
    HopRecord {
        send: key(number, 4),
        process: key(number, 5),
        producer: "checkout".into(),
        destination: "shipments".into(),
        consumer: "shipping".into(),
        group: None,
        sent: ago(sent),
        ..hop(number)
    }
}

#[test]
fn percentiles_are_the_smallest_value_that_so_many_do_not_exceed() {
    let journeys = || (1..=100).map(|number| waited(number, number)).collect::<Vec<_>>();
    let levels = |limit| format!("[[hop]]\nfrom='orders'\nhandled={limit}");
    for (limit, expected) in [
        ("{p50='50ms'}", "Holds handled p50 50.0 ms of 100"),
        ("{p50='49ms'}", "Broken handled p50 50.0 ms of 100"),
        ("{p75='1s'}", "Holds handled p75 75.0 ms of 100"),
        ("{p95='95ms'}", "Holds handled p95 95.0 ms of 100"),
        ("{p99='98ms'}", "Broken handled p99 99.0 ms of 100"),
        ("{max='100ms'}", "Holds handled max 100 ms of 100"),
    ] {
        assert_eq!(found(&levels(limit), journeys()), [expected], "{limit}");
    }
    let one = found(&levels("{p50='5ms',p99='5ms'}"), vec![waited(1, 5)]);
    assert_eq!(one, ["Holds handled p50 5.00 ms of 1", "Holds handled p99 5.00 ms of 1"]);
}

#[test]
fn a_broken_level_names_the_three_worst_journeys() {
    let journeys: Vec<_> = (1..=100).map(|number| waited(number, number)).collect();
    let report = check("[[hop]]\nfrom='orders'\nhandled={p95='90ms'}", journeys);
    let worst = [100, 99, 98].map(|number| journey(number).id);
    assert_eq!(report.findings[0].shown_by, worst);
    assert!(!report.holds);
}

#[test]
fn nothing_measured_is_no_pass() {
    let levels = "[[hop]]\nfrom='orders'\nhandled={p95='1s'}\nwaited={max='1s'}\nerrors='1%'\ntries=3
        [[journey]]\nsearch=''\ntook={p95='1s'}\nerrors='1%'\ntries=3
        [[message]]\ndestination='orders'\nevery=['context','processed']";
    let report = check(levels, vec![]);
    assert_eq!(report.findings.len(), 9);
    for finding in &report.findings {
        assert_eq!((finding.verdict, finding.measured), (Verdict::NotMeasured, None), "{}", finding.what);
    }
    assert!(!report.holds);
    let held = "[[hop]]\nfrom='orders'\nhandled={p95='1s'}\nat_least=";
    assert_eq!(found(&format!("{held}1"), vec![journey(1)]), ["Holds handled p95 150 ms of 1"]);
    assert_eq!(found(&format!("{held}2"), vec![journey(1)]), ["NotMeasured handled p95 150 ms of 1"]);
}

#[test]
fn a_hop_is_narrowed_by_who_sends_and_who_handles() {
    for (narrow, count) in [
        ("", 1),
        ("producer='storefront'", 1),
        ("producer='shop*'", 0),
        ("consumer='CHECKOUT'", 1),
        ("consumer='audit'", 0),
        ("group='checkout-*'", 1),
        ("group='audit'", 0),
    ] {
        let report = check(&format!("[[hop]]\nfrom='orders'\ntries=1\n{narrow}"), vec![journey(1)]);
        assert_eq!(report.findings[0].count, count, "{narrow}");
    }
}

#[test]
fn what_was_sent_before_the_window_does_not_count() {
    let levels = "window='1m'\n[[hop]]\nfrom='orders'\ntries=1\n[[journey]]\nsearch=''\ntries=1";
    let old = JourneySummary {
        started: ago(60_001),
        hops: [HopRecord { sent: ago(60_001), ..hop(1) }].into(),
        ..journey(1)
    };
    assert_eq!(found(levels, vec![old]), ["NotMeasured tries - of 0", "NotMeasured tries - of 0"]);
    assert_eq!(found(levels, vec![journey(1)]), ["Holds tries 1 of 1", "Holds tries 1 of 1"]);
}

#[test]
fn a_message_that_is_in_two_journeys_is_one() {
    let twice = vec![with_hops(1, vec![hop(1)]), with_hops(2, vec![hop(1)])];
    assert_eq!(found("[[hop]]\nfrom='orders'\ntries=1", twice), ["Holds tries 1 of 1"]);
}

#[test]
fn a_message_is_handled_by_the_first_try_that_went_well_and_waits_for_its_first_try() {
    let failed = HopRecord { error: Some("timeout".into()), ..hop(1) };
    let second = HopRecord { process: key(1, 4), attempt: 2, wait: millis(900), ..hop(1) };
    let levels = "[[hop]]\nfrom='orders'\nhandled={max='1s'}\nwaited={max='1s'}\nerrors='0%'\ntries=1";
    let expected = [
        "Holds handled max 950 ms of 1",
        "Holds waited max 100 ms of 1",
        "Holds errors 0% of 1",
        "Broken tries 2 of 1",
    ];
    assert_eq!(found(levels, vec![with_hops(1, vec![failed.clone(), second])]), expected);
    let given_up =
        HopRecord { process: key(1, 4), attempt: 2, handled_error: Some("gave_up".into()), ..hop(1) };
    let expected = [
        "NotMeasured handled max - of 0",
        "Holds waited max 100 ms of 1",
        "Broken errors 100% of 1",
        "Broken tries 2 of 1",
    ];
    assert_eq!(found(levels, vec![with_hops(1, vec![failed, given_up])]), expected);
}

#[test]
fn the_messages_of_one_batch_are_counted_one_by_one() {
    let batch = |process| HopRecord { process: key(1, process), ..hop(1) };
    let failed = HopRecord { error: Some("timeout".into()), ..batch(12) };
    let second = HopRecord { attempt: 2, ..batch(13) };
    let journey = with_hops(1, vec![batch(10), batch(11), failed, second]);
    assert_eq!(
        found("[[hop]]\nfrom='orders'\nerrors='0%'\ntries=2", vec![journey]),
        ["Holds errors 0% of 3", "Holds tries 2 of 3"]
    );
}

#[test]
fn each_group_that_handles_a_message_counts() {
    let other = HopRecord { process: key(1, 4), group: Some("audit".into()), wait: millis(500), ..hop(1) };
    let levels = "[[hop]]\nfrom='orders'\nhandled={max='400ms'}";
    assert_eq!(found(levels, vec![with_hops(1, vec![hop(1), other])]), ["Broken handled max 550 ms of 2"]);
}

#[test]
fn what_still_waits_counts_as_soon_as_it_is_too_late() {
    let waits = |sent| JourneySummary {
        outcome: Outcome::Waiting,
        started: ago(sent),
        hops: [].into(),
        unhandled: [unhandled(2, "orders", ago(sent))].into(),
        ..journey(2)
    };
    let levels = "[[hop]]\nfrom='orders'\nhandled={max='1s'}\nwaited={max='1s'}\nerrors='0%'
        [[journey]]\nsearch=''\ntook={max='1s'}";
    let young = [
        "Holds handled max 150 ms of 1",
        "Holds waited max 100 ms of 1",
        "Holds errors 0% of 1",
        "Holds took max 150 ms of 1",
    ];
    assert_eq!(found(levels, vec![journey(1), waits(1_000)]), young);
    let late = [
        "Broken handled max 1.50 s of 2",
        "Broken waited max 1.50 s of 2",
        "Holds errors 0% of 1",
        "Broken took max 1.50 s of 2",
    ];
    assert_eq!(found(levels, vec![journey(1), waits(1_500)]), late);
    let narrow = "[[hop]]\nfrom='orders'\nconsumer='checkout'\nhandled={max='1s'}";
    assert_eq!(found(narrow, vec![journey(1), waits(1_500)]), ["Holds handled max 150 ms of 1"]);
}

#[test]
fn a_send_that_failed_is_an_error() {
    let mut send = unhandled(2, "orders", ago(5_000));
    send.error = Some("broker_down".into());
    let failed = JourneySummary { hops: [].into(), unhandled: [send].into(), ..journey(2) };
    let levels =
        "[[hop]]\nfrom='orders'\nerrors='50%'\n[[message]]\ndestination='orders'\nevery=['processed']";
    assert_eq!(
        found(levels, vec![journey(1), failed]),
        ["Holds errors 50% of 2", "Holds processed 100% of 1"]
    );
}

#[test]
fn a_way_goes_from_the_send_to_the_end_of_the_handler_of_what_follows() {
    let levels = "[[hop]]\nfrom='orders'\nto='shipments'\nhandled={max='2s'}\nerrors='0%'";
    let way = |hops, outcome| vec![JourneySummary { outcome, ..with_hops(1, hops) }];
    // Sent 59 s ago; what followed was sent 58 s ago and handled 150 ms later.
    let arrived = ["Holds handled max 1.15 s of 1", "Holds errors 0% of 1"];
    assert_eq!(found(levels, way(vec![hop(1), shipped(1, 58_000)], Outcome::Ok)), arrived);
    // By another clock it was sent before.
    let skewed = ["Holds handled max 0 µs of 1", "Holds errors 0% of 1"];
    assert_eq!(found(levels, way(vec![hop(1), shipped(1, 59_500)], Outcome::Ok)), skewed);
    let none = ["NotMeasured handled max - of 0", "NotMeasured errors - of 0"];
    assert_eq!(found(levels, way(vec![hop(1)], Outcome::Ok)), none, "it was never meant to be shipped");
    let failed = ["NotMeasured handled max - of 0", "Broken errors 100% of 1"];
    assert_eq!(found(levels, way(vec![hop(1)], Outcome::DeadLettered)), failed);
    let lost = HopRecord { error: Some("timeout".into()), ..shipped(1, 58_000) };
    assert_eq!(found(levels, way(vec![hop(1), lost], Outcome::Failed)), failed);
    let late = ["Broken handled max 59.0 s of 1", "NotMeasured errors - of 0"];
    let waits = JourneySummary {
        outcome: Outcome::Waiting,
        unhandled: [unhandled(1, "shipments", ago(58_000))].into(),
        ..journey(1)
    };
    assert_eq!(found(levels, vec![waits]), late);
}

#[test]
fn ways_of_one_journey_are_paired_in_order() {
    let first = HopRecord { sent: ago(50_000), ..hop(1) };
    let second = HopRecord { send: key(1, 12), process: key(1, 13), sent: ago(40_000), ..hop(1) };
    let shipped_later =
        HopRecord { send: key(1, 14), process: key(1, 15), sent: ago(39_000), ..shipped(1, 0) };
    let hops = vec![second, shipped_later, shipped(1, 49_000), first];
    let levels = "[[hop]]\nfrom='orders'\nto='shipments'\nhandled={p50='1s',max='1s'}";
    assert_eq!(
        found(levels, vec![with_hops(1, hops)]),
        ["Broken handled p50 1.15 s of 2", "Broken handled max 1.15 s of 2"]
    );
}

#[test]
fn journeys_are_found_by_the_search_grammar() {
    let failed = JourneySummary { outcome: Outcome::DeadLettered, attempts: 5, ..journey(2) };
    let other = JourneySummary { name: "refund".into(), outcome: Outcome::Failed, ..journey(3) };
    let levels = "[[journey]]\nsearch='\"place order\" service:checkout'\ntook={max='1s'}
        waiting={max='1s'}\nerrors='10%'\ntries=3";
    let expected = [
        "Holds took max 150 ms of 2",
        "Holds waiting max 100 ms of 2",
        "Broken errors 50% of 2",
        "Broken tries 5 of 2",
    ];
    assert_eq!(found(levels, vec![journey(1), failed, other]), expected);
}

#[test]
fn every_message_carries_a_context() {
    let levels = "[[message]]\ndestination='orders'\nevery=['context']\nconsumer='check*'";
    assert_eq!(found(levels, vec![journey(1)]), ["Holds context 100% of 1"]);
    let without = JourneySummary {
        hops: [].into(),
        unmatched: [
            unmatched(1, Gap::NoContext, "orders > checkout"),
            unmatched(2, Gap::NoContext, "orders > audit"),
            unmatched(3, Gap::NoContext, "payments > checkout"),
            unmatched(4, Gap::NoSend, "orders > checkout"),
        ]
        .into(),
        ..journey(2)
    };
    let report = check(levels, vec![journey(1), without]);
    assert_eq!(report.findings[0].verdict, Verdict::Broken);
    assert_eq!(report.findings[0].measured, Some(Amount::Share(0.5)));
    assert_eq!(report.findings[0].shown_by, [journey(2).id]);
}

#[test]
fn every_send_is_processed_in_time() {
    let lost = |number, sent| JourneySummary {
        hops: [].into(),
        unhandled: [unhandled(number, "orders", ago(sent))].into(),
        ..journey(number)
    };
    let levels = "[[message]]\ndestination='orders'\nevery=['processed']\nwithin='10s'\n";
    assert_eq!(found(levels, vec![journey(1), lost(2, 9_000)]), ["Holds processed 100% of 1"], "not yet due");
    assert_eq!(found(levels, vec![journey(1), lost(2, 11_000)]), ["Broken processed 50% of 2"]);
    assert_eq!(found(levels, vec![journey(1), waited(2, 11_000)]), ["Broken processed 50% of 2"], "too late");
    let by_audit = format!("{levels}group='audit'");
    assert_eq!(found(&by_audit, vec![journey(1)]), ["Broken processed 0% of 1"]);
    let audited = HopRecord { process: key(1, 4), group: Some("audit".into()), ..hop(1) };
    assert_eq!(found(&by_audit, vec![with_hops(1, vec![hop(1), audited])]), ["Holds processed 100% of 1"]);
    // What one journey still waits for another one has seen.
    let seen = JourneySummary {
        unhandled: [tracehop_journey::UnhandledSend {
            send: key(1, 2),
            ..unhandled(1, "orders", ago(59_000))
        }]
        .into(),
        hops: [].into(),
        ..journey(3)
    };
    assert_eq!(found(levels, vec![seen, journey(1)]), ["Holds processed 100% of 1"]);
}

#[test]
fn extreme_times_are_survived() {
    let absurd = HopRecord {
        wait: Duration::MAX,
        handling: Duration::MAX,
        sent: std::time::SystemTime::UNIX_EPOCH,
        attempt: u32::MAX,
        ..hop(1)
    };
    let future = HopRecord { sent: now() + Duration::from_secs(1 << 33), attempt: 0, ..hop(2) };
    let levels = "window='200000d'\n[[hop]]\nfrom='orders'\nto='*'\nhandled={max='1s'}\nwaited={max='1s'}\nerrors='1%'\ntries=3
        [[hop]]\nfrom='orders'\nhandled={max='1s'}
        [[message]]\ndestination='*'\nevery=['processed']";
    let report = check(levels, vec![with_hops(1, vec![absurd]), with_hops(2, vec![future])]);
    assert_eq!(report.findings.len(), 6);
    assert!(!report.holds);
}

#[test]
fn an_empty_name_is_that_of_what_has_none() {
    let journeys = || {
        let nameless = HopRecord { destination: "".into(), group: None, ..hop(1) };
        vec![with_hops(1, vec![nameless]), with_hops(2, vec![hop(2)])]
    };
    let check_count = |level: &str, expected: u64| {
        let report = check(level, journeys());
        assert_eq!(report.findings[0].count, expected, "{level}");
        report.findings[0].level.clone()
    };
    let title = check_count("[[hop]]\nfrom = ''\nhandled = {max = '1s'}", 1);
    assert_eq!(title, "messages on (no name)");
    let title = check_count("[[message]]\ndestination = ''\nevery = ['processed']", 1);
    assert_eq!(title, "every message on (no name)");
    check_count("[[hop]]\nfrom = '*'\nhandled = {max = '1s'}", 2);
    check_count("[[hop]]\nfrom = '*'\ngroup = ''\nhandled = {max = '1s'}", 1);
    check_count("[[hop]]\nfrom = '*'\ngroup = '*'\nhandled = {max = '1s'}", 1);
}
