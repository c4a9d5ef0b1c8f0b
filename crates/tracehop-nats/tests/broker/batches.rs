//! Several messages with one call: publishing them, getting them, handling them and acknowledging them.

use std::future::poll_fn;
use std::task::Poll;
use std::thread;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{ContextBuilder, PublishError, PublishErrorKind};
use async_nats::jetstream::message::{OutboundMessage as StreamOutbound, PublishMessage};
use async_nats::message::OutboundMessage;
use async_nats::{Client, ConnectOptions, client};
use futures::stream::FusedStream;
use futures::{StreamExt, TryStreamExt};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::SpanData;
use tracehop::process_batch;
use tracehop_nats::{
    IntoTraced, MessagingTracerBuilder, TracedBatches, TracedContext, TracedMessage, ack_all,
};
use tracehop_testing::SpanRecorder;

use crate::support::{
    DEADLINE, FOREIGN, Fixture, address, attribute, dump, headers, next, subscribed, try_next, url, within,
};

const COUNT: &str = "messaging.batch.message_count";
const ID: &str = "messaging.message.id";

/// A test with other settings.
async fn set_up(set: impl FnOnce(MessagingTracerBuilder) -> MessagingTracerBuilder) -> Fixture {
    let spans = SpanRecorder::new();
    let tracer = set(spans.messaging_tracer_builder()).build();
    Fixture::with_tracer(spans, tracer).await
}

/// A message of core NATS.
fn plain(subject: &str, payload: impl Into<Vec<u8>>) -> OutboundMessage {
    OutboundMessage { subject: subject.into(), payload: payload.into().into(), reply: None, headers: None }
}

/// A message to a stream.
fn order(subject: &str) -> StreamOutbound {
    StreamOutbound::new(subject.into(), "{}".into(), None)
}

/// Messages to a stream, numbered from 0.
fn numbered(subject: &str, count: usize) -> Vec<StreamOutbound> {
    (0..count).map(|number| StreamOutbound::new(subject.into(), number.to_string().into(), None)).collect()
}

/// The next messages of a consumer of all that a stream has, as one batch.
async fn receive(test: &Fixture, policy: AckPolicy, count: usize) -> Vec<TracedMessage> {
    try_next(&mut consume(test, policy, count).await).await
}

async fn consume(
    test: &Fixture,
    policy: AckPolicy,
    most: usize,
) -> TracedBatches<pull::Stream, pull::MessagesError> {
    let stream = within(test.context().get_stream(test.name("orders"))).await.unwrap();
    let config = pull::Config {
        durable_name: Some(test.name("billing")),
        ack_policy: policy,
        ..pull::Config::default()
    };
    let consumer = within(stream.create_consumer(config)).await.unwrap().traced(&test.tracer);
    within(consumer.messages()).await.unwrap().batches(most, DEADLINE)
}

/// Waits until the server has taken all messages of a consumer for handled.
async fn settled(test: &Fixture, group: &str) {
    let stream = within(test.context().get_stream(test.name("orders"))).await.unwrap();
    let mut consumer = within(stream.get_consumer::<pull::Config>(&test.name(group))).await.unwrap();
    within(async { while consumer.info().await.unwrap().num_ack_pending > 0 {} }).await;
}

