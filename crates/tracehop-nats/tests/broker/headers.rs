//! What a message's headers cannot hold, and what servers make of them.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use async_nats::{ConnectOptions, PublishErrorKind};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::FutureExt;
use opentelemetry::{Context, KeyValue, StringValue};
use tracehop::{MessagePropagator, Problem};
use tracehop_testing::SpanRecorder;

use crate::support::{FOREIGN, Fixture, dump, headers, next, within};

/// A propagator of one's own, which writes one header.
#[derive(Debug)]
struct Custom {
    fields: [String; 1],
    value: &'static str,
}

impl TextMapPropagator for Custom {
    fn inject_context(&self, _: &Context, injector: &mut dyn Injector) {
        injector.set(&self.fields[0], self.value.to_owned());
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let _ = extractor.get(&self.fields[0]);
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

async fn with_custom(name: &str, value: &'static str) -> Fixture {
    let spans = SpanRecorder::new();
    let propagator = MessagePropagator::builder().other(Custom { fields: [name.to_owned()], value }).build();
    let tracer = spans.messaging_tracer_builder().propagator(propagator).build();
    Fixture::with_tracer(spans, tracer).await
}

#[tokio::test]
async fn a_header_that_nats_cannot_hold_is_left_out_and_reported_and_the_message_goes() {
    for (name, value) in [
        ("x-custom", "1\r\nx-injected: 1"),
        ("x-custom", "\n"),
        ("x custom", "1"),
        ("x:custom", "1"),
        ("", "1"),
        ("x-ümlaut", "1"),
    ] {
        let test = with_custom(name, value).await;
        let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
        let given = headers(&[("tag", "1"), ("tag", "2")]);
        test.client.publish_with_headers(test.name("orders"), given, "{}".into()).await.unwrap();
        let order = next(&mut orders).await;
        let names: Vec<_> = dump(order.headers.as_ref()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["tag", "tag", "traceparent"], "{name:?}: {value:?}");
        order.process(async {}).await;
        assert_eq!(test.tracer.problem_count(Problem::HeaderRefused), 1, "{name:?}: {value:?}");
        test.tree(2).await.events(true).assert(
            "
            publish orders    PRODUCER  #1  events: tracehop.header_refused
            └ process orders  CONSUMER  links: #1
            ",
        );
    }
}

#[tokio::test]
async fn baggage_with_line_breaks_travels_encoded() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a\r\nx-injected: 1")]);
    test.client.publish(test.name("orders"), "{}".into()).with_context(cx).await.unwrap();
    let order = next(&mut orders).await;
    let names: Vec<_> = dump(order.headers.as_ref()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["baggage", "traceparent"]);
    let baggage = order.creation().baggage();
    assert_eq!(baggage.get("tenant").map(StringValue::as_str), Some("a\r\nx-injected: 1"));
}

#[tokio::test]
async fn a_line_break_in_the_metadata_of_baggage_costs_that_member_at_most() {
    use opentelemetry::baggage::KeyValueMetadata;

    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let hostile = KeyValueMetadata::new("hostile", "1", "a=1\r\nx-injected: 1");
    let cx = Context::new().with_baggage([hostile]);
    test.client.publish(test.name("orders"), "{}".into()).with_context(cx).await.unwrap();
    let order = next(&mut orders).await;
    assert!(order.creation().is_valid());
    let names: Vec<_> = dump(order.headers.as_ref()).into_iter().map(|(name, _)| name).collect();
    assert!(!names.contains(&"x-injected".to_owned()), "{names:?}");
}

/// The bytes of a block of headers, as the client writes it.
fn block(headers: &[(String, String)]) -> usize {
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("NATS/1.0\r\n{}\r\n", lines.concat()).len()
}

#[tokio::test]
async fn headers_for_which_the_server_has_no_room_are_left_out_and_the_message_goes() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a")]);
    let publish = |payload: usize| {
        test.client.publish(test.name("orders"), vec![b' '; payload].into()).with_context(cx.clone())
    };
    publish(0).await.unwrap();
    let full = dump(next(&mut orders).await.headers.as_ref());
    let [baggage, traceparent] = &full[..] else { panic!("{full:?}") };
    let names = |got: Vec<(String, String)>| got.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!((baggage.0.as_str(), traceparent.0.as_str()), ("baggage", "traceparent"));

