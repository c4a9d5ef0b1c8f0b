//! The truth table of what is decided: policy × operation × what is found × what is current.

use opentelemetry::trace::SpanKind;

use super::{Parent, Plan, Presence, Situation, decide};
use crate::message::OperationKind;
use crate::policy::{Correlation, Existing, Policy};

/// Each row: policy, operation, creation context on the message, current span; and what is decided.
///
/// - policy: `Continue`, `Link` or `Adopt`; `Auto`, `Keep` or `Replace`; `trusting` for one that trusts unsampled parents
/// - creation: `-` none, `on` sampled, `off` unsampled, `old` sampled and too old, `mine` sampled and of the message that is
///   being processed
/// - current: `-`, `on` or `off`
/// - decided: kind, parent, links; `keeps` if the headers stay as they are; `no span`
const TABLE: &str = "
    policy    operation  creation  current   decided

    Continue  process    -         -         CONSUMER root
    Continue  process    on        -         CONSUMER under creation, links creation
    Continue  process    -         on        CONSUMER under current
    Continue  process    on        on        CONSUMER under current, links creation
    Continue  process    off       -         CONSUMER under creation, links creation
    Continue  process    off       on        CONSUMER under current, links creation
    Continue  process    on        off       CONSUMER under current, links creation
    Continue  process    old       -         CONSUMER root, links creation
    Continue  process    old       on        CONSUMER under current, links creation
    Continue  process    mine      on        CONSUMER under current, links creation
    Link      process    -         -         CONSUMER root
    Link      process    on        -         CONSUMER root, links creation
    Link      process    -         on        CONSUMER under current
    Link      process    on        on        CONSUMER under current, links creation
    Link      process    old       -         CONSUMER root, links creation
    Adopt     process    -         -         CONSUMER root
    Adopt     process    on        -         CONSUMER under creation, links creation
    Adopt     process    -         on        CONSUMER under current
    Adopt     process    on        on        CONSUMER under creation, links creation and current
    Adopt     process    off       on        CONSUMER under creation, links creation and current
    Adopt     process    old       -         CONSUMER root, links creation
    Adopt     process    old       on        CONSUMER under current, links creation

    Continue  receive    -         -         CLIENT root
    Continue  receive    on        -         CLIENT under creation, links creation
    Continue  receive    on        on        CLIENT under current, links creation
    Continue  receive    old       -         CLIENT root, links creation
    Link      receive    on        -         CLIENT root, links creation
    Adopt     receive    on        on        CLIENT under creation, links creation and current

    Continue  settle     -         -         no span
    Continue  settle     on        -         CLIENT under creation
    Continue  settle     off       -         CLIENT under creation
    Continue  settle     -         on        CLIENT under current
    Continue  settle     on        on        CLIENT under current
    Continue  settle     old       -         CLIENT under creation
    Link      settle     -         -         no span
    Link      settle     on        -         CLIENT under creation
    Adopt     settle     on        on        CLIENT under current

    Auto      send       -         -         PRODUCER root
    Auto      send       -         on        PRODUCER under current
    Auto      send       on        -         CLIENT root, links creation, keeps
    Auto      send       off       -         CLIENT root, links creation, keeps
    Auto      send       on        on        CLIENT under current, links creation, keeps
    Auto      send       old       on        CLIENT under current, links creation, keeps
    Auto      send       mine      -         PRODUCER root
    Auto      send       mine      on        PRODUCER under current
    Keep      send       -         on        PRODUCER under current
    Keep      send       on        on        CLIENT under current, links creation, keeps
    Keep      send       mine      on        CLIENT under current, links creation, keeps
    Replace   send       on        -         PRODUCER root
    Replace   send       on        on        PRODUCER under current
    Replace   send       mine      on        PRODUCER under current
    Adopt     send       on        on        CLIENT under current, links creation, keeps

    Auto      create     -         on        PRODUCER under current
    Auto      create     on        on        CLIENT under current, links creation, keeps
    Replace   create     on        on        PRODUCER under current

    trusting  process    -         -         CONSUMER root
    trusting  process    on        -         CONSUMER under creation, links creation
    trusting  process    off       -         no span
    trusting  process    off       on        CONSUMER under current, links creation
    trusting  process    on        off       no span
    trusting  receive    off       -         no span
    trusting  settle     off       -         no span
    trusting  settle     on        off       no span
    trusting  settle     off       on        CLIENT under current
    trusting  send       -         -         PRODUCER root
    trusting  send       -         off       no span
    trusting  send       on        off       no span, keeps
    trusting  send       off       on        CLIENT under current, links creation, keeps
    trusting  send       off       -         CLIENT root, links creation, keeps