/// What names the span of a call that is about several subjects.
fn server(test: &Fixture) -> String {
    let (host, port) = address(&test.client.server_info());
    format!("{host}:{port}")
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[tokio::test]
async fn a_batch_is_published_received_processed_and_settled_in_one_tree() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    let tracer = test.spans.provider().tracer("shop");
    let check_out = Context::new().with_span(tracer.start("check out"));
    let context = test.context();
    let publish = context.publish_all((0..3).map(|_| order(&subject)));
    let acks = within(publish.with_context(check_out.clone())).await;
    check_out.span().end();
    let places: Vec<_> = acks.into_iter().map(|ack| ack.unwrap().sequence).collect();
    assert_eq!(places, [1, 2, 3]);

    let orders = receive(&test, AckPolicy::Explicit, 3).await;
    process_batch(&orders, async {
        for order in &orders {
            order.process(async {}).await;
        }
        ack_all(&orders).await
    })
    .await
    .unwrap();
    settled(&test, "billing").await;
    test.tree(11).await.attributes([COUNT, ID]).assert(
        "
        check out                    INTERNAL
        └ publish orders.new         CLIENT    links: #1, #2, #3  messaging.batch.message_count=3
          ├ create orders.new        PRODUCER  #1  messaging.message.id=orders:1
          │ └ process orders         CONSUMER  links: #1, #4  messaging.message.id=orders:1
          ├ create orders.new        PRODUCER  #2  messaging.message.id=orders:2
          │ └ process orders         CONSUMER  links: #2, #4  messaging.message.id=orders:2
          └ create orders.new        PRODUCER  #3  messaging.message.id=orders:3
            └ process orders         CONSUMER  links: #3, #4  messaging.message.id=orders:3
        receive orders               CLIENT    links: #1, #2, #3  messaging.batch.message_count=3
        process orders               CONSUMER  #4  links: #1, #2, #3  messaging.batch.message_count=3
        └ ack orders                 CLIENT    links: #1, #2, #3  messaging.batch.message_count=3
        ",
    );
}

#[tokio::test]
async fn a_batch_of_core_nats_goes_out_in_order_and_each_message_belongs_to_its_span() {
    let test = Fixture::new().await;
    let subject = test.name("news");
    let mut news = within(test.client.subscribe(subject.clone())).await.unwrap();
    test.subscribed().await;
    test.spans.clear();
    let answer_to = test.client.new_inbox();
    let with_reply = OutboundMessage { reply: Some(answer_to.as_str().into()), ..plain(&subject, "1") };
    let with_headers = OutboundMessage { headers: Some(headers(&[("tag", "a")])), ..plain(&subject, "2") };
    let results = within(test.client.publish_all([plain(&subject, "0"), with_reply, with_headers])).await;
    assert!(results.len() == 3 && results.iter().all(Result::is_ok), "{results:?}");
    for place in 0..3 {
        let item = next(&mut news).await;
        assert_eq!(item.payload, place.to_string());
        assert_eq!(item.reply.as_deref(), (place == 1).then_some(&*answer_to));
        let names: Vec<_> = dump(item.headers.as_ref()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, if place == 2 { vec!["tag", "traceparent"] } else { vec!["traceparent"] });
        item.process(async {}).await;
    }
    test.tree(7).await.attributes([COUNT]).assert(
        "
        publish news          CLIENT    links: #1, #2, #3  messaging.batch.message_count=3
        ├ create news         PRODUCER  #1
        │ └ process news      CONSUMER  links: #1
        ├ create news         PRODUCER  #2
        │ └ process news      CONSUMER  links: #2
        └ create news         PRODUCER  #3
          └ process news      CONSUMER  links: #3
        ",
    );
}

#[tokio::test]
async fn a_message_that_the_client_refuses_fails_alone() {
    let test = Fixture::new().await;
    let subject = test.name("news");
    let peer = test.peer().await;
    let mut news = within(peer.subscribe(subject.clone())).await.unwrap();
    subscribed(&peer).await;
    let too_large = plain(&subject, vec![b' '; test.client.max_payload() + 1]);
    let batch = [plain(&subject, "0"), too_large, plain("two words", "2"), plain(&subject, "3")];
    let results = within(test.client.publish_all(batch)).await;
    let failed: Vec<_> =
        results.iter().map(|result| result.as_ref().err().map(client::PublishError::kind)).collect();
    let (large, invalid) =
        (client::PublishErrorKind::MaxPayloadExceeded, client::PublishErrorKind::InvalidSubject);
    assert_eq!(failed, [None, Some(large), Some(invalid), None]);
    for expected in ["0", "3"] {
        assert_eq!(next(&mut news).await.payload, expected);
    }
    test.tree(5).await.attributes([COUNT, "tracehop.batch.failed_count"]).assert(&format!(
        "
        publish {}               CLIENT    links: #1, #2, #3, #4  messaging.batch.message_count=4  \
        tracehop.batch.failed_count=2
        ├ create news            PRODUCER  #1
        ├ create news            PRODUCER  #2  error=max_payload_exceeded
        ├ create two words       PRODUCER  #3  error=invalid_subject
        └ create news            PRODUCER  #4
        ",
        server(&test)
    ));
}

