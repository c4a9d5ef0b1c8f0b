//! Many destinations, clients and operations at once: each keeps its own names, attributes and policy.

use std::env;
use std::process::Command;

use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use tracehop::{
    ClientFacts, ClientTracer, Correlation, CreationContext, Destination, MemoryHeaders, MessageInfo,
    MessagingSystem, MessagingTracer,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{Mail, Post, TRACEPARENT, headers_of, letter, recorded};

fn send_to<S: MessagingSystem>(client: &ClientTracer<S>, destination: Destination<'_>) {
    client.send(&MessageInfo::to(destination), &mut MemoryHeaders::new()).end();
}

/// The value of an attribute that must be there.
#[track_caller]
fn attribute<'a>(span: &'a SpanData, key: &str) -> &'a Value {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map_or_else(|| panic!("{} has no {key}", span.name), |attribute| &attribute.value)
}

#[test]
fn ten_thousand_destinations_keep_their_names_and_attributes() {
    let (spans, post) = recorded();
    let names: Vec<String> = (0..10_000).map(|number| format!("orders.{number}")).collect();
    // Twice, and the second time backwards: what is remembered of one must not be taken for another.
    for name in names.iter().chain(names.iter().rev()) {
        send_to(&post.client, Destination::named(name));
    }
    let finished = spans.finished();
    assert_eq!(finished.len(), 20_000);
    let mut expected: Vec<&String> = names.iter().chain(&names).collect();
    expected.sort();
    let mut sent: Vec<String> = Vec::new();
    for span in &finished {
        let name = attribute(span, "messaging.destination.name").as_str().into_owned();
        assert_eq!(span.name, format!("send {name}"));
        sent.push(name);
    }
    sent.sort();
    assert!(sent.iter().eq(expected));
}

#[test]
fn destinations_that_differ_only_in_the_middle_or_in_length_are_not_mixed_up() {
    let (spans, post) = recorded();
    let names = [
        "warehouse-north-1",
        "warehouse-south-1",
        "warehouse-nort-h1",
        "a",
        "aa",
        "aaa",
        "aaaaaaaa",
        "aaaaaaaaa",
        "aaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaa",
        "",
        "orders",
        "orders ",
        "ORDERS",
        "ordres",
    ];
    for _ in 0..3 {
        for name in names {
            spans.clear();
            send_to(&post.client, Destination::named(name));
            let span = spans.finished().remove(0);
            assert_eq!(span.name, format!("send {name}"));
            assert_eq!(attribute(&span, "messaging.destination.name").as_str(), name);
        }
    }
}

#[test]
fn clients_with_one_destination_keep_their_own_facts_and_policy() {
    let (one, other) = (SpanRecorder::new(), SpanRecorder::new());
    let client = |spans: &SpanRecorder, id, correlation| {
        let tracer = spans.messaging_tracer_builder().correlation(correlation).build();
        ClientTracer::<Mail>::new(&tracer, ClientFacts::default().client_id(id))
    };
    let links = client(&one, "links", Correlation::Link);
    let continues = client(&other, "continues", Correlation::Continue);
    for _ in 0..3 {
        for client in [&links, &continues] {
            client.received(letter([("traceparent", TRACEPARENT)])).process_blocking(|| ());
        }
    }
    let key = "messaging.client.id";
    one.tree()
        .attributes([key])
        .assert(&"process orders  CONSUMER  links: (remote)  messaging.client.id=links\n".repeat(3));
    other.tree().attributes([key]).assert(&format!(
        "(remote)\n{}{}",
        "├ process orders  CONSUMER  links: (remote)  messaging.client.id=continues\n".repeat(2),
        "└ process orders  CONSUMER  links: (remote)  messaging.client.id=continues\n"
    ));
}

