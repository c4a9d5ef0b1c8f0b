//! Names and attributes: what a span says about the message.

use opentelemetry_sdk::trace::SpanData;
use tracehop::{
    AttributeValue, ClientFacts, ClientTracer, CreationContext, Destination, MemoryHeaders, MessageInfo,
    MessagingTracerBuilder,
};
use tracehop_testing::{SpanRecorder, TraceTree};

use crate::mail::{Mail, letter};

/// The span of a send that is described so.
fn sent(info: &MessageInfo<'_>) -> SpanData {
    sent_by(ClientFacts::default(), |builder| builder, info)
}

fn sent_by(
    facts: ClientFacts,
    configure: impl FnOnce(MessagingTracerBuilder) -> MessagingTracerBuilder,
    info: &MessageInfo<'_>,
) -> SpanData {
    let spans = SpanRecorder::new();
    let tracer = configure(spans.messaging_tracer_builder()).build();
    ClientTracer::<Mail>::new(&tracer, facts).send(info, &mut MemoryHeaders::new()).end();
    spans.finished().remove(0)
}

/// The attributes as `key=value`, sorted.
fn attributes(span: &SpanData) -> Vec<String> {
    let mut list: Vec<String> =
        span.attributes.iter().map(|attribute| format!("{}={:?}", attribute.key, attribute.value)).collect();
    list.sort();
    list
}

#[test]
fn a_plain_message_is_described_by_system_operation_and_destination() {
    let span = sent(&MessageInfo::to(Destination::named("orders")));
    assert_eq!(span.name, "send orders");
    assert_eq!(
        attributes(&span),
        [
            "messaging.destination.name=String(Static(\"orders\"))",
            "messaging.operation.name=String(Static(\"send\"))",
            "messaging.operation.type=String(Static(\"send\"))",
            "messaging.system=String(Static(\"mail\"))",
        ]
    );
}

#[test]
fn everything_an_adapter_knows_is_shown() {
    let info = MessageInfo::to(Destination::named("orders"))
        .partition(3)
        .message_id("m-1")
        .conversation_id("c-1")
        .body_size(42)
        .attribute("mail.weight", AttributeValue::Int(7))
        .attribute("mail.express", AttributeValue::Bool(true))
        .attribute("mail.stamp", AttributeValue::Name("blue"))
        .attribute("mail.note", AttributeValue::Str("fragile"));
    let facts = ClientFacts::default().client_id("client-1").consumer_group("billing").server("mail-1", 25);
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().record_body_sizes(true).build();
    let client = ClientTracer::<Mail>::new(&tracer, facts);
    assert!(!client.has_late_attribute());
    client.set_late_attribute("mail.district", "north");
    client.set_late_attribute("mail.district", "too late");
    assert!(client.has_late_attribute());
    client.send(&info, &mut MemoryHeaders::new()).end();
    spans
        .tree()
        .attributes([
            "messaging.destination.partition.id",
            "messaging.message.id",
            "messaging.message.conversation_id",
            "messaging.message.body.size",
            "messaging.client.id",
            "messaging.consumer.group.name",
            "server.address",
            "server.port",
            "mail.weight",
            "mail.express",
            "mail.stamp",
            "mail.note",
            "mail.district",
        ])
        // A producer has no consumer group.
        .assert(
            "send orders  PRODUCER  messaging.destination.partition.id=3  messaging.message.id=m-1  \
             messaging.message.conversation_id=c-1  messaging.message.body.size=42  messaging.client.id=client-1  \
             server.address=mail-1  server.port=25  mail.weight=7  mail.express=true  mail.stamp=blue  \
             mail.note=fragile  mail.district=north",
        );
}

#[test]
fn the_partition_is_a_string() {
    let span = sent(&MessageInfo::to(Destination::named("orders")).partition(1000));
    let partition = attributes(&span).into_iter().find(|attribute| attribute.contains("partition"));
    assert!(partition.unwrap().starts_with("messaging.destination.partition.id=String("));
}

#[test]
fn body_sizes_are_shown_only_if_asked_for() {
    let span = sent(&MessageInfo::to(Destination::named("orders")).body_size(42));
    assert!(!attributes(&span).iter().any(|attribute| attribute.contains("body.size")));
}

