//! The truth table of what is decided: policy × operation × what is found × what is current.

use opentelemetry::trace::SpanKind;

use super::{Local, Parent, Plan, Presence, Situation, decide};
use crate::message::OperationKind;
use crate::policy::{Correlation, EffectivePolicy, Existing, SpanLevel};

/// Each row: policy, operation, creation context on the message, current span; and what is decided.
///
/// - policy: `Continue`, `Nest` or `Link`; `Auto`, `Keep` or `Replace`; `trusting` for one that trusts unsampled parents;
///   `batches`, `contexts` and `off` for levels of spans; `unsettled` for one without spans of settlements,
///   `uncreated` for one without spans of the messages of a batch
/// - operation: with `+` of several messages at once
/// - creation: `-` none, `on` sampled, `off` unsampled, `old` sampled, and too old or not trusted;
///   and sampled ones of which this process knows
///   more: `now` of the message that is being processed, `own` of the current span itself, `got` of a message that was received
///   lately, `done` of one that was processed lately in another span than the current one, `here` in the current span, `drop`
///   as `done` but in a span that was not sampled, `alien` as `got` but from a source that is not trusted
/// - current: `-`, `on` or `off`
/// - decided: kind, parent, links; `keeps` if the headers stay as they are; `no span`
const TABLE: &str = "
    policy    operation  creation  current   decided

    Continue  process    -         -         CONSUMER root
    Continue  process    on        -         CONSUMER under creation, links creation
    Continue  process    -         on        CONSUMER under current
    Continue  process    on        on        CONSUMER under creation, links creation and current
    Continue  process    off       -         CONSUMER under creation, links creation
    Continue  process    off       on        CONSUMER under creation, links creation and current
    Continue  process    on        off       CONSUMER under creation, links creation and current
    Continue  process    old       -         CONSUMER root, links creation
    Continue  process    old       on        CONSUMER under current, links creation
    Nest      process    -         -         CONSUMER root
    Nest      process    on        -         CONSUMER under creation, links creation
    Nest      process    -         on        CONSUMER under current
    Nest      process    on        on        CONSUMER under current, links creation
    Nest      process    off       on        CONSUMER under current, links creation
    Nest      process    old       -         CONSUMER root, links creation
    Nest      process    old       on        CONSUMER under current, links creation
    Link      process    -         -         CONSUMER root
    Link      process    on        -         CONSUMER root, links creation
    Link      process    -         on        CONSUMER under current
    Link      process    on        on        CONSUMER under current, links creation
    Link      process    old       -         CONSUMER root, links creation

    Continue  receive    -         -         CLIENT root
    Continue  receive    on        -         CLIENT under creation, links creation
    Continue  receive    on        on        CLIENT under creation, links creation and current
    Continue  receive    old       -         CLIENT root, links creation
    Nest      receive    on        on        CLIENT under current, links creation
    Link      receive    on        -         CLIENT root, links creation

    Continue  settle     -         -         no span
    Continue  settle     on        -         CLIENT under creation
    Continue  settle     off       -         CLIENT under creation
    Continue  settle     -         on        CLIENT under current
    Continue  settle     on        on        CLIENT under current
    Continue  settle     old       -         no span
    Continue  settle     old       on        CLIENT under current
    Continue  settle     now       on        CLIENT under current
    Continue  settle     done      -         CLIENT under process
    Continue  settle     done      on        CLIENT under process
    Continue  settle     here      on        CLIENT under current
    Continue  settle     got       on        CLIENT under current
    Continue  settle     got       -         CLIENT under creation
    Link      settle     -         -         no span
    Link      settle     on        -         CLIENT under creation
    Link      settle     done      -         CLIENT under process
    Nest      settle     done      on        CLIENT under process

    Auto      send       -         -         PRODUCER root
    Auto      send       -         on        PRODUCER under current
    Auto      send       on        -         CLIENT root, links creation, keeps
    Auto      send       off       -         CLIENT root, links creation, keeps
    Auto      send       on        on        CLIENT under current, links creation, keeps
    Auto      send       old       on        CLIENT under current, links creation, keeps
    Auto      send       now       -         PRODUCER root
    Auto      send       now       on        PRODUCER under current
    Auto      send       own       on        PRODUCER under current
    Auto      send       got       -         PRODUCER under creation
    Auto      send       got       on        PRODUCER under current, links creation
    Auto      send       done      -         PRODUCER under process
    Auto      send       done      on        PRODUCER under process, links current
    Auto      send       here      on        PRODUCER under current
    Auto      send       drop      -         PRODUCER under process
    Auto      send       alien     -         PRODUCER root
    Auto      send       alien     on        PRODUCER under current
    Keep      send       alien     on        CLIENT under current, links creation, keeps
    Link      send       got       -         PRODUCER root, links creation
    Link      send       done      -         PRODUCER under process
    Nest      send       got       -         PRODUCER under creation
    Keep      send       -         on        PRODUCER under current
    Keep      send       on        on        CLIENT under current, links creation, keeps
    Keep      send       now       on        CLIENT under current, links creation, keeps
    Keep      send       done      -         CLIENT root, links creation, keeps
    Replace   send       on        -         PRODUCER root
    Replace   send       on        on        PRODUCER under current
    Replace   send       now       on        PRODUCER under current
    Replace   send       done      -         PRODUCER under process

    Auto      create     -         on        PRODUCER under current
    Auto      create     on        on        no span, keeps
    Auto      create     now       on        PRODUCER under current
    Auto      create     got       on        PRODUCER under current, links creation
    Auto      create     done      on        PRODUCER under process, links current
    Replace   create     on        on        PRODUCER under current
    Auto      send+      -         -         CLIENT root
    Auto      send+      -         on        CLIENT under current
    uncreated send+      -         on        PRODUCER under current
    uncreated create     -         on        no span
    uncreated create     on        on        no span, keeps
    uncreated create     done      on        no span

    trusting  process    -         -         CONSUMER root
    trusting  process    on        -         CONSUMER under creation, links creation
    trusting  process    off       -         no span
    trusting  process    off       on        no span
    trusting  process    on        off       CONSUMER under creation, links creation and current
    trusting  receive    off       -         no span
    trusting  settle     off       -         no span
    trusting  settle     on        off       no span
    trusting  settle     off       on        CLIENT under current
    trusting  settle     drop      on        no span
    trusting  send       -         -         PRODUCER root
    trusting  send       -         off       no span
    trusting  send       on        off       no span, keeps
    trusting  send       off       on        CLIENT under current, links creation, keeps
    trusting  send       off       -         CLIENT root, links creation, keeps
    trusting  send       drop      -         no span

    batches   process    on        -         no span
    batches   process+   -         on        CONSUMER under current
    batches   receive+   -         -         CLIENT root
    batches   send       -         on        no span
    batches   send+      -         on        PRODUCER under current
    batches   create     -         on        no span
    batches   settle     on        on        no span
    contexts  process    on        -         no span
    contexts  process+   -         on        no span
    contexts  send       on        on        no span, keeps
    off       process    -         -         no span
    off       receive+   -         on        no span
    unsettled settle     done      on        no span
    unsettled settle     on        -         no span
    unsettled process    on        -         CONSUMER under creation, links creation
