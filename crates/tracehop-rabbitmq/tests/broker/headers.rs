//! What is on the wire, and what is made of it.

use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicPublishOptions};
use lapin::types::{AMQPValue, DecimalValue, FieldArray, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::FutureExt;
use opentelemetry::{Context, KeyValue};
use tracehop::{Existing, Problem};
use tracehop_testing::SpanRecorder;

use crate::support::{Fixture, next, publish, table, text, url, within};

const FOREIGN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn with_headers(headers: FieldTable) -> BasicProperties {
    BasicProperties::default().with_headers(headers)
}

/// Takes a message as a service without tracing would.
async fn get(peer: &Channel, queue: &ShortString) -> BasicGetMessage {
    let got = peer.basic_get(queue.clone(), BasicGetOptions { no_ack: true });
    within(got).await.unwrap().expect("the message has arrived")
}

/// Sends one as such a service would.
async fn give(peer: &Channel, queue: &ShortString, headers: FieldTable) {
    let (options, properties) = (BasicPublishOptions::default(), with_headers(headers));
    let confirm = within(peer.basic_publish("".into(), queue.clone(), options, b"{}", properties));
    assert_eq!(within(confirm.await.unwrap()).await, Ok(Confirmation::Ack(None)));
}

/// Values of every type that RabbitMQ stores.
fn foreign() -> FieldTable {
    let values = [
        ("boolean", AMQPValue::Boolean(true)),
        ("byte", AMQPValue::ShortShortInt(-8)),
        ("short", AMQPValue::ShortInt(-16)),
        ("integer", AMQPValue::LongInt(-32)),
        ("long", AMQPValue::LongLongInt(-64)),
        ("unsigned", AMQPValue::LongUInt(32)),
        ("float", AMQPValue::Float(1.5)),
        ("double", AMQPValue::Double(2.5)),
        ("decimal", AMQPValue::DecimalValue(DecimalValue { scale: 2, value: 314 })),
        ("text", text("ä")),
        ("photo", text(b"\x89PNG\xff\0".to_vec())),
        ("empty", text("")),
        ("time", AMQPValue::Timestamp(1_700_000_000)),
        ("bytes", AMQPValue::ByteArray(vec![0, 1, 255].into())),
        ("void", AMQPValue::Void),
    ];
    let mut table = table(&values);
    let all = FieldArray::from(values.map(|(_, value)| value).to_vec());
    table.insert("array".into(), AMQPValue::FieldArray(all));
    let nested = AMQPValue::FieldTable(table.clone());
    table.insert("nested".into(), nested);
    table
}

fn without_context(headers: &FieldTable) -> FieldTable {
    let context = ["traceparent", "tracestate", "baggage"];
    let mut table = FieldTable::default();
    for (name, value) in headers.into_iter().filter(|(name, _)| !context.contains(&name.as_str())) {
        table.insert(name.clone(), value.clone());
    }
    table
}

/// Tables and arrays in one another, so many of them. lapin's debug build reads some 150, and then overflows its stack.
fn nested(depth: i32) -> FieldTable {
    (0..depth).fold(FieldTable::default(), |inner, level| {
        let inner = AMQPValue::FieldTable(inner);
        let inner = if level % 2 == 0 { inner } else { AMQPValue::FieldArray(vec![inner].into()) };
        table(&[("inner", inner), ("level", AMQPValue::LongInt(level))])
    })
}

#[tokio::test]
async fn a_hundred_nested_tables_are_read_and_sent_on_as_they_are() {
    let test = Fixture::new().await;
    let (orders, relayed, dead) =
        (test.queue("orders").await, test.queue("relayed").await, test.queue("dead").await);
    let given = nested(100);
    let mut headers = given.clone();
    headers.insert("traceparent".into(), text(FOREIGN));
    // Where a value or a count is looked for there may be nested tables, too.
    headers.insert("tracestate".into(), AMQPValue::FieldTable(given.clone()));
    headers.insert("x-delivery-count".into(), AMQPValue::FieldTable(given.clone()));
    give(&test.peer().await, &orders, headers).await;
    let order = next(&mut test.consume(&orders).await).await;
    assert_eq!(order.creation().to_string(), FOREIGN);
    order
        .process(async {
            test.publish(&relayed, order.properties.clone()).await;
            test.channel.forward(&order, "".into(), dead.clone(), "no stock").await.unwrap();
            order.ack(BasicAckOptions::default()).await
        })
        .await
        .unwrap();
    for queue in [&relayed, &dead] {
        let copy = get(&test.peer().await, queue).await;
        let headers = copy.properties.headers().as_ref().unwrap().inner();
        for (name, value) in given.inner() {
            assert_eq!(headers.get(name), Some(value), "{queue}");
        }
        assert_ne!(headers.get("traceparent"), Some(&text(FOREIGN)), "{queue}");
    }
    test.tree(4).await.assert(
        "
        (remote)
        └ process orders       CONSUMER  links: (remote)
          ├ publish relayed    PRODUCER
          ├ publish dead       PRODUCER
          └ ack orders         CLIENT
        ",
    );
}

#[tokio::test]
async fn a_raw_consumer_sees_plain_w3c_headers() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a")]);
    let properties = with_headers(table(&[("kept", AMQPValue::LongInt(1))]));
    publish(&test.channel, "", orders.as_str(), properties).with_context(cx).await.unwrap();

    let message = get(&test.peer().await, &orders).await;
    let span = test.ended(1).await.remove(0).span_context;
    let traceparent = format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags());
    assert_eq!(
        message.properties.headers().as_ref().unwrap(),
        &table(&[
            ("baggage", text("tenant=a")),
            ("kept", AMQPValue::LongInt(1)),
            ("traceparent", text(traceparent))
        ]),
    );
}

