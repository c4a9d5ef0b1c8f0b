//! Several messages at once.

use std::pin::pin;
use std::time::Duration;

use futures::TryStreamExt;
use futures::future::{join, join_all};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, BasicQosOptions,
    BasicRejectOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, ConnectionProperties};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, Status, TraceContextExt, Tracer};
use opentelemetry_sdk::trace::SpanData;
use tracehop::MessagingTracerBuilder;
use tracehop_brokers::{Direction, Fault};
use tracehop_rabbitmq::{
    IntoTraced, OutgoingMessage, RequestError, TracedChannel, TracedConsumer, TracedDelivery, ack_all,
    nack_all, process_batch,
};
use tracehop_testing::{SpanRecorder, polled};

use crate::support::{
    DEADLINE, Fixture, HALF_OPEN, attribute, consume, full_queue, next, proxy, table, text, url, within,
};

const REPLY_TO: &str = "amq.rabbitmq.reply-to";

const MANDATORY: BasicPublishOptions = BasicPublishOptions { mandatory: true, immediate: false };

async fn fixture(set: impl FnOnce(MessagingTracerBuilder) -> MessagingTracerBuilder) -> Fixture {
    let spans = SpanRecorder::new();
    let tracer = set(spans.messaging_tracer_builder()).build();
    Fixture::with_tracer(spans, tracer).await
}

fn to(queue: &ShortString) -> OutgoingMessage<'static> {
    OutgoingMessage::new("", queue.clone(), b"{}")
}

/// Publishes so many messages with one call, and all are taken.
async fn publish_all(channel: &TracedChannel, queue: &ShortString, count: usize) {
    let messages = (0..count).map(|_| to(queue));
    for result in within(Box::pin(channel.publish_all(messages))).await {
        assert_eq!(result, Ok(Confirmation::Ack(None)));
    }
}

/// The next deliveries, as one batch.
async fn batch(consumer: TracedConsumer, count: usize) -> Vec<TracedDelivery> {
    let mut batches = pin!(consumer.batches(count, DEADLINE, tokio::time::sleep));
    let batch = within(batches.try_next()).await.unwrap().unwrap();
    assert_eq!(batch.len(), count);
    batch
}

/// How many messages of a queue are neither settled nor with a consumer.
async fn ready(channel: &Channel, queue: &ShortString) -> u32 {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    within(channel.queue_declare(queue.clone(), options, FieldTable::default()))
        .await
        .unwrap()
        .message_count()
}

/// How many messages of a queue are left once the channel is closed, which gives back what is not settled.
async fn left(test: &Fixture, queue: &ShortString) -> u32 {
    within(test.channel.close(200, "done".into())).await.unwrap();
    ready(&test.peer().await, queue).await
}

/// Waits for all confirms that were dropped. The broker may answer the last publish before others, and lapin waits for that one.
async fn all_ended(test: &Fixture) {
    while test.spans.unfinished() > 0 {
        test.channel.wait_for_confirms().await.unwrap();
        tokio::task::yield_now().await;
    }
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("there is no {name}"))
}

#[tokio::test]
async fn a_batch_goes_from_one_publish_to_one_ack() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let cx = Context::current_with_span(test.spans.tracer().start("check out"));
    publish_all(&test.channel, &orders, 2).with_context(cx).await;
    let batch = batch(test.consume(&orders).await, 2).await;
    process_batch(&batch, async {
        for order in &batch {
            order.process(async {}).await;
        }
    })
    .await;
    assert_eq!(within(ack_all(&batch)).await, Ok(2));
    let shown = [
        "messaging.batch.message_count",
        "messaging.operation.type",
        "messaging.rabbitmq.message.delivery_tag",
        "tracehop.rabbitmq.multiple",
    ];
    test.tree(9).await.attributes(shown).assert(
        "
        check out                        INTERNAL
        └ publish orders                 CLIENT    links: #1, #2  messaging.batch.message_count=2  \
          messaging.operation.type=send
          ├ create orders                PRODUCER  #1  messaging.operation.type=create
          │ └ process orders             CONSUMER  links: #1, #3  messaging.operation.type=process  \
              messaging.rabbitmq.message.delivery_tag=1
          └ create orders                PRODUCER  #2  messaging.operation.type=create
            └ process orders             CONSUMER  links: #2, #3  messaging.operation.type=process  \
              messaging.rabbitmq.message.delivery_tag=2
              └ ack orders               CLIENT    links: #1, #2  messaging.batch.message_count=2  \
                messaging.operation.type=settle  tracehop.rabbitmq.multiple=true
        receive orders                   CLIENT    links: #1, #2  messaging.batch.message_count=2  \
          messaging.operation.type=receive
        process orders                   CONSUMER  #3  links: #1, #2  messaging.batch.message_count=2  \
          messaging.operation.type=process
        ",
    );
    assert_eq!(left(&test, &orders).await, 0);
}

