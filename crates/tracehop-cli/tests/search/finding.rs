//! What is found.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TraceId;
use tracehop_cli::search::Query;
use tracehop_journey::{Gap, HopRecord, JourneySummary, Outcome, UnmatchedHandler};

use crate::samples::{ago, hop, journey, now, unhandled, unmatched};

/// A journey with some of everything.
fn failed() -> JourneySummary {
    let second = HopRecord {
        system: "rabbitmq".into(),
        producer: "checkout".into(),
        destination: "payments".into(),
        consumer: "billing".into(),
        group: None,
        partition: None,
        wait: Duration::from_secs(3),
        error: Some("timeout".into()),
        handled_error: Some("given_up".into()),
        ..hop(2)
    };
    JourneySummary {
        name: "place order ÄÖ".into(),
        duration: Duration::from_millis(500),
        outcome: Outcome::Failed,
        error: Some("timeout".into()),
        services: ["storefront".into(), "checkout".into(), "billing".into()].into(),
        destinations: ["orders".into(), "payments".into()].into(),
        attempts: 3,
        hops: [hop(2), second].into(),
        traces: [TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736)].into(),
        tags: [("user.id".into(), "42".into()), ("user.id".into(), "43".into())].into(),
        ..journey(2)
    }
}

#[test]
fn a_term_finds_what_it_says() {
    let journey = failed();
    for (text, expected) in [
        ("", true),
        ("service:billing", true),
        ("service:Billing", true),
        ("service:bill", false),
        ("service:bill*", true),
        ("service:audit,billing", true),
        ("service:audit", false),
        ("-service:audit", true),
        ("-service:billing", false),
        ("dest:payments", true),
        ("producer:checkout", true),
        ("producer:billing", false),
        ("consumer:billing", true),
        ("group:checkout-*", true),
        ("partition:3", true),
        ("partition:4", false),
        ("system:rabbitmq", true),
        ("system:nats", false),
        ("error:*", true),
        ("error:timeout", true),
        ("error:given_up", true),
        ("error:declined", false),
        ("status:failed", true),
        ("status:ok,waiting", false),
        ("trace:4bf92f", true),
        ("trace:4bf92f3577b34da6a3ce929d0e0e4736", true),
        ("trace:4bf92f3577b34da6a3ce929d0e0e4737", false),
        ("trace:5", false),
        ("attempt>2", true),
        ("attempt>3", false),
        ("attempt:3", true),
        ("spans<4", true),
        ("wait>2s", true),
        ("wait>3s", false),
        ("wait>=3s", true),
        ("took>=500ms", true),
        ("took<500ms", false),
        ("waiting>=100ms", true),
        ("working<=50ms", true),
        ("user.id:42", true),
        ("USER.ID:43", true),
        ("user.id:44", false),
        ("-user.id:44", true),
        ("session.id:*", false),
        ("place", true),
        ("order place", true),
        ("\"place order\"", true),
        ("\"order place\"", false),
        ("pl*der", true),
        ("ÄÖ", true),
        ("service:billing dest:orders attempt>1 wait>2s error:*", true),
        ("service:billing dest:orders attempt>5", false),
    ] {
        let parsed = Query::parse(text);
        assert_eq!(parsed.not_understood, [], "{text}");
        assert_eq!(parsed.query.matches(&journey, now()), expected, "{text}");
    }
}

#[test]
fn what_still_waits_has_waited_until_now() {
    let journey = JourneySummary {
        outcome: Outcome::Waiting,
        started: ago(10_000),
        hops: [].into(),
        unhandled: [unhandled(1, "orders", ago(9_000))].into(),
        ..journey(1)
    };
    let finds = |text| Query::parse(text).query.matches(&journey, now());
    assert!(finds("wait>8s took>9s status:waiting system:kafka producer:storefront"));
    assert!(!finds("wait>9s"));
    assert!(!finds("took>10s"));
}

#[test]
fn a_journey_without_messages_has_no_wait() {
    let journey = JourneySummary { hops: [].into(), ..journey(1) };
    for text in ["wait>=0s", "wait<1h"] {
        assert!(!Query::parse(text).query.matches(&journey, now()), "{text}");
    }
}

#[test]
fn an_error_that_a_later_try_mended_is_found() {
    let first = HopRecord { error: Some("timeout".into()), ..hop(1) };
    let journey = JourneySummary { hops: [first, HopRecord { attempt: 2, ..hop(1) }].into(), ..journey(1) };
    assert!(Query::parse("error:timeout status:ok").query.matches(&Arc::new(journey), now()));
}

#[test]
fn an_empty_text_finds_what_is_empty_or_missing() {
    let whole = journey(1);
    let nameless = JourneySummary { services: ["storefront".into(), "".into()].into(), ..whole.clone() };
    let of_nobody = JourneySummary {
        services: [].into(),
        destinations: [].into(),
        hops: [].into(),
        tags: [].into(),
        ..whole.clone()
    };
    let empty = HopRecord {
        system: "".into(),
        producer: "".into(),
        consumer: "".into(),
        group: None,
        partition: None,
        error: Some("".into()),
        ..hop(1)
    };
    let of_empty_hop = JourneySummary { hops: [hop(1), empty].into(), ..whole.clone() };
    let waiting = JourneySummary { unhandled: [unhandled(1, "orders", ago(9))].into(), ..whole.clone() };
    let tagged = JourneySummary {
        tags: [("user.id".into(), "7".into()), ("tenant".into(), "".into())].into(),
        ..whole.clone()
    };
    let check = |journey: &JourneySummary, text: &str, expected: bool| {
        let parsed = Query::parse(text);
        assert_eq!(parsed.not_understood, [], "{text}");
        assert_eq!(parsed.query.matches(journey, now()), expected, "{text} of {journey:?}");
    };
    for field in ["service", "dest", "producer", "consumer", "group", "partition", "system"] {
        check(&whole, &format!("{field}:\"\""), false);
        check(&whole, &format!("-{field}:\"\""), true);
        check(&of_nobody, &format!("{field}:\"\""), true);
        check(&of_nobody, &format!("{field}:none,\"\""), true);
        check(&of_nobody, &format!("{field}:*"), false);
    }
    for field in ["producer", "consumer", "group", "partition", "system", "error"] {
        check(&of_empty_hop, &format!("{field}:\"\""), true);
    }
    check(&nameless, "service:\"\"", true);
    check(&waiting, "consumer:\"\"", true);
    check(&waiting, "producer:\"\"", false);
    check(&whole, "error:\"\"", true);
    check(&failed(), "error:\"\"", false);
    check(&tagged, "user.id:\"\"", false);
    check(&tagged, "tenant:\"\"", true);
    check(&tagged, "session.id:\"\"", true);
    check(&tagged, "session.id:*", false);
}

#[test]
fn a_handler_without_a_known_send_is_found() {
    let handler = UnmatchedHandler {
        producer: Some("gateway".into()),
        group: Some("fraudsters".into()),
        error: Some("Timeout".into()),
        ..unmatched(2, Gap::NoSend, "jobs > fraud")
    };
    let journey = JourneySummary {
        hops: [].into(),
        destinations: ["jobs".into()].into(),
        unmatched: [handler].into(),
        ..journey(2)
    };
    for (text, expected) in [
        ("consumer:fraud", true),
        ("consumer:gateway", false),
        ("producer:gateway", true),
        ("group:fraudsters", true),
        ("system:kafka", true),
        ("dest:jobs", true),
        ("error:Timeout", true),
    ] {
        let query = Query::parse(text).query;
        assert_eq!(query.matches(&journey, now()), expected, "{text}");
    }
}