";

const CREATIONS: [&str; 11] = ["-", "on", "off", "old", "now", "own", "got", "done", "here", "drop", "alien"];

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
    let policies =
        ["Continue", "Nest", "Link", "Auto", "Keep", "Replace", "trusting", "contexts", "unsettled"];
    let kinds = ["create", "send", "receive", "process", "settle"];
    for policy_word in policies {
        for kind in kinds {
            for creation in CREATIONS {
                for current in ["-", "on", "off"] {
                    let cells = [policy_word, kind, creation, current];
                    let plan = decide(&policy(policy_word), situation(&cells));
                    let sends = ["create", "send"].contains(&kind);
                    let handles = ["receive", "process"].contains(&kind);
                    assert!(sends || !plan.keeps_headers, "{cells:?}: only what is sent has headers to keep");
                    let relays =
                        creation == "got" && sends && plan.parent != Parent::Creation && !plan.keeps_headers;
                    assert_eq!(
                        plan.links_creation,
                        creation != "-" && (handles || plan.keeps_headers || relays),
                        "{cells:?}"
                    );
                    let is_left = matches!(plan.parent, Parent::Creation | Parent::Process);
                    assert_eq!(
                        plan.links_current,
                        is_left && current != "-" && kind != "settle",
                        "{cells:?}: what is left is linked"
                    );
                    let is_done = ["done", "here", "drop"].contains(&creation);
                    assert!(plan.parent != Parent::Process || is_done, "{cells:?}: no such parent");
                    assert!(plan.parent != Parent::Current || current != "-", "{cells:?}: no such parent");
                    assert!(plan.parent != Parent::Creation || creation != "-", "{cells:?}: no such parent");
                    assert!(
                        plan.parent != Parent::Root || current == "-",
                        "{cells:?}: a current span is never left"
                    );
                    let may_lack = ["trusting", "contexts"].contains(&policy_word)
                        || kind == "settle"
                        || kind == "create" && plan.keeps_headers;
                    assert!(plan.makes_span || may_lack, "{cells:?}");
                    let must_lack =
                        policy_word == "contexts" || policy_word == "unsettled" && kind == "settle";
                    assert!(!(plan.makes_span && must_lack), "{cells:?}");
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

fn policy(word: &str) -> EffectivePolicy {
    let mut policy = EffectivePolicy::default();
    match word {
        "Continue" => policy.correlation = Correlation::Continue,
        "Link" => policy.correlation = Correlation::Link,
        "Nest" => policy.correlation = Correlation::Nest,
        "Auto" => policy.existing = Existing::Auto,
        "Keep" => policy.existing = Existing::Keep,
        "Replace" => policy.existing = Existing::Replace,
        "trusting" => policy.trust_unsampled = true,
        "batches" => policy.spans = SpanLevel::BatchOnly,
        "contexts" => policy.spans = SpanLevel::ContextOnly,
        "off" => policy.spans = SpanLevel::Off,
        "unsettled" => policy.settle_spans = false,
        "uncreated" => policy.create_spans = false,
        other => panic!("{other}"),
    }
    policy
}

fn situation(cells: &[&str; 4]) -> Situation {
    let presence = |word: &str| match word {
        "-" => Presence::Absent,
        "off" => Presence::Unsampled,
        "on" => Presence::Sampled,
        other if CREATIONS.contains(&other) => Presence::Sampled,
        other => panic!("{other}"),
    };
    let [_, kind, creation, current] = *cells;
    let is_batch = kind.ends_with('+');
    let kind = kind.trim_end_matches('+');
    Situation {
        is_batch,
        kind: OperationKind::ALL.into_iter().find(|known| known.as_str() == kind).unwrap(),
        current: presence(current),
        creation: presence(creation),
        is_only_linked: creation == "old",
        local: match creation {
            "now" => Local::Processing,
            "own" => Local::Current,
            "got" => Local::Received,
            "alien" => Local::Distrusted,
            "done" | "here" | "drop" => {
                Local::Processed { is_sampled: creation != "drop", is_current: creation == "here" }
            }
            _ => Local::Unknown,
        },
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
        Parent::Process => "under process",
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