#[tokio::test]
async fn a_batch_that_one_span_processed_is_settled_below_it() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 2).await;
    test.spans.clear();
    let batch = batch(test.consume(&orders).await, 2).await;
    process_batch(&batch, async {}).await;
    assert_eq!(within(nack_all(&batch, true)).await, Ok(2));
    test.tree(3).await.attributes(["tracehop.rabbitmq.multiple", "tracehop.rabbitmq.requeue"]).assert(
        "
        receive orders     CLIENT    links: (remote), (remote)
        process orders     CONSUMER  links: (remote), (remote)
        └ nack orders      CLIENT    links: (remote), (remote)  tracehop.rabbitmq.multiple=true  \
          tracehop.rabbitmq.requeue=true
        ",
    );
    assert_eq!(left(&test, &orders).await, 2);
}

#[tokio::test]
async fn a_declined_batch_goes_on_in_the_dead_letter_queue() {
    let test = Fixture::new().await;
    let dead = test.queue("orders.dead").await;
    let arguments =
        [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text(dead.as_str()))];
    let orders = test.queue_with("orders", QueueDeclareOptions::default(), &arguments).await;
    publish_all(&test.channel, &orders, 3).await;
    let declined = batch(test.consume(&orders).await, 3).await;
    assert_eq!(within(nack_all(&declined, false)).await, Ok(3));
    let dead = batch(test.consume(&dead).await, 3).await;
    assert!(dead.iter().zip(&declined).all(|(dead, order)| dead.creation() == order.creation()));
}

#[tokio::test]
async fn without_create_spans_all_messages_carry_the_context_of_the_call() {
    let test = fixture(|builder| builder.create_spans(false)).await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 3).await;
    for order in batch(test.consume(&orders).await, 3).await {
        order.process(async {}).await;
    }
    test.tree(5).await.assert(
        "
        publish orders         PRODUCER  #1
        ├ process orders       CONSUMER  links: #1
        ├ process orders       CONSUMER  links: #1
        └ process orders       CONSUMER  links: #1
        receive orders         CLIENT    links: #1
        ",
    );
}

