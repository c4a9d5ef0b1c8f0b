//! Core NATS: one message from hop to hop.

use futures::{StreamExt, stream};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use tracehop::Existing;
use tracehop_testing::SpanRecorder;

use crate::support::{FOREIGN, Fixture, attribute, dump, headers, next, subscribed, within};

#[tokio::test]
async fn one_publish_and_one_process_are_one_linked_trace() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    test.client.publish(test.name("orders"), "{}".into()).await.unwrap();
    let order = next(&mut orders).await;
    assert_eq!(order.payload.as_ref(), b"{}");
    let sent = order.process(async { test.client.publish(test.name("shipments"), "{}".into()).await }).await;
    sent.unwrap();
    test.tree(3).await.assert(
        "
        publish orders         PRODUCER  #1
        └ process orders       CONSUMER  links: #1
          └ publish shipments  PRODUCER
        ",
    );
    assert!(!Context::current().has_active_span());
}

#[tokio::test]
async fn a_message_goes_to_one_member_of_a_queue_group_and_names_it() {
    let test = Fixture::new().await;
    let join = || test.client.queue_subscribe(test.name("orders"), "billing".to_owned());
    let (one, other) = (within(join()).await.unwrap(), within(join()).await.unwrap());
    test.client.publish(test.name("orders"), "{}".into()).await.unwrap();
    let mut either = stream::select(one, other);
    next(&mut either).await.process(async {}).await;
    test.tree(2).await.attributes(["messaging.consumer.group.name"]).assert(
        "
        publish orders    PRODUCER  #1
        └ process orders  CONSUMER  links: #1  messaging.consumer.group.name=billing
        ",
    );
}

#[tokio::test]
async fn every_subscriber_links_to_the_one_publish() {
    let test = Fixture::new().await;
    let mut one = test.client.subscribe(test.name("orders")).await.unwrap();
    let mut other = test.client.subscribe(test.name("orders")).await.unwrap();
    test.client.publish(test.name("orders"), "{}".into()).await.unwrap();
    next(&mut one).await.process(async {}).await;
    let failed: Result<(), String> = next(&mut other).await.process(async { Err("no".to_owned()) }).await;
    assert!(failed.is_err());
    test.tree(3).await.assert(
        "
        publish orders    PRODUCER  #1
        ├ process orders  CONSUMER  links: #1
        └ process orders  CONSUMER  links: #1  error=_OTHER
        ",
    );
}

#[tokio::test]
async fn an_unsubscribed_stream_ends() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    orders.unsubscribe_after(2).await.unwrap();
    for _ in 0..3 {
        test.client.publish(test.name("orders"), "{}".into()).await.unwrap();
    }
    let got: Vec<_> = within(orders.by_ref().collect()).await;
    assert_eq!(got.len(), 2);

    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    orders.unsubscribe().await.unwrap();
    assert!(within(orders.next()).await.is_none());
    test.spans.clear();
}