#[tokio::test]
async fn a_message_that_a_stream_refuses_fails_alone() {
    let test = Fixture::new().await;
    let mut stream = test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    let wrong = PublishMessage::build().payload("{}".into()).expected_last_sequence(7);
    let too_large = vec![b' '; test.client.max_payload() + 1];
    let batch = [
        order(&subject),
        wrong.outbound_message(subject.clone()),
        StreamOutbound::new(subject.as_str().into(), too_large.into(), None),
        order(&test.name("orders")),
        PublishMessage::build().message_id("ord_42").outbound_message(subject.clone()),
        PublishMessage::build().message_id("ord_42").outbound_message(subject.clone()),
    ];
    let results = within(test.context().publish_all(batch)).await;
    let told: Vec<_> = results
        .iter()
        .map(|result| result.as_ref().map(|ack| (ack.sequence, ack.duplicate)).map_err(PublishError::kind))
        .collect();
    assert_eq!(
        told,
        [
            Ok((1, false)),
            Err(PublishErrorKind::WrongLastSequence),
            Err(PublishErrorKind::MaxPayloadExceeded),
            Err(PublishErrorKind::StreamNotFound),
            Ok((2, false)),
            Ok((2, true)),
        ]
    );
    assert_eq!(within(stream.info()).await.unwrap().state.messages, 2);
    let shown = [COUNT, "tracehop.batch.failed_count", "tracehop.nats.stream", ID, "tracehop.nats.duplicate"];
    test.tree(7).await.attributes(shown).assert(&format!(
        "
        publish {}                 CLIENT    links: #1, #2, #3, #4, #5, #6  messaging.batch.message_count=6  \
        tracehop.batch.failed_count=3
        ├ create orders.new        PRODUCER  #1  tracehop.nats.stream=orders  messaging.message.id=orders:1
        ├ create orders.new        PRODUCER  #2  error=wrong_last_sequence
        ├ create orders.new        PRODUCER  #3  error=max_payload_exceeded
        ├ create orders            PRODUCER  #4  error=stream_not_found
        ├ create orders.new        PRODUCER  #5  tracehop.nats.stream=orders  messaging.message.id=ord_42
        └ create orders.new        PRODUCER  #6  tracehop.nats.stream=orders  messaging.message.id=ord_42  \
          tracehop.nats.duplicate=true
        ",
        server(&test)
    ));
}

#[tokio::test]
async fn a_batch_of_which_all_fail_has_failed() {
    let test = Fixture::new().await;
    let results = within(test.context().publish_all([order(&test.name("orders"))])).await;
    assert_eq!(results[0].as_ref().unwrap_err().kind(), PublishErrorKind::StreamNotFound);
    test.tree(2).await.assert(
        "
        publish orders       CLIENT    links: #1  error=stream_not_found
        └ create orders      PRODUCER  #1  error=stream_not_found
        ",
    );
}

#[tokio::test]
async fn without_create_spans_all_messages_carry_the_context_of_the_call() {
    let test = set_up(|builder| builder.create_spans(false)).await;
    test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    let too_large = vec![b' '; test.client.max_payload() + 1];
    let too_large = StreamOutbound::new(subject.as_str().into(), too_large.into(), None);
    let results = within(test.context().publish_all([order(&subject), too_large, order(&subject)])).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2);
    let orders = receive(&test, AckPolicy::Explicit, 2).await;
    for order in &orders {
        order.process(async {}).await;
    }
    test.tree(4).await.attributes([COUNT, "tracehop.batch.failed_count"]).events(true).assert(
        "
        publish orders.new    PRODUCER  #1  messaging.batch.message_count=3  tracehop.batch.failed_count=1  \
        events: tracehop.message_failed
        ├ process orders      CONSUMER  links: #1
        └ process orders      CONSUMER  links: #1
        receive orders        CLIENT    links: #1  messaging.batch.message_count=2
        ",
    );
    let spans = test.ended(4).await;
    let failed = &named(&spans, "publish orders.new").events[0];
    let said =
        |key: &str| failed.attributes.iter().find(|it| it.key.as_str() == key).unwrap().value.to_string();
    assert_eq!(
        (said("tracehop.batch.place"), said("error.type")),
        ("1".into(), "max_payload_exceeded".into())
    );
}