#[tokio::test]
async fn only_the_messages_that_failed_are_marked() {
    let test = Fixture::new().await;
    let (orders, full, nowhere) = (test.queue("orders").await, full_queue(&test).await, test.name("nowhere"));
    let messages = [
        to(&orders),
        to(&full),
        to(&nowhere).with_options(MANDATORY),
        to(&orders).with_options(MANDATORY),
        // Nobody asks whether it arrives.
        to(&nowhere),
    ];
    let results = within(Box::pin(test.channel.publish_all(messages))).await;
    let [Ok(first), Ok(full), Ok(nowhere), Ok(mandatory), Ok(last)] = results.as_slice() else {
        panic!("{results:?}")
    };
    assert!([first, mandatory, last].map(|taken| *taken == Confirmation::Ack(None)) == [true; 3]);
    assert_eq!(*full, Confirmation::Nack(None));
    let Confirmation::Ack(Some(returned)) = nowhere else { panic!("{nowhere:?}") };
    assert_eq!((returned.reply_code, returned.data.as_slice()), (312, &b"{}"[..]));
    test.tree(6).await.attributes(["tracehop.batch.failed_count"]).assert(
        "
        publish                CLIENT    links: #1, #2, #3, #4, #5  tracehop.batch.failed_count=2
        ├ create orders        PRODUCER  #1
        ├ create full          PRODUCER  #2  error=nack
        ├ create nowhere       PRODUCER  #3  error=no-route
        ├ create orders        PRODUCER  #4
        └ create nowhere       PRODUCER  #5
        ",
    );
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn without_create_spans_the_call_tells_which_messages_failed() {
    let test = fixture(|builder| builder.create_spans(false)).await;
    let (orders, nowhere) = (test.queue("orders").await, test.name("nowhere"));
    let messages = [to(&orders), to(&nowhere), to(&orders)].map(|message| message.with_options(MANDATORY));
    let results = within(Box::pin(test.channel.publish_all(messages))).await;
    assert!(results[1].as_ref().is_ok_and(|answer| matches!(answer, Confirmation::Ack(Some(_)))));
    let spans = test.ended(1).await;
    let [event] = spans[0].events.events.as_slice() else { panic!("{:?}", spans[0].events) };
    let said: Vec<_> = event.attributes.iter().map(|it| (it.key.as_str(), it.value.to_string())).collect();
    assert_eq!(event.name, "tracehop.message_failed");
    assert!(said.contains(&("error.type", "no-route".to_owned())), "{said:?}");
    assert!(said.contains(&("tracehop.batch.place", "1".to_owned())), "{said:?}");
}

/// lapin hands a returned message to any of the confirms that are answered together.
#[tokio::test]
async fn each_returned_message_is_that_of_its_own_publish() {
    let test = Fixture::new().await;
    let (orders, nowhere) = (test.queue("orders").await, test.name("nowhere"));
    let is_lost = |number: usize| number % 10 == 7;
    // With and without tracing the results are the same.
    let untraced = within(test.connection.create_channel()).await.unwrap();
    within(untraced.confirm_select(ConfirmSelectOptions::default())).await.unwrap();
    let untraced = untraced.traced(&tracehop::MessagingTracer::global());
    for channel in [&test.channel, &untraced] {
        let messages = (0..500).map(|number| {
            let place = if is_lost(number) { &nowhere } else { &orders };
            let message = OutgoingMessage::new("", place.clone(), number.to_string().into_bytes());
            // The broker gives these back with an address of its own in its place.
            let asks = BasicProperties::default().with_reply_to(REPLY_TO.into());
            let properties = if number % 4 == 3 { asks } else { BasicProperties::default() };
            message.with_options(MANDATORY).with_properties(properties)
        });
        let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        let replies = channel.basic_consume(REPLY_TO.into(), "".into(), options, FieldTable::default());
        let _replies = within(replies).await.unwrap();
        let results = within(Box::pin(channel.publish_all(messages))).await;
        assert_eq!(results.len(), 500);
        for (number, result) in results.into_iter().enumerate() {
            let returned = result.unwrap().take_message().map(|message| message.delivery.data);
            assert_eq!(returned, is_lost(number).then(|| number.to_string().into_bytes()));
        }
    }
    let spans = test.ended(501).await;
    for span in &spans {
        let is_lost = span.name == "create nowhere";
        assert_eq!(attribute(span, "error.type").as_deref(), is_lost.then_some("no-route"), "{}", span.name);
    }
    assert_eq!(attribute(named(&spans, "publish"), "tracehop.batch.failed_count").as_deref(), Some("50"));
}

#[tokio::test]
async fn on_a_closed_channel_each_message_has_the_error_and_the_call_has_failed_too() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    within(test.channel.close(200, "OK".into())).await.unwrap();
    let results = within(test.channel.publish_all([to(&orders), to(&orders)])).await;
    assert_eq!(results.len(), 2);
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().to_string().contains("channel state")));
    test.tree(3).await.assert(
        "
        publish orders         CLIENT    links: #1, #2  error=invalid_channel_state
        ├ create orders        PRODUCER  #1  error=invalid_channel_state
        └ create orders        PRODUCER  #2  error=invalid_channel_state
        ",
    );
}

#[tokio::test]
async fn an_empty_batch_is_nothing() {
    let test = Fixture::new().await;
    assert!(within(test.channel.publish_all([])).await.is_empty());
    let none: [TracedDelivery; 0] = [];
    assert_eq!((ack_all(&none).await, nack_all(&none, true).await), (Ok(0), Ok(0)));
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 0));
}

