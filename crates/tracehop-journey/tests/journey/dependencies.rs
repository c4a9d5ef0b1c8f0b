//! How often a service graph says that one service called another.

use tracehop_journey::DependencyTable;

use crate::scenarios::{Draft, journeys, messaging, span, three_hops};

fn calls(drafts: impl IntoIterator<Item = Draft>) -> Vec<(String, usize)> {
    let table: DependencyTable = journeys(drafts).iter().collect();
    table.rows().iter().map(|row| (format!("{}→{}", row.parent, row.child), row.calls)).collect()
}

fn expect(drafts: impl IntoIterator<Item = Draft>, expected: &[(&str, usize)]) {
    let calls = calls(drafts);
    let calls: Vec<(&str, usize)> =
        calls.iter().map(|(services, calls)| (services.as_str(), *calls)).collect();
    assert_eq!(calls, expected);
}

#[test]
fn each_message_is_one_call() {
    let table: DependencyTable = journeys((1..=3).flat_map(three_hops)).iter().collect();
    insta::assert_snapshot!(table, @"
    from → to             calls
    checkout → billing        3
    billing → warehouse       3
    warehouse → courier       3
    ");
}

#[test]
fn a_settlement_below_its_handler_is_no_call() {
    let message = || {
        [
            messaging("a", "send", "orders", 1, 1).times(0, 10),
            messaging("b", "process", "orders", 1, 2).remote_parent(1).link(1, 1).times(20, 30),
        ]
    };
    let below = messaging("b", "settle", "orders", 1, 3).parent(2).times(40, 41);
    expect(message().into_iter().chain([below]), &[("a→b", 1)]);
    let beside = messaging("b", "settle", "orders", 1, 3).remote_parent(1).times(40, 41);
    expect(message().into_iter().chain([beside]), &[("a→b", 2)]);
}

#[test]
fn a_call_within_a_service_is_none() {
    let retry = [
        messaging("b", "send", "orders", 1, 1).times(0, 10),
        messaging("b", "process", "orders", 1, 2).remote_parent(1).link(1, 1).times(20, 30),
        span("b", "POST /charge", 1, 3).parent(2).times(21, 29),
    ];
    expect(retry, &[]);
}

#[test]
fn a_link_is_no_call_and_neither_is_a_parent_that_is_missing() {
    let by_link = [
        messaging("a", "send", "orders", 1, 1).times(0, 10),
        messaging("b", "process", "orders", 2, 1).link(1, 1).times(20, 30),
    ];
    expect(by_link, &[]);
    expect([messaging("b", "process", "orders", 1, 2).remote_parent(1).times(20, 30)], &[]);
}

#[test]
fn a_repeated_identity_counts_once() {
    let send = messaging("a", "send", "orders", 1, 1).times(0, 10);
    let process = messaging("b", "process", "orders", 1, 2).remote_parent(1).times(20, 30);
    expect([send, process.clone(), process], &[("a→b", 1)]);
}

#[test]
fn names_of_other_teams_are_made_safe_and_cut() {
    let drafts = [
        messaging("a\u{1b}[31m", "send", "orders", 1, 1).times(0, 10),
        messaging(&"long".repeat(30), "process", "orders", 1, 2).remote_parent(1).times(20, 30),
    ];
    let table: DependencyTable = journeys(drafts).iter().collect();
    insta::assert_snapshot!(table, @"
    from → to                                           calls
    a�[31m → longlonglonglonglonglonglonglonglonglon…       1
    ");
}

#[test]
fn a_table_of_nothing_has_only_titles() {
    insta::assert_snapshot!(DependencyTable::default(), @"
    from → to   calls
    ");
}
