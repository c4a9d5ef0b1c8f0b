//! Policies by destination: what each of them changes, where, and from when on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SpanData;
use tracehop::{
    Budget, Correlation, Destination, Existing, Format, LivePolicies, MemoryHeaders, MessageInfo, Policies,
    Policy, Problem, SpanLevel, Trust, process_batch,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    Letter, Post, TRACE_ID, TRACEPARENT, application_span, current_baggage, headers_of, letter, orders, value,
};

const BAGGAGE: &str = "tenant=a,role=admin";

/// A client under these policies, and what it records.
fn under(policies: impl Into<LivePolicies>) -> (SpanRecorder, Post) {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().policies(policies).build();
    let post = Post::new(&tracer);
    (spans, post)
}

/// Under a policy for `orders` alone.
fn for_orders(policy: Policy) -> (SpanRecorder, Post) {
    under(Policies::new().on("orders", policy))
}

fn names(spans: &SpanRecorder) -> Vec<String> {
    spans.finished().into_iter().map(|span| span.name.into_owned()).collect()
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.to_string())
}

/// A message with context and baggage on `topic`.
fn from_elsewhere(topic: &'static str) -> Letter {
    Letter { topic, ..letter([("traceparent", TRACEPARENT), ("baggage", BAGGAGE)]) }
}

#[test]
fn the_first_pattern_that_matches_counts_and_the_defaults_fill_in() {
    let policies = Policies::new()
        .defaults(Policy::new().spans(SpanLevel::ContextOnly))
        .on("orders.eu", Policy::new().receive_spans(true))
        .on("orders.*", Policy::new().spans(SpanLevel::Full))
        .on("*", Policy::new().settle_spans(false));
    let (spans, post) = under(policies);
    for topic in ["orders.eu", "orders.us", "invoices", "orders"] {
        post.send(topic);
    }
    post.client
        .send(&MessageInfo::to(Destination::named("orders.7").temporary()), &mut MemoryHeaders::new())
        .end();
    assert_eq!(names(&spans), ["send orders.us"]);
}

#[tokio::test]
async fn each_level_has_its_spans_and_passes_contexts_on() {
    for (level, of_single, of_batch, passes) in [
        (
            SpanLevel::Full,
            &["send orders", "process orders", "ack orders"][..],
            &["process orders"][..],
            true,
        ),
        (SpanLevel::BatchOnly, &[], &["process orders"], true),
        (SpanLevel::ContextOnly, &[], &[], true),
        (SpanLevel::Off, &[], &[], false),
    ] {
        let (spans, post) = for_orders(Policy::new().spans(level));
        let request = application_span(&spans, "request");
        let sent = {
            let _active = request.clone().attach();
            post.send("orders")
        };
        let expected = if passes { Some(true) } else { None };
        let carries = value(&sent.headers, "traceparent")
            .map(|parent| parent.contains(&request.span().span_context().trace_id().to_string()));
        assert_eq!(carries, expected, "{level:?}");
        drop(request);
        let order = post.receive(from_elsewhere("orders"));
        order.process_blocking(|| {
            let current = Context::current().span().span_context().trace_id().to_string();
            assert_eq!(
                current == TRACE_ID,
                passes,
                "{level:?}: what runs in the handler belongs to the message"
            );
            assert_eq!(current_baggage().is_empty(), !passes, "{level:?}");
        });
        post.client.settle_received("ack", &orders(), &order).end();
        let mut made = names(&spans);
        made.retain(|name| name != "request");
        assert_eq!(made, of_single, "{level:?}");
        spans.clear();
        process_batch(&[order], async {}).await;
        assert_eq!(names(&spans), of_batch, "{level:?}: of batches");
    }
}

#[test]
fn what_is_off_leaves_headers_alone() {
    let (_, post) = for_orders(Policy::new().spans(SpanLevel::Off));
    let headers = [("traceparent", "garbage"), ("baggage", "===")];
    assert_eq!(post.send_with("orders", headers_of(headers)).headers, headers_of(headers));
    let order = post.receive(letter(headers));
    assert!(order.problems().is_empty() && !order.creation().is_valid());
}