#[tokio::test]
async fn a_thousand_messages_have_128_links_and_a_count_of_the_rest() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 1_000).await;
    let batch = batch(test.consume(&orders).await, 1_000).await;
    process_batch(&batch, async {}).await;
    assert_eq!(within(ack_all(&batch)).await, Ok(1_000));
    let spans = test.ended(1_004).await;
    for name in ["publish orders", "receive orders", "process orders", "ack orders"] {
        let span = named(&spans, name);
        assert_eq!((span.links.len(), span.links.dropped_count), (128, 0), "{name}");
        assert_eq!(attribute(span, "tracehop.batch.links_dropped").as_deref(), Some("872"), "{name}");
        assert_eq!(attribute(span, "messaging.batch.message_count").as_deref(), Some("1000"), "{name}");
    }
    assert_eq!(left(&test, &orders).await, 0);
}

#[tokio::test]
async fn messages_arrive_in_the_order_in_which_they_were_published() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let messages =
        (0..300_u32).map(|number| OutgoingMessage::new("", orders.clone(), number.to_be_bytes().to_vec()));
    assert_eq!(within(Box::pin(test.channel.publish_all(messages))).await.len(), 300);
    for (number, order) in (0_u32..).zip(batch(test.consume(&orders).await, 300).await) {
        assert_eq!(order.data, number.to_be_bytes());
    }
}

#[tokio::test]
async fn of_a_thousand_messages_one_is_poison_and_the_others_are_linked() {
    let spans = SpanRecorder::with_max_links(1_000);
    let tracer = spans.messaging_tracer_builder().max_batch_links(1_000).build();
    let test = Fixture::with_tracer(spans, tracer).await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 499).await;
    let poison = BasicProperties::default().with_headers(table(&[("traceparent", text("00-poison"))]));
    let peer = test.peer().await;
    let poisoned =
        within(peer.basic_publish("".into(), orders.clone(), BasicPublishOptions::default(), b"{}", poison));
    within(poisoned.await.unwrap()).await.unwrap();
    publish_all(&test.channel, &orders, 500).await;
    let batch = batch(test.consume(&orders).await, 1_000).await;
    process_batch(&batch, async {}).await;
    within(ack_all(&batch)).await.unwrap();
    let spans = test.ended(1_003).await;
    for name in ["receive orders", "process orders", "ack orders"] {
        let span = named(&spans, name);
        assert_eq!(span.links.len(), 999, "{name}");
        assert_eq!(attribute(span, "tracehop.batch.contexts_unreadable").as_deref(), Some("1"), "{name}");
    }
}

#[tokio::test]
async fn without_confirms_each_message_ends_when_it_is_handed_over() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let channel = within(test.connection.create_channel()).await.unwrap().traced(&test.tracer);
    let results = within(channel.publish_all([to(&orders), to(&orders).with_options(MANDATORY)])).await;
    assert_eq!(results, [Ok(Confirmation::NotRequested), Ok(Confirmation::NotRequested)]);
    assert_eq!(test.spans.unfinished(), 0);
    test.tree(3).await.assert(
        "
        publish orders         CLIENT    links: #1, #2
        ├ create orders        PRODUCER  #1
        └ create orders        PRODUCER  #2
        ",
    );
}

#[tokio::test]
async fn context_that_has_no_room_on_one_message_is_left_out_there_alone() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    // What RabbitMQ takes at most is 131,072 bytes.
    let headers = table(&[("x-large", text("x".repeat(130_990)))]);
    let large = to(&orders).with_properties(BasicProperties::default().with_headers(headers));
    let results = within(test.channel.publish_all([to(&orders), large, to(&orders)])).await;
    assert!(results.iter().all(|result| *result == Ok(Confirmation::Ack(None))), "{results:?}");
    let batch = batch(test.consume(&orders).await, 3).await;
    let has_context: Vec<_> = batch.iter().map(|order| order.creation().is_valid()).collect();
    assert_eq!(has_context, [true, false, true]);
}

#[tokio::test]
async fn a_call_that_is_dropped_is_abandoned_and_its_messages_end_with_their_answers() {
    let proxy = proxy();
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let test = Fixture::at(&proxy.in_url(&url()), ConnectionProperties::default(), spans, tracer).await;
    let (orders, full) = (test.queue("orders").await, full_queue(&test).await);
    proxy.apply(HALF_OPEN);
    let peer = test.peer().await;
    let publish = test.channel.publish_all([to(&orders), to(&full), to(&orders).with_options(MANDATORY)]);
    // The broker has them, but its answers do not come.
    let has_all = async {
        while ready(&peer, &orders).await < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        results = publish => panic!("{results:?}"),
        () = within(has_all) => {}
    }
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (1, 3));
    proxy.heal();
    within(all_ended(&test)).await;
    test.tree(4).await.events(true).assert(
        "
        publish                CLIENT    links: #1, #2, #3  error=abandoned
        ├ create orders        PRODUCER  #1
        ├ create full          PRODUCER  #2  error=nack
        └ create orders        PRODUCER  #3  events: tracehop.unconfirmed
        ",
    );
}