#[tokio::test]
async fn a_batch_of_a_thousand_has_128_links_and_counts_the_rest() {
    let test = Fixture::new().await;
    let mut stream = test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    let acks = within(test.context().publish_all(numbered(&subject, 1_000))).await;
    let places: Vec<_> = acks.into_iter().map(|ack| ack.unwrap().sequence).collect();
    assert_eq!(places, (1..=1_000).collect::<Vec<_>>(), "in order");
    assert_eq!(within(stream.info()).await.unwrap().state.messages, 1_000);

    let orders = receive(&test, AckPolicy::Explicit, 1_000).await;
    let numbers: Vec<usize> =
        orders.iter().map(|order| std::str::from_utf8(&order.payload).unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (0..1_000).collect::<Vec<_>>());
    process_batch(&orders, ack_all(&orders)).await.unwrap();
    settled(&test, "billing").await;

    let spans = test.ended(1_004).await;
    for name in ["publish orders.new", "receive orders", "process orders", "ack orders"] {
        let span = named(&spans, name);
        assert_eq!((span.links.len(), span.links.dropped_count), (128, 0), "{name}");
        assert_eq!(attribute(span, COUNT).as_deref(), Some("1000"), "{name}");
        assert_eq!(attribute(span, "tracehop.batch.links_dropped").as_deref(), Some("872"), "{name}");
    }
    let call = named(&spans, "publish orders.new").span_context.span_id();
    let created = spans.iter().filter(|span| span.name == "create orders.new");
    assert_eq!(created.filter(|span| span.parent_span_id == call).count(), 1_000);
}

#[tokio::test]
async fn no_messages_make_no_span() {
    let test = Fixture::new().await;
    assert!(within(test.client.publish_all([])).await.is_empty());
    assert!(within(test.context().publish_all([])).await.is_empty());
    within(ack_all(&[])).await.unwrap();
    test.tree(0).await.assert("");
}

#[tokio::test]
async fn a_broken_context_is_counted_and_all_others_are_linked() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    let peer = async_nats::jetstream::new(test.peer().await);
    for traceparent in [FOREIGN, "00-poison", FOREIGN] {
        let given = headers(&[("traceparent", traceparent)]);
        let ack = within(peer.publish_with_headers(subject.clone(), given, "{}".into())).await.unwrap();
        within(ack.into_future()).await.unwrap();
    }
    within(test.context().publish_all([order(&subject)])).await.remove(0).unwrap();
    let orders = receive(&test, AckPolicy::Explicit, 4).await;
    process_batch(&orders, async {}).await;
    within(ack_all(&orders)).await.unwrap();
    test.tree(5).await.attributes([COUNT, "tracehop.batch.contexts_unreadable"]).assert(
        "
        publish orders.new      CLIENT    links: #1  messaging.batch.message_count=1
        └ create orders.new     PRODUCER  #1
        receive orders          CLIENT    links: (remote), #1  messaging.batch.message_count=4  \
        tracehop.batch.contexts_unreadable=1
        process orders          CONSUMER  links: (remote), #1  messaging.batch.message_count=4  \
        tracehop.batch.contexts_unreadable=1
        └ ack orders            CLIENT    links: (remote), #1  messaging.batch.message_count=4  \
          tracehop.batch.contexts_unreadable=1
        ",
    );
}

/// Contexts of which one call takes all the room.
fn narrow(test: &Fixture, room: usize, backpressure: bool) -> TracedContext {
    let builder = ContextBuilder::new().timeout(DEADLINE).max_ack_inflight(room);
    builder.backpressure_on_inflight(backpressure).build(test.client.inner().clone()).traced(&test.tracer)
}

