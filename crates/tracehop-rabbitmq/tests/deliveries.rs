//! What is made of deliveries, without a broker.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::future::pending;
use std::time::{Duration, SystemTime};

use lapin::message::{BasicGetMessage, Delivery};
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use lapin::types::{AMQPValue, FieldArray, FieldTable};
use lapin::{BasicProperties, Error, ErrorKind};
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use opentelemetry::{Context, Value};
use tracehop::{Carrier, ClientFacts, ClientTracer, Inbound, Templates, process_batch};
use tracehop_rabbitmq::{
    FromQueue, MessagingTracer, RabbitMq, Received, TracedAcker, TracedBasicGetMessage, TracedDelivery,
};
use tracehop_testing::SpanRecorder;

const INCOMING: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn table<const N: usize>(entries: [(&str, AMQPValue); N]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert(name.into(), value);
    }
    table
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn delivery(exchange: &str, routing_key: &str) -> Delivery {
    Delivery::mock(7, exchange.into(), routing_key.into(), false, b"{}".to_vec())
}

fn with_headers<const N: usize>(mut delivery: Delivery, headers: [(&str, AMQPValue); N]) -> Delivery {
    delivery.properties = BasicProperties::default().with_headers(table(headers));
    delivery
}

/// An order with a context, from the queue `orders`.
fn order(tracer: &MessagingTracer) -> TracedDelivery {
    let delivery = with_headers(delivery("", "orders"), [("traceparent", text(INCOMING))]);
    received(tracer, delivery, "orders")
}

fn received(tracer: &MessagingTracer, delivery: Delivery, queue: &str) -> TracedDelivery {
    let client = ClientTracer::new(tracer, ClientFacts::default());
    client.received(FromQueue::new(delivery, queue.into(), &client))
}

/// The name and the attributes of the one span there is.
fn only_span(spans: &SpanRecorder) -> (String, Vec<(String, Value)>) {
    let mut spans = spans.finished();
    let span = spans.pop().unwrap();
    assert!(spans.is_empty());
    let attributes = span.attributes.into_iter();
    (
        span.name.into_owned(),
        attributes.map(|attribute| (attribute.key.to_string(), attribute.value)).collect(),
    )
}

fn attribute(attributes: &[(String, Value)], key: &str) -> Option<String> {
    attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str().into_owned())
}

#[tokio::test]
async fn processing_and_settling_are_one_trace() {
    let spans = SpanRecorder::new();
    let order = order(&spans.messaging_tracer());
    assert_eq!(order.creation().to_string(), INCOMING);
    let settled = order.process(async { order.ack(BasicAckOptions::default()).await }).await;
    assert_eq!(settled, Ok(true));
    spans.assert_tree(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote)
          └ ack orders    CLIENT
        ",
    );
}

#[tokio::test]
async fn every_settlement_is_a_span_of_its_name() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    order(&tracer).ack(BasicAckOptions { multiple: true }).await.unwrap();
    order(&tracer).nack(BasicNackOptions { multiple: true, requeue: true }).await.unwrap();
    order(&tracer).reject(BasicRejectOptions { requeue: false }).await.unwrap();
    let shown = [
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.destination.name",
        "messaging.rabbitmq.message.delivery_tag",
        "tracehop.rabbitmq.multiple",
        "tracehop.rabbitmq.requeue",
    ];
    spans.tree().attributes(shown).assert(
        "
        (remote)
        ├ ack orders     CLIENT  messaging.operation.name=ack  messaging.operation.type=settle  \
          messaging.destination.name=orders  messaging.rabbitmq.message.delivery_tag=7  \
          tracehop.rabbitmq.multiple=true
        ├ nack orders    CLIENT  messaging.operation.name=nack  messaging.operation.type=settle  \
          messaging.destination.name=orders  messaging.rabbitmq.message.delivery_tag=7  \
          tracehop.rabbitmq.multiple=true  tracehop.rabbitmq.requeue=true
        └ reject orders  CLIENT  messaging.operation.name=reject  messaging.operation.type=settle  \
          messaging.destination.name=orders  messaging.rabbitmq.message.delivery_tag=7
        ",
    );
}