    let max = test.client.max_payload();
    let only_context = std::slice::from_ref(traceparent);
    for (payload, expected) in [
        (max - block(&full), &["baggage", "traceparent"][..]),
        (max - block(&full) + 1, &["traceparent"]),
        (max - block(only_context), &["traceparent"]),
        (max - block(only_context) + 1, &[]),
        (max, &[]),
    ] {
        publish(payload).await.unwrap();
        let order = next(&mut orders).await;
        assert_eq!(names(dump(order.headers.as_ref())), expected, "{payload} of {max} bytes");
        assert_eq!(order.payload.len(), payload);
    }
    assert_eq!(publish(max + 1).await.unwrap_err().kind(), PublishErrorKind::MaxPayloadExceeded);
    test.tree(7).await.events(true).assert(
        "
        publish orders  PRODUCER
        publish orders  PRODUCER
        publish orders  PRODUCER  events: tracehop.header_refused
        publish orders  PRODUCER  events: tracehop.header_refused
        publish orders  PRODUCER  events: tracehop.header_refused
        publish orders  PRODUCER  events: tracehop.header_refused
        publish orders  PRODUCER  error=max_payload_exceeded  events: tracehop.header_refused
        ",
    );
    assert_eq!(test.tracer.problem_count(Problem::HeaderRefused), 5);
}

#[tokio::test]
async fn a_traceparent_that_a_server_renamed_is_found() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    test.subscribed().await;
    let given = headers(&[("Xraceparent", FOREIGN), ("tracestate", "vendor=1")]);
    let peer = test.peer().await;
    peer.publish_with_headers(test.name("orders"), given, "{}".into()).await.unwrap();
    let order = next(&mut orders).await;
    assert_eq!(order.creation().to_string(), format!("{FOREIGN};tracestate=vendor=1"));
    order.process(async {}).await;
    test.tree(1).await.assert(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote)
        ",
    );
}

#[tokio::test]
async fn a_propagator_that_asks_for_an_impossible_name_does_no_harm() {
    let test = with_custom("x custom:", "1").await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    test.subscribed().await;
    let given = headers(&[("traceparent", FOREIGN)]);
    let peer = test.peer().await;
    peer.publish_with_headers(test.name("orders"), given, "{}".into()).await.unwrap();
    assert_eq!(next(&mut orders).await.creation().to_string(), FOREIGN);
}

/// A server as they were before 2.2: takes one message, and says what it was given.
fn server_without_headers() -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let info = r#"INFO {"server_id":"old","version":"2.1.9","max_payload":1048576,"proto":1}"#;
        client.write_all(format!("{info}\r\n").as_bytes()).unwrap();
        let mut lines = BufReader::new(client.try_clone().unwrap()).lines().map(Result::unwrap);
        let published = |line: &String| line.starts_with("PUB") || line.starts_with("HPUB");
        loop {
            match lines.next().unwrap() {
                line if line == "PING" => client.write_all(b"PONG\r\n").unwrap(),
                line if published(&line) => break line,
                _ => {}
            }
        }
    });
    (url, serving)
}

#[tokio::test]
async fn a_server_that_takes_no_headers_is_given_none() {
    let (url, server) = server_without_headers();
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let test = Fixture::at(&url, ConnectOptions::new(), spans, tracer).await;
    test.client.publish("orders", "{}".into()).await.unwrap();
    within(test.client.flush()).await.unwrap();
    let published = within(tokio::task::spawn_blocking(|| server.join().unwrap())).await.unwrap();
    assert_eq!(published, "PUB orders 2");
    test.tree(1).await.events(true).assert("publish orders  PRODUCER  events: tracehop.header_refused");
}
