//! What subjects are called, and which are left alone.

use async_nats::client::traits::Publisher;
use async_nats::message::OutboundMessage;
use async_nats::{ConnectOptions, PublishErrorKind};
use tracehop::{ClientFacts, Problem};
use tracehop_testing::SpanRecorder;

use crate::support::{Fixture, address, attribute, headers, next, subscribed, try_next, url, within};

const NAMES: [&str; 3] =
    ["messaging.destination.name", "messaging.destination.template", "messaging.destination.temporary"];

#[tokio::test]
async fn the_pattern_of_a_subscription_is_the_template_of_its_subjects() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(format!("{}.*.created", test.name("orders"))).await.unwrap();
    let subject = format!("{}.42.created", test.name("orders"));
    test.client.publish(subject, "{}".into()).await.unwrap();
    next(&mut orders).await.process(async {}).await;
    test.tree(2).await.attributes(NAMES).assert(
        "
        publish                         PRODUCER  #1  messaging.destination.name=orders.42.created
        └ process orders.*.created      CONSUMER  links: #1  messaging.destination.name=orders.42.created  \
          messaging.destination.template=orders.*.created
        ",
    );
}

#[tokio::test]
async fn a_publisher_can_be_told_the_patterns_of_its_subjects() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let patterns = [format!("{}.*.created", test.name("orders")), format!("{}.>", test.name("prices"))];
    let client = test.client.clone().with_templates(&patterns);
    let context = test.context().with_templates(&patterns);
    let created = format!("{}.42.created", test.name("orders"));
    let mut exact = client.subscribe(created.clone()).await.unwrap();
    within(context.publish(created, "{}".into()).await.unwrap().into_future()).await.unwrap();
    next(&mut exact).await.process(async {}).await;
    within(client.request(format!("{}.eu.42", test.name("prices")), "{}".into())).await.unwrap_err();
    client.publish(format!("{}.42.paid", test.name("orders")), "{}".into()).await.unwrap();
    test.tree(4).await.attributes(["messaging.destination.name"]).assert(
        "
        publish orders.*.created      PRODUCER  #1  messaging.destination.name=orders.42.created
        └ process orders.*.created    CONSUMER  links: #1  messaging.destination.name=orders.42.created
        request prices.>              PRODUCER  error=no_responders  messaging.destination.name=prices.eu.42
        publish                       PRODUCER  messaging.destination.name=orders.42.paid
        ",
    );
}

#[tokio::test]
async fn a_subject_with_an_identifier_beside_a_word_is_in_no_span_name() {
    let test = Fixture::new().await;
    for id in ["ord_42", "order-99999", "cus_NffrFeUfNV2Hib"] {
        let subject = format!("{}.{id}.created", test.name("orders"));
        test.client.publish(subject, "{}".into()).await.unwrap();
    }
    test.tree(3).await.attributes(["messaging.destination.name"]).assert(
        "
        publish  PRODUCER  messaging.destination.name=orders.ord_42.created
        publish  PRODUCER  messaging.destination.name=orders.order-99999.created
        publish  PRODUCER  messaging.destination.name=orders.cus_NffrFeUfNV2Hib.created
        ",
    );
}

#[tokio::test]
async fn the_address_of_a_reply_is_in_no_span_name() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let options = ConnectOptions::new().custom_inbox_prefix("replies.checkout");
    let test = Fixture::at(&url(), options, spans, tracer).await;
    let plain = Fixture::new().await;
    for client in [&test.client, &plain.client] {
        let client = client.inner().clone();
        let client = tracehop_nats::IntoTraced::traced(client, &test.tracer);
        let inbox = client.new_inbox();
        let mut replies = client.subscribe(inbox.clone()).await.unwrap();
        client.publish(inbox, "{}".into()).await.unwrap();
        next(&mut replies).await.process(async {}).await;
    }
    test.tree(4).await.attributes(["messaging.destination.temporary"]).assert(
        "
        publish    PRODUCER  #1  messaging.destination.temporary=true
        └ process  CONSUMER  links: #1  messaging.destination.temporary=true
        publish    PRODUCER  #2  messaging.destination.temporary=true
        └ process  CONSUMER  links: #2  messaging.destination.temporary=true
        ",
    );
}