#[tokio::test]
async fn settling_twice_is_no_failure_and_no_success() {
    let spans = SpanRecorder::new();
    let order = order(&spans.messaging_tracer());
    assert_eq!(order.ack(BasicAckOptions::default()).await, Ok(true));
    assert_eq!(order.reject(BasicRejectOptions::default()).await, Ok(false));
    spans.tree().events(true).assert(
        "
        (remote)
        ├ ack orders     CLIENT
        └ reject orders  CLIENT  events: tracehop.already_settled
        ",
    );
}

#[tokio::test]
async fn a_settlement_that_belongs_to_nothing_makes_no_span() {
    let spans = SpanRecorder::new();
    let order = received(&spans.messaging_tracer(), delivery("", "orders"), "orders");
    assert_eq!(order.ack(BasicAckOptions::default()).await, Ok(true));
    spans.assert_tree("");
}

#[tokio::test]
async fn a_settlement_is_the_child_of_what_is_current() {
    let spans = SpanRecorder::new();
    let order = received(&spans.messaging_tracer(), delivery("", "orders"), "orders");
    let cx = Context::current_with_span(spans.tracer().start("night batch"));
    order.nack(BasicNackOptions::default()).with_context(cx).await.unwrap();
    spans.assert_tree(
        "
        night batch    INTERNAL
        └ nack orders  CLIENT
        ",
    );
}

#[tokio::test]
async fn the_answer_to_a_get_is_handled_like_a_delivery() {
    let spans = SpanRecorder::new();
    let client = ClientTracer::new(&spans.messaging_tracer(), ClientFacts::default());
    let delivery = with_headers(delivery("", "orders"), [("traceparent", text(INCOMING))]);
    let message = BasicGetMessage { delivery, message_count: 3 };
    let order: Received<FromQueue<BasicGetMessage>, RabbitMq> =
        client.received(FromQueue::new(message, "orders".into(), &client));
    assert_eq!((order.message_count, order.delivery_tag, order.data.as_slice()), (3, 7, &b"{}"[..]));
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    spans.assert_tree(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote)
          └ ack orders    CLIENT
        ",
    );
}

#[test]
fn destinations_are_named_as_the_conventions_say_and_spans_without_what_senders_choose() {
    for (exchange, routing_key, queue, name, span) in [
        ("", "orders", "orders", "orders", "process orders"),
        ("shop", "orders", "orders", "shop:orders", "process shop:orders"),
        ("shop", "order.new", "billing", "shop:order.new:billing", "process billing"),
        ("shop", "", "billing", "shop:billing", "process billing"),
        // A message may be copied to a queue that its routing key does not name.
        ("", "order.new", "billing", "order.new:billing", "process billing"),
        // Of a queue that is not known, the exchange is what senders do not choose freely.
        ("", "orders", "", "orders", "process"),
        ("shop", "order.new", "", "shop:order.new", "process shop"),
        ("shop", "", "", "shop", "process shop"),
        ("shop", "order.new", "amq.gen-x1", "shop:order.new:amq.gen-x1", "process"),
        ("shop", "order.new", "spring.gen-x1", "shop:order.new:spring.gen-x1", "process"),
        ("", "amq.gen-x1", "amq.gen-x1", "amq.gen-x1", "process"),
        (
            "",
            "amq.rabbitmq.reply-to.g1",
            "amq.rabbitmq.reply-to",
            "amq.rabbitmq.reply-to.g1:amq.rabbitmq.reply-to",
            "process",
        ),
        // What a terminal would obey is an attribute, and no more.
        ("ex", "\u{1b}]0;pwned\u{7}", "q", "ex:\u{1b}]0;pwned\u{7}:q", "process q"),
        ("", "\u{1b}[2J", "\u{1b}[2J", "\u{1b}[2J", "process"),
        ("\u{9b}2J", "q", "q", "\u{9b}2J:q", "process q"),
    ] {
        let spans = SpanRecorder::new();
        received(&spans.messaging_tracer(), delivery(exchange, routing_key), queue).process_blocking(|| {});
        let (span_name, attributes) = only_span(&spans);
        assert_eq!(span_name, span, "{name:?}");
        let attribute = |key| attribute(&attributes, key);
        assert_eq!(attribute("messaging.destination.name").as_deref(), Some(name), "{span}");
        assert_eq!(attribute("messaging.destination.template"), None, "{name:?}");
        let expected = Some(routing_key.to_owned()).filter(|key| !key.is_empty());
        assert_eq!(attribute("messaging.rabbitmq.destination.routing_key"), expected, "{name:?}");
        let anonymous = name.contains(".gen-").then(|| "true".to_owned());
        assert_eq!(attribute("messaging.destination.anonymous"), anonymous, "{name:?}");
        let temporary = name.contains("reply-to").then(|| "true".to_owned());
        assert_eq!(attribute("messaging.destination.temporary"), temporary, "{name:?}");
    }
}