";

#[test]
fn the_truth_table_holds() {
    let rows: Vec<&str> = TABLE.lines().map(str::trim).filter(|row| !row.is_empty()).skip(1).collect();
    assert!(rows.len() > 60, "the table was read: {} rows", rows.len());
    for row in rows {
        let (cells, decided) = cut(row);
        let plan = decide(&policy(cells[0]), situation(&cells));
        assert_eq!(words(&plan), decided, "{row}");
    }
}

/// No combination is left out of these, whatever the table names.
#[test]
fn the_rules_hold_for_every_combination() {
    let policies = ["Continue", "Link", "Adopt", "Auto", "Keep", "Replace", "trusting"];
    let kinds = ["create", "send", "receive", "process", "settle"];
    for policy_word in policies {
        for kind in kinds {
            for creation in ["-", "on", "off", "old", "mine"] {
                for current in ["-", "on", "off"] {
                    let cells = [policy_word, kind, creation, current];
                    let plan = decide(&policy(policy_word), situation(&cells));
                    let sends = ["create", "send"].contains(&kind);
                    let handles = ["receive", "process"].contains(&kind);
                    assert!(sends || !plan.keeps_headers, "{cells:?}: only what is sent has headers to keep");
                    assert_eq!(
                        plan.links_creation,
                        creation != "-" && (handles || plan.keeps_headers),
                        "{cells:?}"
                    );
                    assert!(!plan.links_current || plan.parent == Parent::Creation, "{cells:?}");
                    assert!(plan.parent != Parent::Current || current != "-", "{cells:?}: no such parent");
                    assert!(plan.parent != Parent::Creation || creation != "-", "{cells:?}: no such parent");
                    assert!(
                        plan.parent != Parent::Root || current == "-",
                        "{cells:?}: a current span is never left"
                    );
                    assert!(plan.makes_span || policy_word == "trusting" || kind == "settle", "{cells:?}");
                }
            }
        }
    }
}

fn cut(row: &str) -> ([&str; 4], &str) {
    let mut rest = row;
    let cells = [(); 4].map(|()| {
        let (cell, after) = rest.split_once(' ').unwrap();
        rest = after.trim_start();
        cell
    });
    (cells, rest)
}

fn policy(word: &str) -> Policy {
    let mut policy = Policy::default();
    match word {
        "Continue" => policy.correlation = Correlation::Continue,
        "Link" => policy.correlation = Correlation::Link,
        "Adopt" => policy.correlation = Correlation::Adopt,
        "Auto" => policy.existing = Existing::Auto,
        "Keep" => policy.existing = Existing::Keep,
        "Replace" => policy.existing = Existing::Replace,
        "trusting" => policy.trust_unsampled = true,
        other => panic!("{other}"),
    }
    policy
}

fn situation(cells: &[&str; 4]) -> Situation {
    let presence = |word: &str| match word {
        "-" => Presence::Absent,
        "off" => Presence::Unsampled,
        "on" | "old" | "mine" => Presence::Sampled,
        other => panic!("{other}"),
    };
    let [_, kind, creation, current] = *cells;
    Situation {
        kind: OperationKind::ALL.into_iter().find(|known| known.as_str() == kind).unwrap(),
        current: presence(current),
        creation: presence(creation),
        is_too_old: creation == "old",
        is_processing: creation == "mine",
    }
}

fn words(plan: &Plan) -> String {
    let kind = match plan.kind {
        SpanKind::Client => "CLIENT",
        SpanKind::Producer => "PRODUCER",
        SpanKind::Consumer => "CONSUMER",
        _ => "another kind",
    };
    let parent = match plan.parent {
        Parent::Root => "root",
        Parent::Current => "under current",
        Parent::Creation => "under creation",
    };
    let links = match (plan.links_creation, plan.links_current) {
        (true, true) => ", links creation and current",
        (true, false) => ", links creation",
        (false, true) => ", links current",
        (false, false) => "",
    };
    let keeps = if plan.keeps_headers { ", keeps" } else { "" };
    if plan.makes_span { format!("{kind} {parent}{links}{keeps}") } else { format!("no span{keeps}") }
}