#[tokio::test]
async fn a_raw_producers_context_is_continued() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let headers = [("traceparent", text(FOREIGN)), ("tracestate", text("vendor=1"))];
    give(&test.peer().await, &orders, table(&headers)).await;
    let order = next(&mut test.consume(&orders).await).await;
    assert_eq!(order.creation().to_string(), format!("{FOREIGN};tracestate=vendor=1"));
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    test.tree(2).await.assert(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote)
          └ ack orders    CLIENT
        ",
    );
}

#[tokio::test]
async fn a_relay_that_copies_its_inbound_headers_replaces_the_stale_context() {
    let test = Fixture::new().await;
    let (orders, shipments) = (test.queue("orders").await, test.queue("shipments").await);
    test.publish(&orders, with_headers(table(&[("tenant", text("a"))]))).await;
    let order = next(&mut test.consume(&orders).await).await;
    order
        .process(async {
            test.publish(&shipments, order.properties.clone()).await;
        })
        .await;
    let shipment = next(&mut test.consume(&shipments).await).await;
    assert_eq!(
        without_context(shipment.properties.headers().as_ref().unwrap()),
        table(&[("tenant", text("a"))])
    );
    shipment.process(async {}).await;
    test.tree(4).await.assert(
        "
        publish orders           PRODUCER  #1
        └ process orders         CONSUMER  links: #1
          └ publish shipments    PRODUCER  #2
            └ process shipments  CONSUMER  links: #2
        ",
    );
}

#[tokio::test]
async fn a_context_from_an_outbox_is_kept_and_linked() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    test.publish(&orders, with_headers(table(&[("traceparent", text(FOREIGN))]))).await;
    let order = next(&mut test.consume(&orders).await).await;
    assert_eq!(order.creation().to_string(), FOREIGN);
    order.process(async {}).await;
    test.tree(2).await.assert(
        "
        publish orders    CLIENT    links: (remote)
        (remote)
        └ process orders  CONSUMER  links: (remote)
        ",
    );
}

#[tokio::test]
async fn after_ten_republishes_each_context_header_stands_once_and_foreign_ones_are_identical() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let peer = test.peer().await;
    // As the broker gives it back: for example, it knows no unsigned shorts.
    give(&peer, &orders, foreign()).await;
    let original = get(&peer, &orders).await.properties.headers().clone().unwrap();
    assert_eq!(original, foreign());

    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a")]);
    let first = publish(&test.channel, "", orders.as_str(), with_headers(original.clone()));
    first.with_context(cx).await.unwrap();
    let mut consumer = test.consume(&orders).await;
    for _ in 0..10 {
        let order = next(&mut consumer).await;
        order
            .process(async {
                test.publish(&orders, order.properties.clone()).await;
                order.ack(BasicAckOptions::default()).await
            })
            .await
            .unwrap();
    }
    let last = next(&mut consumer).await;
    let headers = last.properties.headers().as_ref().unwrap();
    assert_eq!(without_context(headers), original);
    assert_eq!(headers.inner().get("baggage"), Some(&text("tenant=a")));
    assert_eq!(headers.inner().len(), original.inner().len() + 2);
    assert_eq!(last.creation().to_string().split(';').next(), headers.inner().get("traceparent").map(utf8));
    assert_eq!(last.creation().trace_id(), test.ended(31).await[0].span_context.trace_id());
}

fn utf8(value: &AMQPValue) -> &str {
    std::str::from_utf8(value.as_long_string().unwrap().as_bytes()).unwrap()
}