#[test]
fn a_routing_key_does_not_make_a_queue_a_temporary_one() {
    let spans = SpanRecorder::new();
    let order = received(&spans.messaging_tracer(), delivery("shop", "amq.rabbitmq.reply-to.x"), "orders");
    order.process_blocking(|| {});
    let (name, attributes) = only_span(&spans);
    assert_eq!(name, "process orders");
    assert_eq!(attribute(&attributes, "messaging.destination.temporary"), None);
}

#[tokio::test]
async fn a_pattern_stands_in_names_for_the_routing_keys_that_match_it() {
    let templates = Templates::new(["order.{id}.paid", "log.#"]);
    for (exchange, routing_key, queue, label, template) in [
        ("shop", "order.7.paid", "billing", "order.{id}.paid", Some("order.{id}.paid")),
        ("shop", "log.eu.warn", "", "log.#", Some("log.#")),
        ("shop", "order.7.paid", "amq.gen-x1", "order.{id}.paid", Some("order.{id}.paid")),
        ("shop", "order.7.new", "billing", "billing", None),
        ("shop", "", "billing", "billing", None),
    ] {
        let spans = SpanRecorder::new();
        let client = ClientTracer::new(&spans.messaging_tracer(), ClientFacts::default());
        let delivery = with_headers(delivery(exchange, routing_key), [("traceparent", text(INCOMING))]);
        let message = FromQueue::new(delivery, queue.into(), &client).with_templates(templates.clone());
        let order = client.received(message);
        order.process(order.acker.detached().ack(BasicAckOptions::default())).await.unwrap();
        for (span, operation) in spans.finished().into_iter().zip(["process", "ack"]) {
            assert_eq!(span.name, format!("{operation} {label}"));
            let found = |key| span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
            let shown = found("messaging.destination.template").map(|attribute| attribute.value.to_string());
            assert_eq!(shown.as_deref(), template, "{operation} {label}");
            let name = found("messaging.destination.name").unwrap().value.to_string();
            assert!(name.starts_with("shop") && name.contains(routing_key), "{name}");
        }
    }
}

#[test]
fn a_span_says_what_the_message_says_of_itself() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().record_body_sizes(true).build();
    let mut delivery = delivery("shop", "order.new");
    delivery.redelivered = true;
    delivery.properties =
        BasicProperties::default().with_message_id("m-1".into()).with_correlation_id("c-1".into());
    received(&tracer, delivery, "billing").process_blocking(|| {});
    let (_, attributes) = only_span(&spans);
    for (key, expected) in [
        ("messaging.system", "rabbitmq"),
        ("messaging.operation.name", "process"),
        ("messaging.operation.type", "process"),
        ("messaging.message.id", "m-1"),
        ("messaging.message.conversation_id", "c-1"),
        ("messaging.message.body.size", "2"),
        ("messaging.rabbitmq.destination.routing_key", "order.new"),
        ("messaging.rabbitmq.message.delivery_tag", "7"),
        ("tracehop.rabbitmq.redelivered", "true"),
    ] {
        assert_eq!(attribute(&attributes, key).as_deref(), Some(expected), "{key}");
    }
    for absent in ["tracehop.rabbitmq.delivery_attempt", "error.type", "server.address"] {
        assert_eq!(attribute(&attributes, absent), None, "{absent}");
    }
}