#[test]
fn trust_is_that_of_the_destination_or_less_if_the_client_trusts_less() {
    use Trust::{Full, Ignore, LinkOnly};
    for (of_client, of_policy, is_parent, is_linked) in [
        (Full, Full, true, true),
        (Full, LinkOnly, false, true),
        (Full, Ignore, false, false),
        (LinkOnly, Full, false, true),
        (LinkOnly, Ignore, false, false),
        (Ignore, Full, false, false),
    ] {
        let spans = SpanRecorder::new();
        let policies = Policies::new().on("orders", Policy::new().trust(of_policy));
        let tracer = spans.messaging_tracer_builder().policies(policies).build();
        let post = Post::new(&tracer.with_trust(of_client));
        let order = post.receive(from_elsewhere("orders"));
        order.process_blocking(|| {
            let baggage =
                if is_parent { vec!["role=admin".to_owned(), "tenant=a".to_owned()] } else { vec![] };
            assert_eq!(current_baggage(), baggage);
        });
        let span = spans.finished().remove(0);
        let what = format!("{of_client:?} and {of_policy:?}");
        assert_eq!(span.span_context.trace_id().to_string() == TRACE_ID, is_parent, "{what}");
        assert_eq!(span.links.len() == 1, is_linked, "{what}");
    }
}

#[test]
fn a_destination_that_is_to_see_no_context_gets_none() {
    let (spans, post) = for_orders(Policy::new().strip(true));
    let headers = [("traceparent", TRACEPARENT), ("tenant", "a")];
    assert_eq!(post.send_with("orders", headers_of(headers)).headers, headers_of([("tenant", "a")]));
    assert!(value(&post.send("invoices").headers, "traceparent").is_some());
    assert_eq!(names(&spans), ["send orders", "send invoices"]);
}

#[test]
fn baggage_passes_by_its_key_each_way() {
    let (_, post) = for_orders(Policy::new().baggage_in(["tenant"]).baggage_out(["role"]));
    for (topic, taken, written) in [
        ("orders", vec!["tenant=a"], Some("role=admin")),
        ("invoices", vec!["role=admin", "tenant=a"], Some("role=admin,tenant=a")),
    ] {
        post.receive(from_elsewhere(topic)).process_blocking(|| assert_eq!(current_baggage(), taken));
        let cx = Context::new().with_baggage([KeyValue::new("role", "admin"), KeyValue::new("tenant", "a")]);
        let _active = cx.attach();
        let sent = value(&post.send(topic).headers, "baggage").map(|baggage| {
            let mut members: Vec<&str> = baggage.split(',').collect();
            members.sort_unstable();
            members.join(",")
        });
        assert_eq!(sent.as_deref(), written, "{topic}");
    }
}

#[test]
fn formats_are_those_of_the_destination() {
    let policy = Policy::new().read([Format::B3]).write([Format::B3, Format::TraceContext]);
    let (_, post) = for_orders(policy);
    let sent = post.send("orders");
    assert!(value(&sent.headers, "b3").is_some() && value(&sent.headers, "traceparent").is_some());
    assert!(value(&post.send("invoices").headers, "b3").is_none());
    let b3 = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1";
    assert!(post.receive(letter([("b3", b3)])).creation().is_valid());
    assert!(!post.receive(letter([("traceparent", TRACEPARENT)])).creation().is_valid());
    assert!(post.receive(from_elsewhere("invoices")).creation().is_valid());
}

#[test]
fn the_budget_is_that_of_the_destination() {
    let (_, post) = for_orders(Policy::new().budget(Budget::default().baggage_members(1)));
    let order = post.receive(from_elsewhere("orders"));
    assert_eq!(order.creation().baggage().len(), 1);
    assert!(order.problems().contains(Problem::BaggageDropped));
    assert_eq!(post.receive(from_elsewhere("invoices")).creation().baggage().len(), 2);
}

#[test]
fn parents_and_kept_contexts_are_as_the_destination_says() {
    let policy = Policy::new()
        .correlation(Correlation::Link)
        .existing(Existing::Replace)
        .max_age(Duration::from_secs(60));
    let policies =
        Policies::new().on("orders", policy).on("old", Policy::new().max_age(Duration::from_secs(60)));
    let (spans, post) = under(policies);
    for (topic, continues) in [("orders", false), ("invoices", true), ("old", false)] {
        let sent_at = Some(SystemTime::now() - Duration::from_secs(3600));
        post.receive(Letter { sent_at, ..from_elsewhere(topic) }).process_blocking(|| {});
        let span = spans.finished().pop().unwrap();
        assert_eq!(span.span_context.trace_id().to_string() == TRACE_ID, continues, "{topic}");
    }
    // A context that nobody here has seen: it would be kept.
    let other = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (topic, keeps) in [("orders", false), ("invoices", true)] {
        let sent = post.send_with(topic, headers_of([("traceparent", other)]));
        assert_eq!(value(&sent.headers, "traceparent").as_deref() == Some(other), keeps, "{topic}");
    }
}