#[tokio::test]
async fn what_is_answered_when_a_call_is_dropped_ends_as_the_broker_answered() {
    let proxy = proxy();
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let test = Fixture::at(&proxy.in_url(&url()), ConnectionProperties::default(), spans, tracer).await;
    let (orders, nowhere) = (test.queue("orders").await, test.name("nowhere"));
    // The third takes long, and the fourth waits for it. Meanwhile those before it are answered, the one for nowhere first.
    proxy.apply(Fault::bandwidth(4096).of(Direction::ToServer));
    let third = OutgoingMessage::new("", orders.clone(), vec![0; 12 << 20]);
    let publish =
        test.channel.publish_all([to(&nowhere).with_options(MANDATORY), to(&orders), third, to(&orders)]);
    tokio::select! {
        biased;
        results = publish => panic!("{results:?}"),
        spans = test.spans.wait_for(1, DEADLINE) => assert_eq!(attribute(&spans[0], "error.type"), None),
    }
    assert_eq!(test.spans.unfinished(), 0);
    test.tree(4).await.attributes(["tracehop.batch.failed_count"]).assert(
        "
        publish                CLIENT    links: #1, #2, #3  error=abandoned  tracehop.batch.failed_count=1
        ├ create nowhere       PRODUCER  #1  error=no-route
        ├ create orders        PRODUCER  #2
        └ create orders        PRODUCER  #3  error=abandoned
        ",
    );
}

#[tokio::test]
async fn a_call_may_be_dropped_at_any_poll() {
    let test = Fixture::new().await;
    let (orders, nowhere) = (test.queue("orders").await, test.name("nowhere"));
    for polls in 0.. {
        test.spans.clear();
        let messages = [to(&orders), to(&nowhere).with_options(MANDATORY), to(&orders)];
        let results = within(Box::pin(polled(test.channel.publish_all(messages), polls))).await;
        within(all_ended(&test)).await;
        let spans = test.ended(0).await;
        if let Some(results) = results {
            assert_eq!((results.len(), spans.len()), (3, 4));
            assert_eq!(attribute(named(&spans, "publish"), "error.type"), None);
            return;
        }
        let calls = spans.iter().filter(|span| span.name == "publish");
        let errors: Vec<_> = calls.map(|span| attribute(span, "error.type")).collect();
        assert_eq!(errors.is_empty(), polls == 0);
        assert!(errors.iter().all(|error| error.as_deref() == Some("abandoned")), "{errors:?}");
        for span in spans.iter().filter(|span| span.name == "create nowhere") {
            // lapin may not have known yet that it was returned.
            let is_unconfirmed = span.events.iter().any(|event| event.name == "tracehop.unconfirmed");
            let error = attribute(span, "error.type");
            let is_said = matches!(error.as_deref(), Some("abandoned" | "no-route"));
            assert!(is_said || is_unconfirmed, "{span:?}");
        }
    }
}

#[tokio::test]
async fn futures_may_move_to_another_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    within(is_send(test.channel.publish_all([to(&orders)]))).await[0].as_ref().unwrap();
    let batch = is_send(batch(test.consume(&orders).await, 1)).await;
    assert_eq!(within(is_send(ack_all(&batch))).await, Ok(1));
    within(is_send(nack_all(&batch, false))).await.unwrap();
}

#[tokio::test]
async fn within_no_time_a_batch_is_what_is_at_hand() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 5).await;
    let batches = test.consume(&orders).await.batches(500, Duration::ZERO, tokio::time::sleep);
    let mut batches = pin!(batches);
    let mut got = 0;
    while got < 5 {
        got += within(batches.try_next()).await.unwrap().unwrap().len();
    }
    assert_eq!(got, 5);
}