#[test]
fn the_longest_strings_that_amqp_has_are_shown_whole() {
    let spans = SpanRecorder::new();
    let long = |letter: &str| letter.repeat(255);
    let mut delivery = delivery(&long("e"), &long("k"));
    delivery.properties =
        BasicProperties::default().with_message_id(long("m").into()).with_correlation_id(long("c").into());
    received(&spans.messaging_tracer(), delivery, &long("q")).process_blocking(|| {});
    let (name, attributes) = only_span(&spans);
    assert_eq!(name, format!("process {}", long("q")));
    for (key, expected) in [
        ("messaging.destination.name", [long("e"), long("k"), long("q")].join(":")),
        ("messaging.rabbitmq.destination.routing_key", long("k")),
        ("messaging.message.id", long("m")),
        ("messaging.message.conversation_id", long("c")),
    ] {
        assert_eq!(attribute(&attributes, key), Some(expected), "{key}");
    }
}

#[test]
fn the_delivery_attempt_counts_what_the_broker_tells() {
    let number = AMQPValue::LongLongInt;
    let death = |reason: &str, count| {
        AMQPValue::FieldTable(table([("reason", text(reason)), ("count", count), ("queue", text("q"))]))
    };
    let deaths = |deaths: &[AMQPValue]| AMQPValue::FieldArray(FieldArray::from(deaths.to_vec()));
    let died = |list: &[AMQPValue]| table([("x-death", deaths(list))]);
    for (headers, expected) in [
        (table([]), None),
        (table([("x-delivery-count", number(0))]), Some("1")),
        (table([("x-delivery-count", number(2))]), Some("3")),
        (table([("x-delivery-count", AMQPValue::LongUInt(2))]), Some("3")),
        (died(&[death("rejected", number(1))]), Some("2")),
        // Rejected in the one queue, waited in the other, three times over.
        (died(&[death("expired", number(3)), death("rejected", number(3))]), Some("4")),
        // Nobody had the message: it waited, was crowded out, or was not wanted by a queue that was full.
        (died(&[death("expired", number(2))]), None),
        (died(&[death("maxlen", number(2)), death("expired", number(1))]), None),
        (died(&[death("rejected", number(0))]), None),
        (died(&[]), None),
        (
            table([("x-delivery-count", number(0)), ("x-death", deaths(&[death("expired", number(2))]))]),
            Some("1"),
        ),
        (died(&[death("delivery_limit", number(1)), death("rejected", number(2))]), Some("4")),
        (
            table([("x-delivery-count", number(1)), ("x-death", deaths(&[death("rejected", number(1))]))]),
            Some("3"),
        ),
        // Anybody can write such headers.
        (table([("x-delivery-count", number(-1))]), None),
        (table([("x-delivery-count", text("2"))]), None),
        (table([("x-death", text("rejected"))]), None),
        (died(&[text("rejected"), death("rejected", text("1")), death("rejected", number(-5))]), None),
        (
            died(&[death("rejected", number(i64::MAX)), death("rejected", number(i64::MAX))]),
            Some("9223372036854775807"),
        ),
    ] {
        let spans = SpanRecorder::new();
        let mut delivery = delivery("", "orders");
        delivery.properties = BasicProperties::default().with_headers(headers.clone());
        received(&spans.messaging_tracer(), delivery, "orders").process_blocking(|| {});
        let (_, attributes) = only_span(&spans);
        let attempt = attribute(&attributes, "tracehop.rabbitmq.delivery_attempt");
        assert_eq!(attempt.as_deref(), expected, "{headers:?}");
    }
}