#[test]
fn message_keys_are_shown_only_if_asked_for_and_text() {
    for (key, asked, expected) in [
        (&b"alice"[..], true, "send orders  PRODUCER  mail.key=alice"),
        (b"alice", false, "send orders  PRODUCER"),
        (b"\xff", true, "send orders  PRODUCER"),
    ] {
        let info = MessageInfo::to(Destination::named("orders")).key("mail.key", key);
        let span = sent_by(ClientFacts::default(), |builder| builder.record_message_keys(asked), &info);
        TraceTree::new([span]).attributes(["mail.key"]).assert(expected);
    }
}

#[test]
fn beyond_six_attributes_of_its_own_a_message_shows_none() {
    let keys = ["mail.a", "mail.b", "mail.c", "mail.d", "mail.e", "mail.f", "mail.g"];
    let info = keys.into_iter().fold(MessageInfo::to(Destination::named("orders")), |info, key| {
        info.attribute(key, AttributeValue::Int(1))
    });
    let own = attributes(&sent(&info)).into_iter().filter(|attribute| attribute.starts_with("mail.")).count();
    assert_eq!(own, 6);
}

#[test]
fn span_names_hold_only_what_is_of_low_cardinality() {
    for (destination, name) in [
        (Destination::named("orders"), "send orders"),
        (Destination::named("orders.42").template("orders.{id}"), "send orders.{id}"),
        (Destination::named("reply-7f3a").temporary(), "send"),
        (Destination::named("amq.gen-x").anonymous(), "send"),
        (Destination::named("reply-7f3a").template("reply").temporary(), "send reply"),
        (Destination::none(), "send"),
        (Destination::joined(["exchange", "key", "queue"]), "send exchange:key:queue"),
        (Destination::joined(["", "key", ""]), "send key"),
        (Destination::joined(["", "", ""]), "send"),
        (Destination::joined(["exchange", "7f3a", ""]).template("exchange:*"), "send exchange:*"),
    ] {
        assert_eq!(sent(&MessageInfo::to(destination)).name, name);
    }
}

#[test]
fn a_destination_is_described_whole_even_if_its_name_is_not_in_the_spans() {
    let span =
        sent(&MessageInfo::to(Destination::named("reply-7f3a").template("reply").temporary().anonymous()));
    let text = attributes(&span).join("\n");
    for expected in [
        "messaging.destination.anonymous=Bool(true)",
        "messaging.destination.name=String(Owned(\"reply-7f3a\"))",
        "messaging.destination.template=String(Static(\"reply\"))",
        "messaging.destination.temporary=Bool(true)",
    ] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
}

#[test]
fn names_longer_than_are_worth_keeping_are_still_names() {
    let long = "x".repeat(1000);
    assert_eq!(sent(&MessageInfo::to(Destination::named(&long))).name, format!("send {long}"));
}

#[test]
fn consuming_operations_show_the_group() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().receive_spans(true).build();
    let client = ClientTracer::<Mail>::new(&tracer, ClientFacts::default().consumer_group("billing"));
    let order = client.received(letter([]));
    client.receive_span(&order, std::time::SystemTime::now());
    order.process_blocking(|| {
        let settle =
            client.settle("ack", &MessageInfo::to(Destination::named("orders")), || CreationContext::NONE);
        settle.end();
    });
    spans.tree().attributes(["messaging.operation.type", "messaging.consumer.group.name"]).assert(
        "
        fetch orders     CLIENT    messaging.operation.type=receive  messaging.consumer.group.name=billing
        process orders   CONSUMER  messaging.operation.type=process  messaging.consumer.group.name=billing
        └ ack orders     CLIENT    messaging.operation.type=settle   messaging.consumer.group.name=billing
        ",
    );
}

#[test]
fn spans_come_from_a_scope_with_the_crates_name_and_the_conventions_version() {
    let scope = sent(&MessageInfo::to(Destination::named("orders"))).instrumentation_scope;
    assert_eq!((scope.name(), scope.schema_url()), ("tracehop", Some(tracehop::semconv::SCHEMA_URL)));
    assert_eq!(scope.version(), Some(env!("CARGO_PKG_VERSION")));
}

#[test]
fn debug_output_of_values_leaves_strings_out() {
    let key = AttributeValue::Str("alice@example.org");
    assert!(!format!("{key:?}").contains("alice"));
}