#[tokio::test]
async fn what_was_settled_by_itself_before_is_left_alone_and_not_linked() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 4).await;
    let batch = batch(test.consume(&orders).await, 4).await;
    // The last one has the highest number, which nobody may name again.
    batch[0].acker.detached().reject(BasicRejectOptions { requeue: true }).await.unwrap();
    batch[3].reject(BasicRejectOptions { requeue: true }).await.unwrap();
    test.spans.clear();
    assert_eq!(within(ack_all(&batch)).await, Ok(2));
    let spans = test.ended(1).await;
    assert_eq!(attribute(&spans[0], "messaging.batch.message_count").as_deref(), Some("2"));
    assert_eq!((spans[0].links.len(), &spans[0].status), (2, &Status::Unset));
    // The channel is still there, so the broker knew all numbers.
    assert_eq!(left(&test, &orders).await, 2);
}

#[tokio::test]
async fn what_a_batch_settled_nobody_settles_again() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 3).await;
    let batch = batch(test.consume(&orders).await, 3).await;
    let detached = batch[0].acker.detached();
    assert!(batch.iter().all(|order| order.acker.usable()) && detached.usable());
    assert_eq!(within(ack_all(&batch)).await, Ok(3));
    assert!(!batch.iter().any(|order| order.acker.usable()) && !detached.usable());
    test.spans.clear();
    for order in &batch {
        assert_eq!(within(order.ack(BasicAckOptions::default())).await, Ok(false));
    }
    assert_eq!(within(detached.reject(BasicRejectOptions::default())).await, Ok(false));
    assert_eq!(within(nack_all(&batch, true)).await, Ok(0));
    let spans = test.ended(5).await;
    for span in &spans {
        let events: Vec<_> = span.events.iter().map(|event| &*event.name).collect();
        assert_eq!((events.as_slice(), &span.status), (&["tracehop.already_settled"][..], &Status::Unset));
    }
    assert_eq!(left(&test, &orders).await, 0);
}

#[tokio::test]
async fn of_several_consumers_on_one_channel_each_is_settled_by_itself() {
    let test = Fixture::new().await;
    let queues = [test.queue("orders").await, test.queue("bills").await, test.queue("returns").await];
    let mut consumers = Vec::new();
    for queue in &queues {
        consumers.push(test.consume(queue).await);
    }
    let mut batch = Vec::new();
    // Their numbers take turns, so what settles some of one consumer settles some of the others too. The broker would close the
    // channel over a number that is named afterwards. The third has one message.
    for consumer in [0, 1, 2, 0, 1, 0, 1] {
        publish_all(&test.channel, &queues[consumer], 1).await;
        batch.push(next(&mut consumers[consumer]).await);
    }
    let numbers: Vec<_> = batch.iter().map(|message| message.delivery_tag).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    // Settled already, and the highest number.
    within(batch[6].ack(BasicAckOptions::default())).await.unwrap();
    batch.reverse();
    test.spans.clear();
    assert_eq!(within(ack_all(&batch)).await, Ok(6));
    let spans = test.ended(1).await;
    assert_eq!((&*spans[0].name, spans[0].links.len()), ("ack", 6), "they have no queue in common");
    let peer = test.peer().await;
    within(test.channel.close(200, "done".into())).await.unwrap();
    for queue in &queues {
        assert_eq!(ready(&peer, queue).await, 0, "{queue}");
    }
}

#[tokio::test]
async fn what_came_from_no_consumer_is_settled_one_by_one() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 3).await;
    let mut batch = Vec::new();
    for _ in 0..3 {
        let got = test.channel.basic_get(orders.clone(), BasicGetOptions::default());
        batch.push(within(got).await.unwrap().unwrap());
    }
    let first = batch.remove(0);
    test.spans.clear();
    assert_eq!(within(ack_all(&batch)).await, Ok(2));
    let spans = test.ended(1).await;
    assert_eq!((&*spans[0].name, spans[0].links.len()), ("ack orders", 2));
    assert_eq!(attribute(&spans[0], "tracehop.rabbitmq.multiple"), None);
    // The earlier one is not settled, so it may be.
    assert_eq!(within(first.reject(BasicRejectOptions { requeue: true })).await, Ok(true));
    assert_eq!(left(&test, &orders).await, 1);
}

#[tokio::test]
async fn a_single_message_settles_no_earlier_ones() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 2).await;
    let mut consumer = test.consume(&orders).await;
    let (first, second) = (next(&mut consumer).await, next(&mut consumer).await);
    assert_eq!(within(ack_all(&[second])).await, Ok(1));
    assert_eq!(within(first.reject(BasicRejectOptions { requeue: true })).await, Ok(true));
    assert_eq!(left(&test, &orders).await, 1);
}

