//! Names and attributes: what a span says about the message.

use std::sync::{Arc, Mutex};

use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample, SpanData};
use tracehop::{
    AttributeValue, ClientFacts, ClientTracer, CreationContext, Describe, Destination, MemoryHeaders,
    MessageAttributes, MessageInfo, MessagingSystem, MessagingTracerBuilder,
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
fn a_message_shows_all_attributes_of_its_own() {
    let keys = ["mail.a", "mail.b", "mail.c", "mail.d", "mail.e", "mail.f", "mail.g", "mail.h"];
    let info = keys.into_iter().fold(MessageInfo::to(Destination::named("orders")), |info, key| {
        info.attribute(key, AttributeValue::Int(1))
    });
    let own: Vec<String> =
        attributes(&sent(&info)).into_iter().filter(|attribute| attribute.starts_with("mail.")).collect();
    assert_eq!(own, keys.map(|key| format!("{key}=I64(1)")));
}

#[test]
fn strings_from_the_wire_are_cut_between_characters() {
    // Each `é` has two bytes.
    let long = format!("x{}", "é".repeat(50_000));
    let cut = &long[..1023];
    let info = MessageInfo::to(Destination::named(&long).label("orders"))
        .message_id(&long)
        .conversation_id(&long)
        .key("mail.key", long.as_bytes())
        .attribute("mail.name", AttributeValue::Name(&long))
        .attribute("mail.text", AttributeValue::Str(&long));
    let span =
        sent_by(ClientFacts::default().client_id(&long), |builder| builder.record_message_keys(true), &info);
    for key in [
        "messaging.client.id",
        "messaging.destination.name",
        "messaging.message.id",
        "messaging.message.conversation_id",
        "mail.key",
        "mail.name",
        "mail.text",
    ] {
        let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == key).unwrap();
        assert!(attribute.value.as_str() == cut, "{key} has {} bytes", attribute.value.as_str().len());
    }
    for destination in [
        Destination::named(&long),
        Destination::joined(["", &long, ""]),
        Destination::named("orders").template(&long),
        Destination::named("orders").label(&long),
    ] {
        assert!(sent(&MessageInfo::to(destination)).name == format!("send {cut}"));
    }
}