#[tokio::test]
async fn a_batch_may_be_larger_than_a_context_allows_to_be_in_flight() {
    for (room, count, backpressure) in
        [(3, 50, true), (3, 50, false), (5_000, 6_000, true), (5_000, 6_000, false)]
    {
        let test = set_up(|builder| builder.create_spans(false)).await;
        let mut stream = test.stream("orders").await;
        let subject = format!("{}.new", test.name("orders"));
        let given = |number: usize| StreamOutbound {
            headers: Some(headers(&[("number", &number.to_string())])),
            ..order(&subject)
        };
        let context = narrow(&test, room, backpressure);
        let acks = within(context.publish_all((0..count).map(given))).await;
        let places: Vec<_> = acks.into_iter().map(|ack| ack.unwrap().sequence).collect();
        let expected: Vec<_> = (1..=u64::try_from(count).unwrap()).collect();
        assert_eq!(places, expected, "room for {room}, back pressure {backpressure}");
        for place in [1, count / 2, count] {
            let stored = within(stream.get_raw_message(u64::try_from(place).unwrap())).await.unwrap();
            assert_eq!(stored.headers.get("number").unwrap().as_str(), (place - 1).to_string());
            assert!(stored.headers.get("traceparent").is_some());
        }
        assert_eq!(within(stream.info()).await.unwrap().state.messages, *expected.last().unwrap());
        test.tree(1).await.assert("publish orders.new  PRODUCER");
    }
}

#[tokio::test]
async fn room_that_others_take_is_refused_as_to_a_single_publish() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let peer = test.peer().await;
    let mut silent = within(peer.subscribe(test.name("silent"))).await.unwrap();
    subscribed(&peer).await;
    let context = narrow(&test, 1, false);
    let other = within(context.publish(test.name("silent"), "{}".into())).await.unwrap();
    next(&mut silent).await;
    let subject = format!("{}.new", test.name("orders"));
    let results = within(context.publish_all([order(&subject), order(&subject)])).await;
    for result in results {
        assert_eq!(result.unwrap_err().kind(), PublishErrorKind::MaxAckPending);
    }
    drop(other);
    test.tree(4).await.events(true).assert(
        "
        publish silent           PRODUCER  events: tracehop.unconfirmed
        publish orders.new       CLIENT    links: #1, #2  error=max_ack_pending
        ├ create orders.new      PRODUCER  #1  error=max_ack_pending
        └ create orders.new      PRODUCER  #2  error=max_ack_pending
        ",
    );
}

#[tokio::test]
async fn all_messages_are_in_flight_at_once_and_results_are_in_their_order() {
    let test = Fixture::new().await;
    let peer = test.peer().await;
    let mut stored = within(peer.subscribe(test.name("orders"))).await.unwrap();
    subscribed(&peer).await;
    let answer = async {
        let mut requests: Vec<_> = within(stored.by_ref().take(3).collect()).await;
        while let Some(request) = requests.pop() {
            let number = std::str::from_utf8(&request.payload).unwrap().to_owned();
            let ack = format!(r#"{{"stream":"s","seq":{number}}}"#);
            peer.publish(request.reply.unwrap(), ack.into()).await.unwrap();
        }
    };
    let context = test.context();
    let publish = within(context.publish_all(numbered(&test.name("orders"), 3)));
    let (acks, ()) = tokio::join!(publish, answer);
    let places: Vec<_> = acks.into_iter().map(|ack| ack.unwrap().sequence).collect();
    assert_eq!(places, [0, 1, 2]);
    test.tree(4).await.attributes([ID]).assert(
        "
        publish orders       CLIENT    links: #1, #2, #3
        ├ create orders      PRODUCER  #1  messaging.message.id=s:0
        ├ create orders      PRODUCER  #2  messaging.message.id=s:1
        └ create orders      PRODUCER  #3  messaging.message.id=s:2
        ",
    );
}

#[tokio::test]
async fn a_thousand_messages_of_one_call_wait_for_their_answers_at_once_and_no_more() {
    const MESSAGES: usize = 1_200;
    let test = Fixture::new().await;
    let peer = test.peer().await;
    let mut stored = within(peer.subscribe(test.name("orders"))).await.unwrap();
    subscribed(&peer).await;
    let answer = async {
        let first: Vec<_> = within(stored.by_ref().take(1_000).collect()).await;
        assert_eq!(test.spans.unfinished(), 1 + first.len());
        let rest = stored.by_ref().take(MESSAGES - first.len());
        let requests = futures::stream::iter(first).chain(rest);
        let answers = requests.for_each(async |request| {
            let ack = r#"{"stream":"s","seq":1}"#;
            peer.publish(request.reply.unwrap(), ack.into()).await.unwrap();
        });
        within(answers).await;
    };
    let context = test.context();
    let publish = within(context.publish_all(numbered(&test.name("orders"), MESSAGES)));
    let (acks, ()) = tokio::join!(publish, answer);
    assert!(acks.len() == MESSAGES && acks.iter().all(Result::is_ok));
    test.ended(1 + MESSAGES).await;
}

#[tokio::test]
async fn a_call_that_is_dropped_is_abandoned_and_its_messages_end_as_single_ones_do() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let peer = test.peer().await;
    let mut silent = within(peer.subscribe(test.name("silent"))).await.unwrap();
    subscribed(&peer).await;
    let subject = format!("{}.new", test.name("orders"));
    let context = test.context();
    let publish = context.publish_all([order(&subject), order(&test.name("silent"))]);
    let waits = async {
        next(&mut silent).await;
        test.spans.wait_for(1, DEADLINE).await;
    };
    within(async {
        tokio::select! {
            results = publish => panic!("nobody answers: {results:?}"),
            () = waits => {}
        }
    })
    .await;
    test.tree(3).await.events(true).assert(&format!(
        "
        publish {}               CLIENT    links: #1, #2  error=abandoned
        ├ create orders.new      PRODUCER  #1
        └ create silent          PRODUCER  #2  error=abandoned  events: tracehop.unconfirmed
        ",
        server(&test)
    ));
}