#[tokio::test]
async fn an_acknowledgement_that_is_published_by_hand_stays_as_it_is() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let mut consumer = test.consumer(&stream, "billing").await;
    test.store(&format!("{}.new", test.name("orders"))).await;
    let mut messages = within(consumer.messages()).await.unwrap();
    let order = try_next(&mut messages).await;

    let reply = order.reply.clone().unwrap();
    let peer = test.peer().await;
    let mut acks = within(peer.subscribe("$JS.ACK.>")).await.unwrap();
    subscribed(&peer).await;
    test.client.publish(reply.clone(), "+ACK".into()).await.unwrap();
    let ack = loop {
        let ack = next(&mut acks).await;
        if ack.subject == reply {
            break ack;
        }
    };
    assert_eq!((ack.payload.as_ref(), ack.headers), (&b"+ACK"[..], None));
    // The server takes it for what it is.
    within(async { while consumer.info().await.unwrap().ack_floor.stream_sequence < 1 {} }).await;
    test.tree(1).await.assert("publish orders.new  PRODUCER");
}

#[tokio::test]
async fn the_facts_the_user_gives_are_on_every_span() {
    let test = Fixture::new().await;
    let facts = ClientFacts::default().server("nats-1", 4222).client_id("checkout-1");
    let client = test.client.clone().with_facts(facts);
    let mut orders = client.queue_subscribe(test.name("orders"), "billing".to_owned()).await.unwrap();
    client.publish(test.name("orders"), "{}".into()).await.unwrap();
    next(&mut orders).await.process(async {}).await;
    let shown = ["server.address", "server.port", "messaging.client.id", "messaging.consumer.group.name"];
    test.tree(2).await.attributes(shown).assert(
        "
        publish orders    PRODUCER  #1  server.address=nats-1  server.port=4222  \
        messaging.client.id=checkout-1
        └ process orders  CONSUMER  links: #1  server.address=nats-1  server.port=4222  \
          messaging.client.id=checkout-1  messaging.consumer.group.name=billing
        ",
    );
}

#[tokio::test]
async fn spans_say_what_they_are_about() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().record_body_sizes(true).build();
    let test = Fixture::with_tracer(spans, tracer).await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let given = headers(&[("Nats-Msg-Id", "ord_42")]);
    test.client.publish_with_headers(test.name("orders"), given, "{}".into()).await.unwrap();
    next(&mut orders).await.process(async {}).await;

    let info = test.client.server_info();
    let known = Some(address(&info));
    let spans = test.ended(2).await;
    for (span, name, operation) in [(&spans[0], "publish", "send"), (&spans[1], "process", "process")] {
        for (key, expected) in [
            ("messaging.system", "nats"),
            ("messaging.operation.name", name),
            ("messaging.operation.type", operation),
            ("messaging.destination.name", "orders"),
            ("messaging.message.id", "ord_42"),
            ("messaging.message.body.size", "2"),
        ] {
            assert_eq!(attribute(span, key).as_deref(), Some(expected), "{key} of {name}");
        }
        let shown = attribute(span, "server.address").zip(attribute(span, "server.port"));
        assert_eq!(shown, known, "{name}");
        for absent in ["error.type", "messaging.consumer.group.name", "messaging.message.conversation_id"] {
            assert_eq!(attribute(span, absent), None, "{absent} of {name}");
        }
    }
}

/// What an application may be generic over.
async fn publish_orders(to: &impl Publisher, subject: String) {
    let message = OutboundMessage {
        subject: subject.as_str().into(),
        reply: Some("replies".into()),
        payload: "{}".into(),
        headers: None,
    };
    to.publish_message(message).await.unwrap();
    to.publish_with_reply(subject, "replies", "{}".into()).await.unwrap();
}

#[tokio::test]
async fn generic_code_takes_the_wrapper_for_the_client() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    publish_orders(&test.client, test.name("orders")).await;
    for _ in 0..2 {
        let order = next(&mut orders).await;
        assert!(order.creation().is_valid());
        assert_eq!(order.reply.as_deref(), Some("replies"));
    }
    test.tree(2).await.assert(
        "
        publish orders  PRODUCER
        publish orders  PRODUCER
        ",
    );
}

#[tokio::test]
async fn what_the_client_refuses_is_the_clients_error() {
    let test = Fixture::new().await;
    for result in [
        test.client.publish("two words", "{}".into()).await,
        test.client.publish_with_reply(test.name("orders"), "two words", "{}".into()).await,
        test.client.publish_with_headers("two words", headers(&[]), "{}".into()).await,
    ] {
        assert_eq!(result.unwrap_err().kind(), PublishErrorKind::InvalidSubject);
    }
    test.tree(3).await.assert(
        "
        publish two words  PRODUCER  error=invalid_subject
        publish orders     PRODUCER  error=invalid_subject
        publish two words  PRODUCER  error=invalid_subject
        ",
    );
    assert_eq!(test.tracer.problem_count(Problem::HeaderRefused), 0);
}