#[test]
fn span_names_hold_only_what_is_of_low_cardinality() {
    for (destination, name) in [
        (Destination::named("orders"), "send orders"),
        (Destination::named("orders.42").template("orders.{id}"), "send orders.{id}"),
        (Destination::named("reply-7f3a").temporary(), "send"),
        (Destination::named("amq.gen-x").anonymous(), "send"),
        (Destination::named("reply-7f3a").template("reply").temporary(), "send reply"),
        (Destination::named("order-42").varying(), "send"),
        (Destination::named("order-42").label("orders"), "send orders"),
        (Destination::named("order-42").label("orders").varying(), "send orders"),
        (Destination::named("order-42").label("orders").temporary(), "send orders"),
        (Destination::named("order-42").label("orders").template("order-{id}"), "send order-{id}"),
        (Destination::joined(["shop", "order.42", "bills"]).label("bills"), "send bills"),
        (Destination::none().label("orders"), "send orders"),
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
fn an_operation_without_a_destination_is_named_by_the_server() {
    let nobody = ClientFacts::default;
    for (facts, destination, name) in [
        (nobody().server("kafka-1", 9092), Destination::none(), "send kafka-1:9092"),
        (nobody().server("kafka-1", None), Destination::none(), "send kafka-1"),
        (nobody(), Destination::none(), "send"),
        (nobody().server("kafka-1", 9092), Destination::joined(["", "", ""]), "send kafka-1:9092"),
        (nobody().server("kafka-1", 9092), Destination::named("orders"), "send orders"),
        // There is a destination, although its name does not stand in the span's.
        (nobody().server("kafka-1", 9092), Destination::named("reply-7f3a").temporary(), "send"),
        (nobody().server("kafka-1", 9092), Destination::named("amq.gen-x").anonymous(), "send"),
        (nobody().server("kafka-1", 9092), Destination::named("order-42").varying(), "send"),
        (nobody().server("kafka-1", 9092), Destination::none().temporary(), "send"),
    ] {
        assert_eq!(sent_by(facts, |builder| builder, &MessageInfo::to(destination)).name, name);
    }
}

#[test]
fn one_client_names_operations_with_and_without_a_destination() {
    let spans = SpanRecorder::new();
    let facts = ClientFacts::default().server("kafka-1", 9092);
    let client = ClientTracer::<Mail>::new(&spans.messaging_tracer(), facts);
    for _ in 0..2 {
        for destination in [Destination::none(), Destination::named("reply-7f3a").temporary()] {
            client.send(&MessageInfo::to(destination), &mut MemoryHeaders::new()).end();
        }
    }
    let names: Vec<_> = spans.finished().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["send kafka-1:9092", "send", "send kafka-1:9092", "send"]);
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
fn a_name_that_is_not_known_to_be_one_of_few_is_an_attribute_that_is_not_kept() {
    for destination in
        [Destination::named("order-42").label("orders"), Destination::named("order-42").varying()]
    {
        let span = sent(&MessageInfo::to(destination));
        let of_destination: Vec<String> =
            attributes(&span).into_iter().filter(|attribute| attribute.contains("destination")).collect();
        assert_eq!(of_destination, ["messaging.destination.name=String(Owned(\"order-42\"))"]);
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

/// A message that says as little as it may.
struct Blank;

impl Describe for Blank {
    fn destination(&self) -> Destination<'_> {
        Destination::named("orders")
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        attributes.add("mail.weight", AttributeValue::Int(7));
    }
}

/// The attributes of a message's own that a send of it shows, if everything is asked for.
fn shown(message: &impl Describe) -> Vec<String> {
    let spans = SpanRecorder::new();
    let builder = spans.messaging_tracer_builder().record_message_keys(true).record_body_sizes(true);
    let client = ClientTracer::<Mail>::new(&builder.build(), ClientFacts::default());
    client.send(message, &mut MemoryHeaders::new()).end();
    let span = spans.finished().remove(0);
    assert_eq!(span.name, "send orders");
    let common = ["messaging.system", "messaging.operation.name", "messaging.operation.type"];
    let own = span.attributes.iter().filter(|attribute| !common.contains(&attribute.key.as_str()));
    own.map(|attribute| format!("{}={}", attribute.key, attribute.value)).collect()
}

#[test]
fn a_message_has_no_size_and_no_key_unless_it_says_so() {
    let expected = ["messaging.destination.name=orders", "mail.weight=7"];
    assert_eq!(shown(&Blank), expected);
    assert_eq!((Blank.body_size(), Blank.key()), (None, None));
}

#[test]
fn through_a_reference_a_message_says_the_same() {
    let info =
        MessageInfo::to(Destination::named("orders")).body_size(42).key("mail.key", b"alice").partition(3);
    let expected = [
        "messaging.destination.name=orders",
        "messaging.destination.partition.id=3",
        "messaging.message.body.size=42",
        "mail.key=alice",
    ];
    assert_eq!(shown(&info), expected);
    assert_eq!(shown(&&info), expected);
    assert_eq!(shown(&(&info as &dyn Describe)), expected);
    assert_eq!(shown(&&Blank), shown(&Blank));
}

#[test]
fn a_system_without_errors_of_its_own_leaves_their_names_to_their_types() {
    enum Pigeon {}
    impl MessagingSystem for Pigeon {
        const NAME: &'static str = "pigeon";
    }
    let spans = SpanRecorder::new();
    let client = ClientTracer::<Pigeon>::new(&spans.messaging_tracer(), ClientFacts::default());
    let send = client.send(&Blank, &mut MemoryHeaders::new());
    send.finish(&Err::<(), _>(std::io::Error::other("lost")));
    spans.assert_tree("send orders  PRODUCER  error=std::io::error::Error");
}

/// A sampler that writes down what it is shown.
#[derive(Clone, Debug, Default)]
struct Shown(Arc<Mutex<Vec<(String, usize, usize)>>>);

impl ShouldSample for Shown {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        _: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        self.0.lock().unwrap().push((name.to_owned(), attributes.len(), links.len()));
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: TraceState::default(),
        }
    }
}

#[test]
fn a_sampler_sees_attributes_and_links_unless_the_parent_is_unsampled_and_nobody_asked_for_them() {
    let sampler = Shown::default();
    let spans = SpanRecorder::with_sampler(sampler.clone());
    for (flags, sees_all, reason) in [
        (None, false, "a root"),
        (Some("01"), false, "a sampled parent"),
        (Some("00"), false, "an unsampled one"),
        (Some("00"), true, "an unsampled one, and a sampler that looks"),
    ] {
        let tracer = spans.messaging_tracer_builder().sampler_sees_all(sees_all).build();
        let post = crate::mail::Post::new(&tracer);
        let line = flags.map(|flags| format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}"));
        let headers = line.map(|line| ("traceparent", Some(line)));
        let letter = crate::mail::Letter { headers: headers.into_iter().collect(), ..letter([]) };
        spans.clear();
        post.receive(letter).process_blocking(|| ());
        let links = usize::from(flags.is_some());
        let seen = sampler.0.lock().unwrap().pop().unwrap();
        let expected = if flags == Some("00") && !sees_all { (0, 0) } else { (4, links) };
        assert_eq!((seen.0.as_str(), (seen.1, seen.2)), ("process orders", expected), "{reason}");
        // Its own view is poorer; the span is not.
        let span = spans.finished().remove(0);
        assert_eq!((span.attributes.len(), span.links.len()), (4, links), "{reason}");
    }
}