#[test]
fn systems_with_one_destination_keep_their_own_words() {
    enum Pigeon {}
    impl MessagingSystem for Pigeon {
        const NAME: &'static str = "pigeon";
    }
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let mail = ClientTracer::<Mail>::new(&tracer, ClientFacts::default());
    let pigeon = ClientTracer::<Pigeon>::new(&tracer, ClientFacts::default());
    for _ in 0..2 {
        send_to(&mail, Destination::named("orders"));
        send_to(&pigeon, Destination::named("orders"));
    }
    spans.tree().attributes(["messaging.system"]).assert(
        &"send orders  PRODUCER  messaging.system=mail\nsend orders  PRODUCER  messaging.system=pigeon\n"
            .repeat(2),
    );
}

#[test]
fn operations_on_one_destination_keep_their_own_names_and_kinds() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().receive_spans(true).build());
    let orders = MessageInfo::to(Destination::named("orders"));
    let order = post.receive(letter([]));
    for _ in 0..3 {
        spans.clear();
        post.client.send_as("publish", &orders, &mut MemoryHeaders::new()).end();
        post.client.send_as("request", &orders, &mut MemoryHeaders::new()).end();
        post.client.receive_span(&order, std::time::SystemTime::now());
        order.process_blocking(|| {
            post.client.settle("ack", &orders, || CreationContext::NONE).end();
            post.client.settle("nack", &orders, || CreationContext::NONE).end();
        });
        spans.tree().attributes(["messaging.operation.name", "messaging.operation.type"]).assert(
            "
            publish orders   PRODUCER  messaging.operation.name=publish  messaging.operation.type=send
            request orders   PRODUCER  messaging.operation.name=request  messaging.operation.type=send
            fetch orders     CLIENT    messaging.operation.name=fetch    messaging.operation.type=receive
            process orders   CONSUMER  messaging.operation.name=process  messaging.operation.type=process
            ├ ack orders     CLIENT    messaging.operation.name=ack      messaging.operation.type=settle
            └ nack orders    CLIENT    messaging.operation.name=nack     messaging.operation.type=settle
            ",
        );
    }
}

#[test]
fn one_word_for_two_kinds_of_operation_names_both() {
    enum Terse {}
    impl MessagingSystem for Terse {
        const NAME: &'static str = "terse";
        fn operation_name(_: tracehop::OperationKind) -> &'static str {
            "do"
        }
    }
    let spans = SpanRecorder::new();
    let client = ClientTracer::<Terse>::new(&spans.messaging_tracer(), ClientFacts::default());
    let _active = crate::mail::application_span(&spans, "poll").attach();
    let orders = MessageInfo::to(Destination::named("orders"));
    for _ in 0..3 {
        spans.clear();
        send_to(&client, Destination::named("orders"));
        client.settle("do", &orders, || CreationContext::NONE).end();
        let kinds: Vec<String> = spans
            .finished()
            .iter()
            .map(|span| attribute(span, "messaging.operation.type").as_str().into_owned())
            .collect();
        assert_eq!(kinds, ["send", "settle"]);
    }
}

#[test]
fn joined_destinations_are_their_parts_with_colons_between() {
    let (spans, post) = recorded();
    for _ in 0..2 {
        for (parts, name) in [
            (["exchange", "key", "queue"], "exchange:key:queue"),
            (["exchange", "key", ""], "exchange:key"),
            (["", "exchange", "key"], "exchange:key"),
            (["exchange", "", "key"], "exchange:key"),
            (["exchange:key", "", ""], "exchange:key"),
            (["exchange", "ke", "y"], "exchange:ke:y"),
            (["key", "exchange", "queue"], "key:exchange:queue"),
            (["", "", "queue"], "queue"),
        ] {
            spans.clear();
            send_to(&post.client, Destination::joined(parts));
            let span = spans.finished().remove(0);
            assert_eq!(span.name, format!("send {name}"), "{parts:?}");
            assert_eq!(attribute(&span, "messaging.destination.name").as_str(), name, "{parts:?}");
        }
        spans.clear();
        send_to(&post.client, Destination::joined(["", "", ""]));
        let span = spans.finished().remove(0);
        assert_eq!(span.name, "send");
        assert!(!span.attributes.iter().any(|attribute| attribute.key.as_str().contains("destination")));
    }
}