#[tokio::test]
async fn messages_to_the_server_itself_are_sent_and_are_in_no_span() {
    let test = Fixture::new().await;
    let peer = test.peer().await;
    // Nobody is asked, and nothing is acknowledged.
    let internal = format!("$SRV.{}", test.name("nobody"));
    let mut server = within(peer.subscribe(internal.clone())).await.unwrap();
    subscribed(&peer).await;
    let tagged = || OutboundMessage { headers: Some(headers(&[("tag", "1")])), ..plain(&internal, "") };
    let too_large = plain(&internal, vec![b' '; test.client.max_payload() + 1]);
    let batch = [tagged(), plain(&test.name("news"), ""), too_large];
    let results = within(test.client.publish_all(batch)).await;
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    let received = next(&mut server).await;
    assert_eq!(dump(received.headers.as_ref()), [("tag".to_owned(), "1".to_owned())]);
    test.tree(2).await.attributes([COUNT, "tracehop.batch.failed_count"]).assert(
        "
        publish news       CLIENT    links: #1  messaging.batch.message_count=1
        └ create news      PRODUCER  #1
        ",
    );
    test.spans.clear();
    within(test.client.publish_all([tagged()])).await.remove(0).unwrap();
    test.tree(0).await.assert("");
}

/// A client whose connection has ended with its runtime, after `run`.
fn gone<T: Send + 'static>(run: impl AsyncFnOnce(&Client) -> T + Send + 'static) -> (Client, T) {
    let connecting = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options = ConnectOptions::new().connection_timeout(DEADLINE);
            let client = within(options.connect(url())).await.unwrap();
            let output = run(&client).await;
            (client, output)
        })
    });
    connecting.join().unwrap()
}

#[tokio::test]
async fn when_the_client_is_gone_each_message_fails_with_an_error_of_its_own() {
    let test = Fixture::new().await;
    let (client, ()) = gone(async |_| ());
    let subject = test.name("orders");
    let results =
        within(client.clone().traced(&test.tracer).publish_all([(); 2].map(|()| plain(&subject, "")))).await;
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 2);
    let context = async_nats::jetstream::new(client).traced(&test.tracer);
    let results = within(context.publish_all([(); 2].map(|()| order(&subject)))).await;
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 2);
    test.tree(6).await.assert(
        "
        publish orders       CLIENT    links: #1, #2  error=send
        ├ create orders      PRODUCER  #1  error=send
        └ create orders      PRODUCER  #2  error=send
        publish orders       CLIENT    links: #3, #4  error=_OTHER
        ├ create orders      PRODUCER  #3  error=_OTHER
        └ create orders      PRODUCER  #4  error=_OTHER
        ",
    );
}