#[tokio::test]
async fn hostile_headers_stop_no_message_and_make_no_context() {
    let nested = |depth: usize| {
        (0..depth).fold(AMQPValue::Void, |inner, _| AMQPValue::FieldTable(table(&[("traceparent", inner)])))
    };
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let peer = test.peer().await;
    let values = [
        AMQPValue::LongInt(1),
        AMQPValue::LongLongInt(i64::MIN),
        AMQPValue::Boolean(true),
        AMQPValue::Void,
        AMQPValue::Timestamp(u64::MAX),
        AMQPValue::Double(1.0),
        AMQPValue::FieldTable(table(&[("traceparent", text(FOREIGN))])),
        AMQPValue::FieldArray(FieldArray::default()),
        AMQPValue::FieldArray(vec![AMQPValue::Void, AMQPValue::LongInt(1)].into()),
        AMQPValue::ByteArray(vec![0xff; 55].into()),
        AMQPValue::ByteArray(vec![0; 29].into()),
        text(b"00-\xff\xfe-\x80".to_vec()),
        text(vec![0xff; 100_000]),
        text(""),
        text("garbage"),
        nested(50),
    ];
    for value in &values {
        let headers =
            [("traceparent", value.clone()), ("tracestate", value.clone()), ("baggage", value.clone())];
        // The long one fits but once.
        let headers = if value.as_long_string().is_some_and(|long| long.len() > 10_000) {
            table(&headers[..1])
        } else {
            table(&headers)
        };
        give(&peer, &orders, headers).await;
    }
    let mut consumer = test.consume(&orders).await;
    for value in &values {
        let order = next(&mut consumer).await;
        assert!(!order.creation().is_valid(), "{value:?}");
        // Whatever it was, it can be sent on, with a context.
        order
            .process(async {
                test.publish(&orders, order.properties.clone()).await;
                order.ack(BasicAckOptions::default()).await
            })
            .await
            .unwrap();
    }
    for value in &values {
        assert!(next(&mut consumer).await.creation().is_valid(), "{value:?}");
    }
    test.ended(values.len() * 3).await;
}

#[tokio::test]
async fn a_binary_context_is_continued() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let mut binary = vec![0, 0];
    binary.extend(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes());
    binary.push(1);
    binary.extend(0xb7ad_6b71_6920_3331_u64.to_be_bytes());
    binary.extend([2, 1]);
    let peer = test.peer().await;
    for value in [AMQPValue::ByteArray(binary.clone().into()), text(binary)] {
        give(&peer, &orders, table(&[("traceparent", value)])).await;
    }
    let mut consumer = test.consume(&orders).await;
    for _ in 0..2 {
        assert_eq!(next(&mut consumer).await.creation().to_string(), FOREIGN);
    }
}

/// What the tracer is told to send, and the largest frame.
struct Crowded {
    frame_max: u32,
    /// Bytes of the user's header.
    body: usize,
    /// Bytes of baggage.
    baggage: usize,
}

/// Publishes it, and shows which context headers arrive.
async fn arrive(crowded: &Crowded) -> (Fixture, Vec<String>) {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().existing(Existing::Replace).build();
    let url = format!("{}?frame_max={}", url(), crowded.frame_max);
    let test = Fixture::at(&url, lapin::ConnectionProperties::default(), spans, tracer).await;
    assert_eq!(test.connection.configuration().frame_max(), crowded.frame_max);
    let orders = test.queue("orders").await;
    let body = text("x".repeat(crowded.body));
    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a".repeat(crowded.baggage))]);
    let properties = with_headers(table(&[("body", body.clone())]));
    let confirmation = publish(&test.channel, "", orders.as_str(), properties).with_context(cx).await;
    assert_eq!(confirmation, Ok(Confirmation::Ack(None)), "the message goes in any case");
    let message = get(&test.peer().await, &orders).await;
    let headers = message.properties.headers().as_ref().unwrap();
    assert_eq!(headers.inner().get("body"), Some(&body));
    assert!(test.connection.status().connected());
    let names = headers.inner().keys().map(ToString::to_string).filter(|name| name != "body").collect();
    (test, names)
}

#[tokio::test]
async fn context_that_has_no_room_is_left_out_and_the_message_goes() {
    // The frame without headers, the table's length, and `body` without its text. A `traceparent` takes 72 bytes.
    let fixed = 22 + 4 + 10;
    for (frame_max, body, baggage, expected, refused) in [
        (131_072, 120_000, 1_000, &["baggage", "traceparent"][..], 0),
        (131_072, 128_000, 4_000, &["traceparent"], 1),
        (131_072, 131_072 - fixed - 72, 1, &["traceparent"], 1),
        (131_072, 131_072 - fixed - 71, 1, &[], 1),
        (131_072, 131_072 - fixed, 1, &[], 1),
        (8_192, 7_000, 10, &["baggage", "traceparent"], 0),
        (8_192, 7_000, 2_000, &["traceparent"], 1),
        (8_192, 8_192 - fixed - 10, 2_000, &[], 1),
    ] {
        let (test, names) = arrive(&Crowded { frame_max, body, baggage }).await;
        assert_eq!(names, expected, "{body} bytes in {frame_max}");
        assert_eq!(test.tracer.problem_count(Problem::HeaderRefused), refused, "{body} bytes in {frame_max}");
        let events = if refused == 0 { "" } else { "  events: tracehop.header_refused" };
        test.tree(1).await.events(true).assert(&format!("publish orders  PRODUCER{events}"));
    }
}