#[tokio::test]
async fn messages_of_a_channel_that_is_gone_are_not_settled_and_counted() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    publish_all(&test.channel, &orders, 4).await;
    let second = within(test.connection.create_channel()).await.unwrap().traced(&test.tracer);
    // Each channel gets two.
    for channel in [&test.channel, &second] {
        within(channel.basic_qos(2, BasicQosOptions::default())).await.unwrap();
    }
    let mut gone = batch(consume(&second, &orders).await, 2).await;
    let here = batch(test.consume(&orders).await, 2).await;
    within(second.close(200, "done".into())).await.unwrap();
    test.spans.clear();
    assert_eq!(within(ack_all(&gone)).await, Ok(0));
    gone.extend(here);
    assert_eq!(within(ack_all(&gone)).await, Ok(2));
    let spans = test.ended(2).await;
    let said = |key| spans.iter().map(|span| attribute(span, key)).collect::<Vec<_>>();
    assert_eq!(said("error.type"), [Some("not_settled".to_owned()), None]);
    assert_eq!(said("tracehop.batch.failed_count"), [Some("2".to_owned()), Some("2".to_owned())]);
    assert_eq!(left(&test, &orders).await, 2);
}

#[tokio::test]
async fn a_settlement_that_is_dropped_is_made_or_may_be_made_again() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    within(test.channel.basic_qos(3, BasicQosOptions::default())).await.unwrap();
    publish_all(&test.channel, &orders, 4).await;
    let mut consumer = test.consume(&orders).await;
    let batch = batch(consumer.clone(), 3).await;
    test.spans.clear();
    let mut settled = 0;
    for polls in 0.. {
        if let Some(count) = within(polled(ack_all(&batch), polls)).await {
            settled = count.unwrap();
            break;
        }
    }
    assert!(!batch.iter().any(|order| order.acker.usable()));
    assert!([0, 3].contains(&settled), "all or, if it was done before, none: {settled}");
    assert_eq!(test.spans.unfinished(), 0);
    // The broker gives no more before those are settled.
    let last = next(&mut consumer).await;
    assert_eq!(within(last.ack(BasicAckOptions::default())).await, Ok(true));
    assert_eq!(left(&test, &orders).await, 0);
}

#[tokio::test]
async fn messages_of_many_tasks_on_one_channel_stay_apart() {
    let test = Fixture::new().await;
    let (orders, nowhere) = (test.queue("orders").await, test.name("nowhere"));
    let publish = |calls: usize| {
        let messages = (0..50).map(move |number| if number % 5 == calls { "nowhere" } else { "orders" });
        let (channel, orders, nowhere) = (test.channel.clone(), orders.clone(), nowhere.clone());
        tokio::spawn(async move {
            let place = |name| if name == "nowhere" { &nowhere } else { &orders };
            let messages = messages.map(|name| to(place(name)).with_options(MANDATORY));
            channel.publish_all(messages).await.into_iter().flatten().count()
        })
    };
    for call in [publish(0), publish(1), publish(2)] {
        assert_eq!(within(call).await.unwrap(), 50);
    }
    // Whoever got a returned message that is another one's says so to the one that it belongs to, if that still waits.
    for span in test.ended(153).await {
        if span.name == "create orders" {
            assert_eq!(attribute(&span, "error.type"), None);
        }
    }
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn a_request_fails_although_lapin_hands_what_is_returned_of_it_to_a_batch() {
    let test = Fixture::new().await;
    let (orders, nowhere) = (test.queue("orders").await, test.name("nowhere"));
    let requester = within(test.channel.requester()).await.unwrap();
    for _ in 0..10 {
        let messages = (0..50).map(|_| to(&orders));
        let requests = (0..20).map(|_| {
            let none = BasicProperties::default();
            requester.request("".into(), nowhere.clone(), b"{}", none, std::future::pending::<()>())
        });
        let both = join(test.channel.publish_all(messages), join_all(requests));
        let (results, replies) = within(Box::pin(both)).await;
        assert!(results.iter().all(Result::is_ok));
        for reply in replies {
            let error = reply.unwrap_err();
            assert!(matches!(error, RequestError::Returned(_)), "{error}");
        }
    }
}