#[test]
fn a_message_says_when_it_was_sent_in_seconds() {
    let mut message = delivery("", "orders");
    assert_eq!(message.sent_at(), None);
    message.properties = BasicProperties::default().with_timestamp(1_700_000_000);
    assert_eq!(message.sent_at(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
    message.properties = BasicProperties::default().with_timestamp(u64::MAX);
    assert_eq!(message.sent_at(), None);
}

#[tokio::test]
async fn an_error_of_the_client_is_known_by_its_code() {
    let spans = SpanRecorder::new();
    let order = order(&spans.messaging_tracer());
    let error = || Error::from(ErrorKind::MissingHeartbeatError);
    let result: lapin::Result<()> = order.process(async { Err(error()) }).await;
    assert_eq!(result.unwrap_err().to_string(), error().to_string());
    spans.assert_tree(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote)  error=missing_heartbeat
        ",
    );
}

#[tokio::test]
async fn a_handler_that_is_cancelled_while_it_settles_leaves_spans_that_say_so() {
    let spans = SpanRecorder::new();
    let order = order(&spans.messaging_tracer());
    let handler = order.process(async {
        order.ack(BasicAckOptions::default()).await.unwrap();
        pending::<()>().await;
    });
    assert!(tokio::time::timeout(Duration::from_millis(10), handler).await.is_err());
    spans.assert_tree(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote)  error=cancelled
          └ ack orders    CLIENT
        ",
    );
}

#[tokio::test]
async fn an_owned_delivery_is_processed_and_settled_in_another_task() {
    let spans = SpanRecorder::new();
    let handler = order(&spans.messaging_tracer()).process_owned(|order| async move {
        assert_eq!(order.routing_key.as_str(), "orders");
        order.ack(BasicAckOptions::default()).await
    });
    assert_eq!(tokio::spawn(handler).await.unwrap(), Ok(true));
    spans.assert_tree(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote)
          └ ack orders    CLIENT
        ",
    );
}

#[tokio::test]
async fn what_is_written_for_lapins_acker_makes_the_spans_of_a_settlement() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let order = order(&tracer);
    assert!(order.acker.usable() && !order.acker.poisoned());
    assert_eq!(order.acker.ack(BasicAckOptions::default()).await, Ok(true));
    assert!(!order.acker.usable() && !order.usable());
    assert_eq!(order.acker.nack(BasicNackOptions::default()).await, Ok(false));
    let client = ClientTracer::new(&tracer, ClientFacts::default());
    let delivery = with_headers(delivery("", "orders"), [("traceparent", text(INCOMING))]);
    let got = BasicGetMessage { delivery, message_count: 3 };
    let got: TracedBasicGetMessage = client.received(FromQueue::new(got, "orders".into(), &client));
    assert_eq!(got.acker.reject(BasicRejectOptions::default()).await, Ok(true));
    spans.tree().events(true).assert(
        "
        (remote)
        ├ ack orders     CLIENT
        ├ nack orders    CLIENT  events: tracehop.already_settled
        └ reject orders  CLIENT
        ",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acker_that_was_split_off_settles_in_another_task_with_the_spans_of_its_message() {
    let spans = SpanRecorder::new();
    let mut delivery = with_headers(delivery("shop", "order.new"), [("traceparent", text(INCOMING))]);
    delivery.properties = delivery.properties.with_message_id("m-1".into()).with_correlation_id("c-1".into());
    let order = received(&spans.messaging_tracer(), delivery, "billing");
    let (delivery, acker): (Delivery, TracedAcker) = order.into_inner().split();
    assert_eq!((delivery.data.as_slice(), delivery.routing_key.as_str()), (&b"{}"[..], "order.new"));
    let settled = tokio::spawn(async move { acker.ack(BasicAckOptions::default()).await });
    assert_eq!(settled.await.unwrap(), Ok(true));
    // It is the same acker.
    assert!(!delivery.acker.usable());
    let shown = [
        "messaging.destination.name",
        "messaging.message.id",
        "messaging.message.conversation_id",
        "messaging.rabbitmq.message.delivery_tag",
    ];
    spans.tree().attributes(shown).assert(
        "
        (remote)
        └ ack billing  CLIENT  messaging.destination.name=shop:order.new:billing  messaging.message.id=m-1  \
          messaging.message.conversation_id=c-1  messaging.rabbitmq.message.delivery_tag=7
        ",
    );
}