#[tokio::test]
async fn an_error_of_the_stream_comes_in_its_place_among_the_batches() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    test.store(&format!("{}.new", test.name("orders"))).await;
    let mut batches = consume(&test, AckPolicy::Explicit, 10).await;
    // The message is in there, and waits for others.
    let waits = poll_fn(|task| {
        let polled = batches.poll_next_unpin(task);
        assert!(polled.is_pending(), "{polled:?}");
        if format!("{batches:?}").contains("waiting: 1") { Poll::Ready(()) } else { Poll::Pending }
    });
    within(waits).await;
    within(stream.delete_consumer(&test.name("billing"))).await.unwrap();
    assert_eq!(try_next(&mut batches).await.len(), 1);
    let error = next(&mut batches).await.unwrap_err();
    assert!(error.to_string().contains("deleted"), "{error}");
    assert!(!batches.is_terminated());
    test.tree(2).await.assert(
        "
        publish orders.new  PRODUCER  #1
        receive orders      CLIENT    links: #1
        ",
    );
}

/// How messages that are settled together were got.
#[derive(Clone, Copy, Debug)]
enum Got {
    /// By a consumer that is known.
    Consumer(AckPolicy),
    /// From a stream that was wrapped by itself.
    Alone(AckPolicy),
    /// By two consumers in turns.
    Two(AckPolicy),
}

/// Which messages a call acknowledges that was given those in these places: their consumers and their places in the stream.
async fn acknowledged(got: Got, given: &[u64]) -> Vec<String> {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    let acks = within(test.context().publish_all(numbered(&subject, 3))).await;
    assert!(acks.iter().all(Result::is_ok));
    let peer = test.peer().await;
    let mut seen = within(peer.subscribe(format!("$JS.ACK.{}.>", test.name("orders")))).await.unwrap();
    subscribed(&peer).await;

    let (Got::Consumer(policy) | Got::Alone(policy) | Got::Two(policy)) = got;
    let mut batch = Vec::new();
    let groups: &[_] = if matches!(got, Got::Two(_)) { &["billing", "archive"] } else { &["billing"] };
    for group in groups {
        let config = pull::Config {
            durable_name: Some(test.name(group)),
            ack_policy: policy,
            ..pull::Config::default()
        };
        let consumer = within(stream.create_consumer(config)).await.unwrap();
        let messages = match got {
            Got::Alone(_) => within(consumer.messages()).await.unwrap().traced(&test.tracer),
            _ => within(consumer.traced(&test.tracer).messages()).await.unwrap(),
        };
        let mut orders: Vec<_> = within(messages.take(3).try_collect()).await.unwrap();
        let place = |order: &TracedMessage| {
            let place = order.message().info().unwrap().stream_sequence;
            given.iter().position(|it| *it == place)
        };
        orders.sort_by_key(place);
        batch.push(orders);
    }
    let batch: Vec<_> = match <[_; 2]>::try_from(batch) {
        Ok([ones, others]) => ones.into_iter().zip(others).flat_map(<[_; 2]>::from).collect(),
        Err(mut one) => one.remove(0),
    };
    let count = batch.len();
    within(ack_all(&batch)).await.unwrap();
    for group in groups {
        settled(&test, group).await;
    }
    let spans = test.ended(5).await;
    let settlements: Vec<_> = spans.iter().filter(|span| span.name == "ack orders").collect();
    let [settlement] = settlements.as_slice() else { panic!("{settlements:?}") };
    assert_eq!((settlement.links.len(), attribute(settlement, COUNT)), (3, Some(count.to_string())));

    // The server has no such acknowledgement.
    let end = format!("$JS.ACK.{}.end", test.name("orders"));
    within(test.client.inner().publish(end.clone(), "".into())).await.unwrap();
    let mut found = Vec::new();
    loop {
        let ack = next(&mut seen).await;
        if *ack.subject == *end {
            return found;
        }
        // Of an acknowledgement: stream, consumer, how often it was delivered, and its place in the stream.
        let mut parts = ack.subject.split('.').skip(3);
        let (consumer, place) = (parts.next().unwrap(), parts.nth(1).unwrap());
        let group = groups.iter().find(|group| test.name(group) == consumer).unwrap();
        found.push(format!("{group} {place}"));
    }
}

