//! Several messages at once: one span, a link to each.

use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{Link, TraceContextExt};
use tracehop::{
    Carrier, ClientFacts, ClientTracer, Correlation, Describe, Destination, Failure, Inbound, MemoryHeaders,
    MessageInfo, MessagingTracer, Received, process_batch,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    Letter, Mail, MailError, Post, application_span, headers_of, letter, recorded, span, value,
};

fn batch(post: &Post, topics: &[&'static str]) -> Vec<Received<Letter, Mail>> {
    topics.iter().map(|topic| post.receive(post.send(topic))).collect()
}

#[tokio::test]
async fn a_batch_is_one_span_that_links_to_each_message() {
    let (spans, post) = recorded();
    let batch = batch(&post, &["orders", "orders", "orders"]);
    let result = process_batch(&batch, async {
        assert_eq!(Context::current().span().span_context().trace_flags().to_u8(), 1);
        post.send("report");
        Ok::<_, MailError>(batch.len())
    });
    assert_eq!(result.await, Ok(3));
    spans.tree().attributes(["messaging.batch.message_count", "messaging.operation.type"]).assert(
        "
        send orders         PRODUCER  #1  messaging.operation.type=send
        send orders         PRODUCER  #2  messaging.operation.type=send
        send orders         PRODUCER  #3  messaging.operation.type=send
        process orders      CONSUMER  links: #1, #2, #3  messaging.batch.message_count=3  messaging.operation.type=process
        └ send report       PRODUCER  messaging.operation.type=send
        ",
    );
}

#[tokio::test]
async fn a_batch_links_whatever_the_correlation_and_is_a_child_of_what_is_active() {
    for correlation in [Correlation::Continue, Correlation::Link, Correlation::Nest] {
        let spans = SpanRecorder::new();
        let post = Post::new(&spans.messaging_tracer_builder().correlation(correlation).build());
        let batch = batch(&post, &["orders"]);
        let active = application_span(&spans, "poll").attach();
        post.client.process_batch(&batch).finish(&());
        drop(active);
        spans.assert_tree(
            "
            send orders         PRODUCER  #1
            poll                INTERNAL
            └ process orders    CONSUMER  links: #1
            ",
        );
    }
}

#[tokio::test]
async fn a_batch_that_fails_is_marked_and_the_error_comes_back() {
    let (spans, post) = recorded();
    let batch = batch(&post, &["orders"]);
    let result = process_batch(&batch, async { Err::<(), _>(MailError("BOX_FULL")) }).await;
    assert_eq!(result, Err(MailError("BOX_FULL")));
    spans.assert_tree("send orders  PRODUCER  #1\nprocess orders  CONSUMER  links: #1  error=BOX_FULL");
}

#[tokio::test]
async fn an_empty_batch_has_no_span() {
    let (spans, _post) = recorded();
    let batch: [Received<Letter, Mail>; 0] = [];
    assert_eq!(process_batch(&batch, async { Ok::<_, MailError>(1) }).await, Ok(1));
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[tokio::test]
async fn messages_without_a_context_are_counted_but_not_linked() {
    let (spans, post) = recorded();
    let batch = [post.receive(letter([])), post.receive(post.send("orders"))];
    process_batch(&batch, async {}).await;
    spans.tree().attributes(["messaging.batch.message_count"]).assert(
        "
        send orders       PRODUCER  #1
        process orders    CONSUMER  links: #1  messaging.batch.message_count=2
        ",
    );
}

/// The attributes of a link as `key=value`.
fn attributes(link: &Link) -> Vec<String> {
    link.attributes.iter().map(|attribute| format!("{}={}", attribute.key, attribute.value)).collect()
}

#[tokio::test]
async fn messages_of_several_destinations_say_theirs_on_the_links() {
    let (spans, post) = recorded();
    let batch = batch(&post, &["orders", "invoices"]);
    process_batch(&batch, async {}).await;
    let process = span(&spans, "process");
    assert!(
        !process.attributes.iter().any(|attribute| attribute.key.as_str() == "messaging.destination.name")
    );
    let links: Vec<_> = process.links.iter().map(attributes).collect();
    assert_eq!(links, [["messaging.destination.name=orders"], ["messaging.destination.name=invoices"]]);
}

#[tokio::test]
async fn a_batchs_baggage_is_nobodys() {
    let (_spans, post) = recorded();
    let batch =
        [post.receive(letter([("baggage", "tenant=a")])), post.receive(letter([("baggage", "tenant=b")]))];
    process_batch(&batch, async { assert!(crate::mail::current_baggage().is_empty()) }).await;
}

#[tokio::test]
async fn a_relay_of_any_message_of_the_batch_gets_a_context_of_its_own() {
    let (spans, post) = recorded();
    let batch = batch(&post, &["orders", "orders"]);
    process_batch(&batch, async {
        for order in &batch {
            let relayed = post.send_with("archive", order.headers.clone());
            assert_ne!(value(&relayed.headers, "traceparent"), value(&order.headers, "traceparent"));
        }
    })
    .await;
    spans.assert_tree(
        "
        send orders         PRODUCER  #1
        send orders         PRODUCER  #2
        process orders      CONSUMER  links: #1, #2
        ├ send archive      PRODUCER
        └ send archive      PRODUCER
        ",
    );
}

#[tokio::test]
async fn without_an_sdk_a_relay_in_a_batch_does_not_tear_a_context_apart() {
    let post = Post::new(&MessagingTracer::global());
    let incoming = [("traceparent", crate::mail::TRACEPARENT), ("baggage", "tenant=a")];
    let batch = [post.receive(letter(incoming))];
    process_batch(&batch, async {
        let relayed = post.send_with("archive", batch[0].headers.clone()).headers;
        assert!(relayed == headers_of(incoming) || relayed == headers_of([]), "{relayed:?}");
    })
    .await;
}

/// A message whose destination has a name of high cardinality.
struct Reply;

impl Inbound<Mail> for Reply {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("reply.7f3a").template("reply.{id}"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        MemoryHeaders::new()
    }
}

#[tokio::test]
async fn a_template_takes_the_names_place_in_the_name_of_a_batchs_span_too() {
    let spans = SpanRecorder::new();
    let client = ClientTracer::<Mail>::new(&spans.messaging_tracer(), ClientFacts::default());
    let batch = [client.received(Reply), client.received(Reply)];
    process_batch(&batch, async {}).await;
    assert_ne!(spans.finished()[0].name, "process reply.7f3a");
}

#[test]
fn getting_a_batch_is_a_span_from_the_call_to_the_last_message() {
    let (spans, post) = recorded();
    let batch = batch(&post, &["orders", "orders"]);
    let since = SystemTime::now() - Duration::from_secs(60);
    let mut receive = post.client.receive_batch(since);
    for order in &batch {
        receive.add(order);
    }
    assert_eq!(spans.unfinished(), 1);
    drop(receive);
    let fetch = span(&spans, "fetch orders");
    assert_eq!(fetch.start_time, since);
    spans.tree().attributes(["messaging.batch.message_count"]).assert(
        "
        fetch orders    CLIENT    links: #1, #2  messaging.batch.message_count=2
        send orders     PRODUCER  #1
        send orders     PRODUCER  #2
        ",
    );
}

#[test]
fn getting_an_empty_batch_has_no_span() {
    let (spans, post) = recorded();
    let mut receive = post.client.receive_batch(SystemTime::now());
    receive.fail(Failure::new("CLOSED", &"closed"));
    drop(receive);
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[test]
fn a_batch_that_breaks_off_is_marked() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let mut receive = post.client.receive_batch(SystemTime::now());
    receive.add(&order);
    receive.fail(Failure::of(&MailError("CLOSED")));
    drop(receive);
    spans.tree().attributes(["messaging.batch.message_count"]).assert(
        "
        send orders     PRODUCER  #1
        fetch orders    CLIENT    links: #1  error=CLOSED  messaging.batch.message_count=1
        ",
    );
}

/// A message that says more than where it came from.
struct Numbered(Letter, i64);

impl Inbound<Mail> for Numbered {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named(self.0.topic)).partition(self.1).message_id("m-1")
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0.headers
    }
}