#[tokio::test]
async fn an_acker_that_was_taken_out_of_its_message_makes_spans_too() {
    let spans = SpanRecorder::new();
    let FromQueue { acker, .. } = order(&spans.messaging_tracer()).into_inner();
    let detached = acker.detached();
    assert_eq!(acker.ack(BasicAckOptions::default()).await, Ok(true));
    assert_eq!(detached.ack(BasicAckOptions::default()).await, Ok(false));
    spans.tree().events(true).assert(
        "
        (remote)
        ├ ack orders  CLIENT
        └ ack orders  CLIENT  events: tracehop.already_settled
        ",
    );
}

#[tokio::test]
async fn a_batch_is_processed_in_one_span() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let batch = [order(&tracer), order(&tracer)];
    let last = batch.last().unwrap();
    process_batch(&batch, last.ack(BasicAckOptions { multiple: true })).await.unwrap();
    spans.assert_tree(
        "
        process orders  CONSUMER  links: (remote)
        └ ack orders    CLIENT
        ",
    );
}

#[tokio::test]
async fn a_batch_of_several_routing_keys_is_named_by_the_queue_that_they_came_from() {
    for (queue, span) in
        [("billing", "process billing"), ("order.new", "process order.new"), ("amq.gen-x1", "process")]
    {
        let spans = SpanRecorder::new();
        let tracer = spans.messaging_tracer();
        let order = |routing_key| received(&tracer, delivery("shop", routing_key), queue);
        process_batch(&[order("order.new"), order("order.paid")], async {}).await;
        let (name, attributes) = only_span(&spans);
        assert_eq!(name, span);
        assert_eq!(attribute(&attributes, "messaging.destination.name").as_deref(), Some(queue));
        let is_anonymous = attribute(&attributes, "messaging.destination.anonymous").is_some();
        assert_eq!(is_anonymous, queue.starts_with("amq."));
    }
}

#[tokio::test]
async fn deliveries_that_no_wrapper_got_are_traced_without_their_queue() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let message = || with_headers(delivery("shop", "order.new"), [("traceparent", text(INCOMING))]);
    tracer.receive::<RabbitMq, _>(message()).process(async {}).await;
    let get = BasicGetMessage { delivery: message(), message_count: 0 };
    tracer.receive::<RabbitMq, _>(get).process(async {}).await;
    let stream = tracer.stream(futures::stream::iter([lapin::Result::Ok(message())]));
    futures::StreamExt::for_each(stream, |message| async move {
        message.unwrap().process(async {}).await;
    })
    .await;
    spans.assert_tree(
        "
        (remote)
        ├ process shop  CONSUMER  links: (remote)
        ├ process shop  CONSUMER  links: (remote)
        └ process shop  CONSUMER  links: (remote)
        ",
    );
}

#[test]
fn nothing_private_is_printed() {
    let spans = SpanRecorder::new();
    let mut delivery = with_headers(delivery("", "orders"), [("password", text("secret"))]);
    delivery.data = b"secret".to_vec();
    let order = received(&spans.messaging_tracer(), delivery, "orders");
    let detached = order.acker.detached();
    for text in [format!("{order:?}"), format!("{:?}", order.message()), format!("{detached:?}")] {
        assert!(!text.contains("secret") && !text.contains("115, 101"), "{text}");
    }
    let mut names = Vec::new();
    Inbound::carrier(order.message())
        .for_each(&mut |name, _| names.push(String::from_utf8_lossy(name).into_owned()));
    assert_eq!(names, ["password"]);
}

#[test]
fn the_clients_message_comes_back() {
    let spans = SpanRecorder::new();
    let order = order(&spans.messaging_tracer());
    let bare: Received<Delivery, RabbitMq> = order.map(FromQueue::into_inner);
    assert_eq!(bare.into_inner(), with_headers(delivery("", "orders"), [("traceparent", text(INCOMING))]));
}

#[tokio::test]
async fn without_an_sdk_the_context_passes_through() {
    let tracer = MessagingTracer::builder()
        .tracer_provider(opentelemetry::trace::noop::NoopTracerProvider::new())
        .build();
    let order = order(&tracer);
    let (inside,) = order
        .process_owned(|order| async move {
            order.ack(BasicAckOptions::default()).await?;
            lapin::Result::Ok((Context::current().span().span_context().span_id(),))
        })
        .await
        .unwrap();
    assert_eq!(inside.to_string(), "b7ad6b7169203331");
}