#[test]
fn a_destination_with_and_without_a_template_is_not_the_same() {
    let (spans, post) = recorded();
    for _ in 0..2 {
        spans.clear();
        send_to(&post.client, Destination::named("reply"));
        send_to(&post.client, Destination::named("reply.7f3a").template("reply"));
        send_to(&post.client, Destination::named("reply").temporary());
        spans
            .tree()
            .attributes([
                "messaging.destination.name",
                "messaging.destination.template",
                "messaging.destination.temporary",
            ])
            .assert(
                "
                send reply  PRODUCER  messaging.destination.name=reply
                send reply  PRODUCER  messaging.destination.name=reply.7f3a  messaging.destination.template=reply
                send        PRODUCER  messaging.destination.name=reply  messaging.destination.temporary=true
                ",
            );
    }
}

#[test]
fn on_many_threads_destinations_keep_their_names() {
    let (spans, post) = recorded();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let post = &post;
            scope.spawn(move || {
                for number in 0..200 {
                    send_to(&post.client, Destination::named(&format!("orders.{}", (number + thread) % 150)));
                }
            });
        }
    });
    let finished = spans.finished();
    assert_eq!(finished.len(), 800);
    for span in &finished {
        let name = attribute(span, "messaging.destination.name").as_str();
        assert_eq!(span.name, format!("send {name}"));
    }
}

/// Whether the process keeps a destination's name: it is not copied then.
fn is_kept(spans: &SpanRecorder, name: &str) -> bool {
    let client = ClientTracer::<Mail>::new(&spans.messaging_tracer(), ClientFacts::default());
    spans.clear();
    send_to(&client, Destination::named(name));
    let span = spans.finished().remove(0);
    let name = &name[..name.len().min(1024)];
    assert_eq!(span.name, format!("send {name}"));
    let value = attribute(&span, "messaging.destination.name");
    assert_eq!(value.as_str(), name);
    let kept = format!("{value:?}").contains("Static");
    assert_eq!(format!("{:?}", span.name).len(), name.len() + 7);
    assert_eq!(matches!(span.name, std::borrow::Cow::Borrowed(_)), kept, "the span's name is kept with it");
    kept
}

#[test]
fn names_of_up_to_256_bytes_are_kept_and_longer_ones_are_not() {
    let spans = SpanRecorder::new();
    for (bytes, kept) in [(1, true), (255, true), (256, true), (257, false), (10_000, false)] {
        let name = "x".repeat(bytes);
        assert_eq!((is_kept(&spans, &name), is_kept(&spans, &name)), (kept, kept), "{bytes} bytes");
    }
    assert!(!is_kept(&spans, &"é".repeat(129)), "bytes count, not characters");
}

/// In a process of its own: what is full stays full.
#[test]
fn beyond_16384_names_none_is_kept_and_all_are_right() {
    const CHILD: &str = "TRACEHOP_TEST_MANY_NAMES";
    if env::var_os(CHILD).is_none() {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args([
            "--exact",
            "destinations::beyond_16384_names_none_is_kept_and_all_are_right",
            "--nocapture",
        ]);
        let output = child.env(CHILD, "1").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let spans = SpanRecorder::new();
    let mut kept = 0;
    let mut number = 0;
    while is_kept(&spans, &format!("orders.{number}")) {
        kept += 1;
        number += 1;
        assert!(kept <= 20_000, "there is a bound");
    }
    assert_eq!(kept, 16_384);
    for name in [number, number + 1, number].map(|number| format!("orders.{number}")) {
        assert!(!is_kept(&spans, &name), "{name}");
    }
    for number in [0, 1, 16_383] {
        assert!(is_kept(&spans, &format!("orders.{number}")), "what was kept before still is");
    }
}

#[test]
fn without_an_sdk_destinations_do_not_matter() {
    let post = Post::new(&MessagingTracer::global());
    let _active = TRACEPARENT.parse::<tracehop::CreationContext>().unwrap().to_context().attach();
    for number in 0..100 {
        let mut headers = MemoryHeaders::new();
        let name = format!("orders.{number}");
        post.client.send(&MessageInfo::to(Destination::named(&name)), &mut headers).end();
        assert_eq!(headers, headers_of([("traceparent", TRACEPARENT)]));
    }
}