#[test]
fn links_of_a_batch_say_what_varies_unless_they_are_to_be_plain() {
    for (is_plain, expected) in
        [(false, &["messaging.destination.partition.id=3", "messaging.message.id=m-1"][..]), (true, &[])]
    {
        let spans = SpanRecorder::new();
        let post = Post::new(&spans.messaging_tracer_builder().plain_batch_links(is_plain).build());
        let batch = [(); 2].map(|()| post.client.received(Numbered(post.send("orders"), 3)));
        post.client.process_batch(&batch).finish(&());
        let mut receive = post.client.receive_batch(SystemTime::now());
        for message in &batch {
            receive.add(message);
        }
        drop(receive);
        for name in ["process orders", "fetch orders"] {
            let span = span(&spans, name);
            assert_eq!(span.links.len(), 2, "{name}, plain: {is_plain}");
            for link in span.links.iter() {
                assert_eq!(attributes(link), expected, "{name}, plain: {is_plain}");
            }
        }
    }
}

#[test]
fn plain_links_do_not_say_the_destination_either() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().plain_batch_links(true).build());
    let batch = batch(&post, &["orders", "invoices"]);
    post.client.process_batch(&batch).finish(&());
    assert!(span(&spans, "process").links.iter().all(|link| link.attributes.is_empty()));
}

#[test]
fn messages_of_a_batch_that_came_from_elsewhere_than_the_first_say_so() {
    let (spans, post) = recorded();
    let mut receive = post.client.receive_batch(SystemTime::now());
    for order in batch(&post, &["orders", "invoices", "orders"]) {
        receive.add(&order);
    }
    drop(receive);
    let links: Vec<_> = span(&spans, "fetch orders").links.iter().map(attributes).collect();
    assert_eq!(links, [vec![], vec!["messaging.destination.name=invoices".to_owned()], vec![]]);
}

#[test]
fn a_batch_of_names_of_high_cardinality_has_none_in_its_spans_name() {
    let (spans, post) = recorded();
    let replies = [(); 2].map(|()| post.client.received(Fleeting(post.send("orders"))));
    post.client.process_batch(&replies).finish(&());
    let process = span(&spans, "process");
    let links: Vec<_> = process.links.iter().map(attributes).collect();
    assert_eq!(links, [["messaging.destination.name=reply.7f3a"]; 2]);
}

/// A message whose destination will vanish.
struct Fleeting(Letter);

impl Inbound<Mail> for Fleeting {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("reply.7f3a").temporary())
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0.headers
    }
}

#[test]
fn without_an_sdk_getting_a_batch_is_harmless() {
    let post = Post::new(&MessagingTracer::global());
    let mut receive = post.client.receive_batch(SystemTime::now());
    receive.add(&post.receive_from_elsewhere());
    receive.add(&post.receive_from_elsewhere());
    assert!(format!("{receive:?}").contains("count: 2"));
    receive.fail(Failure::new("CLOSED", &"closed"));
}