#[tokio::test]
async fn a_publish_is_the_child_of_the_span_around_it() {
    let test = Fixture::new().await;
    let cx = Context::current_with_span(test.spans.tracer().start("checkout"));
    test.client.publish(test.name("orders"), "{}".into()).with_context(cx).await.unwrap();
    test.tree(2).await.assert(
        "
        checkout          INTERNAL
        └ publish orders  PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_raw_subscriber_sees_plain_w3c_headers() {
    use opentelemetry::KeyValue;
    use opentelemetry::baggage::BaggageExt;

    let test = Fixture::new().await;
    let peer = test.peer().await;
    let mut orders = within(peer.subscribe(test.name("orders"))).await.unwrap();
    subscribed(&peer).await;
    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a")]);
    let given = headers(&[("kept", "1"), ("kept", "2")]);
    let sent = test.client.publish_with_headers(test.name("orders"), given, "{}".into());
    sent.with_context(cx).await.unwrap();

    let order = next(&mut orders).await;
    let span = test.ended(1).await.remove(0).span_context;
    let traceparent = format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags());
    let expected = [("baggage", "tenant=a"), ("kept", "1"), ("kept", "2"), ("traceparent", &traceparent)];
    assert_eq!(
        dump(order.headers.as_ref()),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn a_raw_publishers_context_is_continued() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    test.subscribed().await;
    let given = headers(&[("Traceparent", FOREIGN), ("tracestate", "vendor=1")]);
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
async fn a_relay_that_copies_its_inbound_headers_replaces_the_stale_context() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let mut shipments = test.client.subscribe(test.name("shipments")).await.unwrap();
    test.client.publish(test.name("orders"), "{}".into()).await.unwrap();
    let order = next(&mut orders).await;
    let copied = order.headers.clone().unwrap();
    let relayed = test.client.publish_with_headers(test.name("shipments"), copied, "{}".into());
    order.process(relayed).await.unwrap();
    next(&mut shipments).await.process(async {}).await;
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
async fn after_ten_republishes_each_context_header_stands_once_and_foreign_headers_are_untouched() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let foreign = [("Tag", "x"), ("empty", ""), ("tag", "2"), ("tag", "1"), ("tag", "2"), ("umlaut", "ä")];
    let given = headers(&foreign);
    test.client.publish_with_headers(test.name("orders"), given, "{}".into()).await.unwrap();
    for _ in 0..10 {
        let order = next(&mut orders).await;
        let copied = order.headers.clone().unwrap();
        let again = test.client.publish_with_headers(test.name("orders"), copied, "{}".into());
        order.process(again).await.unwrap();
    }
    let last = next(&mut orders).await;
    let mut expected: Vec<_> =
        foreign.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    expected.insert(5, ("traceparent".to_owned(), last.creation().to_string()));
    assert_eq!(dump(last.headers.as_ref()), expected);
}

#[tokio::test]
async fn a_context_from_an_outbox_is_kept_and_linked() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let stored = headers(&[("traceparent", FOREIGN)]);
    test.client.publish_with_headers(test.name("orders"), stored, "{}".into()).await.unwrap();
    let order = next(&mut orders).await;
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
async fn a_context_on_the_message_is_replaced_where_that_is_asked_for() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().existing(Existing::Replace).build();
    let test = Fixture::with_tracer(spans, tracer).await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    // Another spelling of a name does not stay behind.
    let stored = headers(&[("traceparent", FOREIGN), ("Traceparent", FOREIGN), ("tag", "1"), ("tag", "2")]);
    test.client.publish_with_headers(test.name("orders"), stored, "{}".into()).await.unwrap();
    let order = next(&mut orders).await;
    let names: Vec<_> = dump(order.headers.as_ref()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["tag", "tag", "traceparent"]);
    order.process(async {}).await;
    test.tree(2).await.assert(
        "
        publish orders    PRODUCER  #1
        └ process orders  CONSUMER  links: #1
        ",
    );
}

#[tokio::test]
async fn an_unsampled_parent_travels_on_and_nothing_is_recorded() {
    let spans = SpanRecorder::unsampled();
    let tracer = spans.messaging_tracer();
    let test = Fixture::with_tracer(spans, tracer).await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let publish = || test.client.publish(test.name("orders"), "{}".into());
    publish().await.unwrap();
    let first = next(&mut orders).await;
    assert!(first.creation().is_valid() && !first.creation().is_sampled());
    first.process(publish()).await.unwrap();
    let second = next(&mut orders).await;
    assert_eq!(second.creation().trace_id(), first.creation().trace_id());
    assert_ne!(second.creation().span_id(), first.creation().span_id());
    test.tree(0).await.assert("");
}

#[tokio::test]
async fn concurrent_handlers_keep_their_contexts_apart() {
    let test = Fixture::new().await;
    let orders = test.client.subscribe(test.name("orders")).await.unwrap();
    for _ in 0..50 {
        test.client.publish(test.name("orders"), "{}".into()).await.unwrap();
    }
    let handled = orders.take(50).for_each_concurrent(16, |order| async move {
        let expected = order.creation().trace_id();
        let handler = async {
            tokio::task::yield_now().await;
            assert_eq!(Context::current().span().span_context().trace_id(), expected);
        };
        order.process(handler).await;
    });
    within(handled).await;
    assert!(!Context::current().has_active_span());
    assert_eq!(test.ended(100).await.len(), 100);
}

#[tokio::test]
async fn a_handler_may_take_the_message_into_a_task_of_its_own() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(format!("{}.*", test.name("orders"))).await.unwrap();
    test.client.publish(format!("{}.new", test.name("orders")), "{}".into()).await.unwrap();
    let order = next(&mut orders).await;
    let client = test.client.clone();
    let shipments = test.name("shipments");
    let handled = tokio::spawn(order.process_owned(|order| async move {
        client.publish(shipments, order.into_inner().into_inner().payload).await
    }));
    within(handled).await.unwrap().unwrap();
    let spans = test.ended(3).await;
    assert_eq!(attribute(&spans[1], "messaging.destination.name").as_deref(), Some("orders.new"));
    test.tree(3).await.assert(
        "
        publish orders.new     PRODUCER  #1
        └ process orders.*     CONSUMER  links: #1
          └ publish shipments  PRODUCER
        ",
    );
}
