//! Several messages at once: one span, a link to each.

use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{Link, TraceContextExt};
use opentelemetry_sdk::trace::SpanData;
use tracehop::{
    Carrier, Correlation, Describe, Destination, Failure, Inbound, MemoryHeaders, MessageInfo,
    MessagingTracer, Received, process_batch,
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

/// A message that says what it is told to say.
#[derive(Clone, Debug)]
struct Note {
    destination: Destination<'static>,
    partition: i64,
    id: &'static str,
    headers: MemoryHeaders,
}

impl Inbound<Mail> for Note {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(self.destination).partition(self.partition).message_id(self.id)
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.headers
    }
}

/// A note that was sent by a span of its own.
fn note(post: &Post, destination: Destination<'static>, partition: i64, id: &'static str) -> Note {
    Note { destination, partition, id, headers: post.send("any").headers }
}

/// Notes that were sent to these destinations, of one partition.
fn notes_of<const N: usize>(post: &Post, destinations: [Destination<'static>; N]) -> [Note; N] {
    destinations.map(|destination| note(post, destination, 3, "m-1"))
}

/// The spans of handling these messages at once, and of getting them with one call.
fn process_and_fetch<const N: usize>(spans: &SpanRecorder, post: &Post, notes: [Note; N]) -> [SpanData; 2] {
    let batch = notes.map(|note| post.client.received(note));
    post.client.process_batch(&batch).finish(&());
    let mut receive = post.client.receive_batch(SystemTime::now());
    for message in &batch {
        receive.add(message);
    }
    drop(receive);
    ["process", "fetch"].map(|word| {
        let finished = spans.finished();
        let mut named = finished.into_iter().filter(|span| span.name.split(' ').next() == Some(word));
        named.next().unwrap()
    })
}

/// What a span says of its messages, as `key=value`.
fn of_messages(span: &SpanData) -> Vec<String> {
    let keys = ["messaging.destination.", "messaging.message.", "tracehop."];
    span.attributes
        .iter()
        .filter(|attribute| keys.iter().any(|key| attribute.key.as_str().starts_with(key)))
        .map(|attribute| format!("{}={}", attribute.key, attribute.value))
        .collect()
}

const NAME: &str = "messaging.destination.name";
const PARTITION: &str = "messaging.destination.partition.id";
const ID: &str = "messaging.message.id";

#[test]
fn what_is_equal_on_all_messages_of_a_batch_stands_on_the_span_and_the_rest_on_the_links() {
    let orders = Destination::named("orders");
    for (notes, on_span, on_links) in [
        (
            [(3, "m-1"), (3, "m-2"), (3, "m-3")],
            vec![format!("{NAME}=orders"), format!("{PARTITION}=3")],
            [vec![format!("{ID}=m-1")], vec![format!("{ID}=m-2")], vec![format!("{ID}=m-3")]],
        ),
        (
            [(3, "m-1"), (4, "m-1"), (3, "m-1")],
            vec![format!("{NAME}=orders"), format!("{ID}=m-1")],
            [vec![format!("{PARTITION}=3")], vec![format!("{PARTITION}=4")], vec![format!("{PARTITION}=3")]],
        ),
    ] {
        for is_plain in [false, true] {
            let spans = SpanRecorder::new();
            let post = Post::new(&spans.messaging_tracer_builder().plain_batch_links(is_plain).build());
            let notes = notes.map(|(partition, id)| note(&post, orders, partition, id));
            for span in process_and_fetch(&spans, &post, notes) {
                let on_span = if is_plain { &on_span[..1] } else { &on_span };
                assert_eq!(of_messages(&span), on_span, "{}, plain: {is_plain}", span.name);
                let links: Vec<_> = span.links.iter().map(attributes).collect();
                let on_links = on_links.clone().map(|link| if is_plain { vec![] } else { link });
                assert_eq!(links, on_links, "{}, plain: {is_plain}", span.name);
            }
        }
    }
}

#[test]
fn messages_that_one_span_created_share_a_link_with_what_is_equal_on_them() {
    let (spans, post) = recorded();
    let orders = Destination::named("orders");
    let first = note(&post, orders, 3, "m-1");
    let twin = Note { id: "m-2", ..first.clone() };
    for span in process_and_fetch(&spans, &post, [first, note(&post, orders, 4, "m-3"), twin]) {
        let links: Vec<_> = span.links.iter().map(attributes).collect();
        assert_eq!(
            links,
            [vec![format!("{PARTITION}=3")], vec![format!("{PARTITION}=4"), format!("{ID}=m-3")]],
            "{}",
            span.name
        );
        assert_eq!(of_messages(&span), [format!("{NAME}=orders")]);
    }
}

#[test]
fn beyond_128_links_a_batch_counts_those_that_are_missing() {
    let (spans, post) = recorded();
    let orders = Destination::named("orders");
    let mut notes: Vec<Note> = (0..130).map(|_| note(&post, orders, 3, "m-1")).collect();
    let said = || vec![format!("{NAME}=orders"), format!("{PARTITION}=3"), format!("{ID}=m-1")];
    // Those that share a link need no room, and without a context there is none to link to.
    let twin = notes[0].clone();
    let unknown = Note { headers: MemoryHeaders::new(), ..twin.clone() };
    notes.extend([twin, unknown]);
    let notes: [Note; 132] = notes.try_into().unwrap();
    for span in process_and_fetch(&spans, &post, notes) {
        assert_eq!((span.links.len(), span.links.dropped_count), (128, 0), "{}", span.name);
        let dropped = "tracehop.batch.links_dropped=2".to_owned();
        assert_eq!(of_messages(&span), [said(), vec![dropped]].concat(), "{}", span.name);
    }

    let (spans, post) = recorded();
    let notes: [Note; 128] = std::array::from_fn(|_| note(&post, orders, 3, "m-1"));
    for span in process_and_fetch(&spans, &post, notes) {
        assert_eq!(span.links.len(), 128, "{}", span.name);
        assert_eq!(of_messages(&span), said(), "{}: none is missing", span.name);
    }
}

#[test]
fn a_batch_says_what_its_destinations_have_in_common() {
    let order = |name| Destination::named(name).template("orders.{id}");
    let reply = Destination::named("reply.7f3a").temporary();
    let delivery = |key| Destination::joined(["shop", key, "bills"]);
    for (destinations, names, on_process, on_fetch) in [
        (
            [order("orders.1"), order("orders.1")],
            ["process orders.{id}", "fetch orders.{id}"],
            vec!["name=orders.1", "template=orders.{id}"],
            vec!["template=orders.{id}", "name=orders.1"],
        ),
        (
            [order("orders.1"), order("orders.2")],
            ["process orders.{id}", "fetch orders.{id}"],
            vec!["template=orders.{id}"],
            vec!["template=orders.{id}"],
        ),
        (
            [reply, reply],
            ["process", "fetch"],
            vec!["name=reply.7f3a", "temporary=true"],
            vec!["temporary=true", "name=reply.7f3a"],
        ),
        // The span of a call is named when the first message is there.
        (
            [delivery("order.paid"), delivery("order.sent")],
            ["process bills", "fetch shop:order.paid:bills"],
            vec!["name=bills"],
            vec!["name=shop:order.paid:bills"],
        ),
        (
            [delivery("order.1").label("bills"), delivery("order.2").label("bills")],
            ["process bills", "fetch bills"],
            vec!["name=bills"],
            vec![],
        ),
        (
            [Destination::named("a").varying(), Destination::named("b").varying()],
            ["process", "fetch"],
            vec![],
            vec![],
        ),
    ] {
        let (spans, post) = recorded();
        let [process, fetch] = process_and_fetch(&spans, &post, notes_of(&post, destinations));
        assert_eq!([&*process.name, &*fetch.name], names);
        for (span, expected) in [(&process, on_process), (&fetch, on_fetch)] {
            let said: Vec<String> = of_messages(span)
                .into_iter()
                .filter_map(|line| line.strip_prefix("messaging.destination.").map(str::to_owned))
                .filter(|line| !line.starts_with("partition"))
                .collect();
            assert_eq!(said, expected, "{}", span.name);
        }
    }
}

#[test]
fn names_that_differ_stand_on_the_links() {
    for destinations in [
        [Destination::named("a.1").template("a.*"), Destination::named("a.2").template("a.*")],
        [Destination::named("a.1").label("a"), Destination::named("a.2").label("a")],
        [Destination::named("a.1").temporary(), Destination::named("a.2").temporary()],
    ] {
        let (spans, post) = recorded();
        for span in process_and_fetch(&spans, &post, notes_of(&post, destinations)) {
            let links: Vec<_> = span.links.iter().map(attributes).collect();
            assert_eq!(links, [[format!("{NAME}=a.1")], [format!("{NAME}=a.2")]], "{}", span.name);
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
fn without_an_sdk_getting_a_batch_is_harmless() {
    let post = Post::new(&MessagingTracer::global());
    let mut receive = post.client.receive_batch(SystemTime::now());
    receive.add(&post.receive_from_elsewhere());
    receive.add(&post.receive_from_elsewhere());
    assert!(format!("{receive:?}").contains("count: 2"));
    receive.fail(Failure::new("CLOSED", &"closed"));
}

#[tokio::test]
async fn a_message_of_last_year_and_one_from_the_future_are_linked_like_any_other() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().max_age(Duration::from_secs(3600)).build());
    let year = Duration::from_secs(365 * 24 * 3600);
    let sent_at = |time| Letter { sent_at: Some(time), ..post.send("orders") };
    let now = SystemTime::now();
    let batch = [sent_at(now - year), sent_at(now + year), sent_at(now)].map(|order| post.receive(order));
    let mut receive = post.client.receive_batch(SystemTime::now());
    for order in &batch {
        receive.add(order);
    }
    drop(receive);
    process_batch(&batch, async {
        for order in &batch {
            order.process(async {}).await;
        }
    })
    .await;
    let fetch = span(&spans, "fetch orders");
    assert!(fetch.start_time <= fetch.end_time, "no clock of another machine moves it");
    spans.assert_tree(
        "
        send orders             PRODUCER  #1
        send orders             PRODUCER  #2
        └ process orders        CONSUMER  links: #2, #4
        send orders             PRODUCER  #3
        └ process orders        CONSUMER  links: #3, #4
        fetch orders            CLIENT    links: #1, #2, #3
        process orders          CONSUMER  #4  links: #1, #2, #3
        └ process orders        CONSUMER  links: #1
        ",
    );
}