#[test]
fn spans_show_what_the_destination_lets_them_show() {
    let policy = Policy::new()
        .capture_headers(["Content-Type", "absent"])
        .baggage_attributes(["tenant"])
        .record_body_sizes(true)
        .record_message_keys(true);
    let (spans, post) = for_orders(policy);
    for topic in ["orders", "invoices"] {
        let headers = [("traceparent", TRACEPARENT), ("baggage", BAGGAGE), ("content-type", "json")];
        post.receive(Letter { topic, ..letter(headers) }).process_blocking(|| {});
        let info = MessageInfo::to(Destination::named(topic)).body_size(7).key("mail.key", b"k");
        post.client.send(&info, &mut headers_of([("content-type", "json"), ("CONTENT-TYPE", "text")])).end();
    }
    let shown = |span: &SpanData| {
        ["messaging.header.content-type", "tenant", "messaging.message.body.size", "mail.key"]
            .map(|key| attribute(span, key).unwrap_or_default())
    };
    let spans = spans.finished();
    assert_eq!(shown(&spans[0]), ["[\"json\"]", "a", "", ""]);
    assert_eq!(shown(&spans[1]), ["[\"json\",\"text\"]", "", "7", "k"]);
    assert_eq!(shown(&spans[2]), ["", "", "", ""]);
    assert_eq!(shown(&spans[3]), ["", "", "", ""]);
    assert!(spans[0].attributes.iter().all(|attribute| !attribute.key.as_str().ends_with("absent")));
}

#[test]
fn receives_and_settlements_have_spans_where_the_destination_says_so() {
    let (spans, post) = for_orders(Policy::new().receive_spans(true).settle_spans(false));
    for topic in ["orders", "invoices"] {
        let clock = post.client.start_receive();
        let order = post.client.received_since(from_elsewhere(topic), clock);
        post.client.settle_received("ack", &MessageInfo::to(Destination::named(topic)), &order).end();
    }
    assert_eq!(names(&spans), ["fetch orders", "ack invoices"]);
}

#[test]
fn policies_that_are_replaced_hold_from_the_next_message_on() {
    let live = LivePolicies::new(Policies::new());
    let (spans, post) = under(live.clone());
    let sends = |policies: Policies, expected: &[&str]| {
        live.replace(policies);
        let before = post.client.start_receive();
        post.client.received_since(from_elsewhere("orders"), before);
        post.send("orders");
        assert_eq!(names(&spans), expected);
        spans.clear();
    };
    let on = |policy| Policies::new().on("orders", policy);
    sends(Policies::new(), &["send orders"]);
    sends(on(Policy::new().receive_spans(true)), &["fetch orders", "send orders"]);
    sends(on(Policy::new().spans(SpanLevel::Off)), &[]);
    sends(on(Policy::new().trust(Trust::Ignore).receive_spans(true)), &["fetch orders", "send orders"]);
    sends(Policies::new(), &["send orders"]);
    assert_eq!(live.replacements(), 5);
}

/// Each message is whole under one policy or the other, while they change as fast as they can.
#[test]
fn a_reload_under_load_loses_nothing() {
    const MESSAGES: usize = 20_000;
    let (full, off) = (Policies::new(), Policies::new().on("orders", Policy::new().spans(SpanLevel::Off)));
    let live = LivePolicies::new(full.clone());
    let (spans, post) = under(live.clone());
    let is_done = Arc::new(AtomicBool::new(false));
    let reloads = thread::spawn({
        let (live, is_done) = (live.clone(), Arc::clone(&is_done));
        move || {
            while !is_done.load(Ordering::Relaxed) {
                live.replace(off.clone());
                live.replace(full.clone());
            }
        }
    });
    let senders: Vec<_> = (0..2)
        .map(|_| {
            let post = post.clone();
            thread::spawn(move || {
                (0..MESSAGES)
                    .filter(|_| {
                        let sent = post.send("orders");
                        let is_traced = value(&sent.headers, "traceparent").is_some();
                        let order = post.receive(sent);
                        assert!(is_traced || !order.creation().is_valid());
                        order.process_blocking(|| {});
                        is_traced
                    })
                    .count()
            })
        })
        .collect();
    let traced: usize = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
    is_done.store(true, Ordering::Relaxed);
    reloads.join().unwrap();
    let sent = names(&spans).iter().filter(|name| *name == "send orders").count();
    assert_eq!((sent, spans.unfinished()), (traced, 0), "every message that was sent with a span carries it");
    assert!(live.replacements() > 100, "{}", live.replacements());
}