#[tokio::test]
async fn each_message_is_acknowledged_unless_one_after_it_is_known_to_settle_it() {
    for (got, given, expected) in [
        (Got::Consumer(AckPolicy::Explicit), [1, 2, 3], &["billing 1", "billing 2", "billing 3"][..]),
        (Got::Consumer(AckPolicy::All), [1, 2, 3], &["billing 3"]),
        // A later one settles those before it, an earlier one does not settle those after it.
        (Got::Consumer(AckPolicy::All), [2, 3, 1], &["billing 3", "billing 1"]),
        (Got::Alone(AckPolicy::All), [1, 2, 3], &["billing 1", "billing 2", "billing 3"]),
        // Only the one that follows is looked at.
        (
            Got::Two(AckPolicy::All),
            [1, 2, 3],
            &["billing 1", "archive 1", "billing 2", "archive 2", "billing 3", "archive 3"],
        ),
    ] {
        assert_eq!(Box::pin(acknowledged(got, &given)).await, expected, "{got:?} {given:?}");
    }
}

#[tokio::test]
async fn messages_that_are_settled_together_are_below_the_span_in_which_all_were_processed() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    within(test.context().publish_all(numbered(&subject, 2))).await;
    let orders = receive(&test, AckPolicy::Explicit, 2).await;
    process_batch(&orders, async {}).await;
    within(ack_all(&orders)).await.unwrap();
    settled(&test, "billing").await;
    let shown = ["messaging.operation.name", "messaging.operation.type", "messaging.consumer.group.name"];
    let spans = test.ended(6).await;
    let said: Vec<_> = shown.iter().map(|key| attribute(named(&spans, "ack orders"), key).unwrap()).collect();
    assert_eq!(said, ["ack", "settle", "billing"]);
    test.tree(6).await.assert(
        "
        publish orders.new       CLIENT    links: #1, #2
        ├ create orders.new      PRODUCER  #1
        └ create orders.new      PRODUCER  #2
        receive orders           CLIENT    links: #1, #2
        process orders           CONSUMER  links: #1, #2
        └ ack orders             CLIENT    links: #1, #2
        ",
    );
}

#[tokio::test]
async fn messages_of_an_ordered_consumer_are_settled_without_a_span() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    test.store(&format!("{}.new", test.name("orders"))).await;
    let consumer = within(stream.create_consumer(pull::OrderedConfig::default())).await.unwrap();
    let orders = within(consumer.traced(&test.tracer).messages()).await.unwrap();
    let orders = try_next(&mut orders.batches(1, DEADLINE)).await;
    within(ack_all(&orders)).await.unwrap();
    test.tree(2).await.assert(
        "
        publish orders.new  PRODUCER  #1
        receive orders      CLIENT    links: #1
        ",
    );
}

#[tokio::test]
async fn acknowledgements_of_a_client_that_is_gone_fail() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    test.consumer(&stream, "billing").await;
    test.store(&format!("{}.new", test.name("orders"))).await;
    let (tracer, orders, billing) = (test.tracer.clone(), test.name("orders"), test.name("billing"));
    let (_, orders) = gone(async move |client| {
        let context = async_nats::jetstream::new(client.clone());
        let consumer: PullConsumer = within(context.get_consumer_from_stream(billing, orders)).await.unwrap();
        let orders = within(consumer.traced(&tracer).messages()).await.unwrap();
        try_next(&mut orders.batches(1, DEADLINE)).await
    });
    within(ack_all(&orders)).await.unwrap_err();
    test.tree(3).await.assert(
        "
        publish orders.new  PRODUCER  #1
        └ ack orders        CLIENT    links: #1  error=send
        receive orders      CLIENT    links: #1
        ",
    );
}
