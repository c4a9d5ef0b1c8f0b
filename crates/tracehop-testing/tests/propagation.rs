//! Assertions about the way of messages: when they hold, and what they say when they do not.

#[path = "support/mod.rs"]
mod support;

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind::{Client, Consumer, Producer};
use opentelemetry_sdk::trace::SpanData;
use support::{NO_PARENT, check_lines, context, linking, message_of, of_kind, remote, span};
use tracehop::{
    Carrier, ClientFacts, ClientTracer, Describe, Destination, Inbound, MemoryHeaders, MessageInfo,
    MessagingSystem, semconv,
};
use tracehop_testing::{Hop, RecordedSpan, SpanRecorder, TraceTree};

/// A span that sends to `orders`.
fn send(span_id: u64, parent: u64) -> SpanData {
    to("orders", of_kind(Producer, span(span_id, "send orders", parent)))
}

/// A span that processes what the span of this id sent.
fn process(span_id: u64, sent: u64) -> SpanData {
    linking(&[context(1, sent)], to("orders", of_kind(Consumer, span(span_id, "process orders", sent))))
}

fn to(destination: &'static str, mut span: SpanData) -> SpanData {
    span.attributes.push(KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, destination));
    span
}

fn of(service: &str, span: SpanData) -> RecordedSpan {
    let mut recorded = RecordedSpan::from(span);
    recorded.service = Some(service.into());
    recorded
}

fn journey() -> TraceTree {
    TraceTree::of([of("checkout", send(1, NO_PARENT)), of("payments", process(2, 1))])
}

#[track_caller]
fn fails(assert: impl FnOnce(), expected: &[&str]) {
    check_lines(&message_of(assert), expected);
}

#[test]
fn a_whole_journey_passes_every_assertion() {
    let tree = journey();
    tree.assert_no_orphans();
    tree.assert_every_message_linked();
    tree.assert_one_trace();
    for hop in [
        Hop::over("orders"),
        Hop::over("orders").from("checkout"),
        Hop::over("orders").to("payments"),
        Hop::over("orders").from("checkout").to("payments"),
    ] {
        tree.assert_hop(&hop);
    }
}

#[test]
fn nothing_passes_no_assertion() {
    let tree = TraceTree::new([]);
    for (assert, what) in [
        (&TraceTree::assert_no_orphans as &dyn Fn(&TraceTree), "no span is an orphan"),
        (&TraceTree::assert_every_message_linked, "every message is linked"),
        (&TraceTree::assert_one_trace, "all spans are of one trace"),
        (&|tree| tree.assert_hop(&Hop::over("a")), "a message went (any) → a → (any)"),
    ] {
        let expected = format!("nothing was recorded, so it is not known whether {what}");
        fails(|| assert(&tree), &[&expected]);
    }
}

#[test]
fn a_parent_in_another_process_makes_no_orphan() {
    TraceTree::new([remote(span(1, "a", 9)), span(2, "b", 1)]).assert_no_orphans();
}

#[test]
fn an_orphan_is_named_with_its_parent() {
    let tree = TraceTree::of([of("checkout", send(1, 9)), of("payments", process(2, 1))]);
    fails(
        || tree.assert_no_orphans(),
        &[
            "1 of 2 spans have a parent that was not recorded:",
            "    \"checkout: send orders\" PRODUCER: its parent is span 0000000000000009 of trace 00000000000000000000000000000001",
            "what was recorded:",
            "(not recorded)",
            "└ checkout: send orders       PRODUCER  #1",
            "  └ payments: process orders  CONSUMER  links: #1",
        ],
    );
}

#[test]
fn a_consumer_leads_to_its_send_by_a_link_or_as_its_child() {
    let mut request = of_kind(Client, span(1, "request", NO_PARENT));
    request.attributes.push(KeyValue::new(semconv::MESSAGING_OPERATION_TYPE, "send"));
    let by_parent = of_kind(Consumer, span(2, "by parent", 1));
    let by_link = linking(&[context(1, 1)], of_kind(Consumer, span(3, "by link", NO_PARENT)));
    TraceTree::new([request, by_parent, by_link]).assert_every_message_linked();
}

#[test]
fn a_consumer_that_leads_elsewhere_is_named_with_where_it_leads_to() {
    let consumer = |id, name, parent| of_kind(Consumer, span(id, name, parent));
    let tree = TraceTree::new([
        send(1, NO_PARENT),
        consumer(2, "alone", NO_PARENT),
        linking(&[context(1, 9)], consumer(3, "lost", NO_PARENT)),
        of_kind(Client, span(4, "query", NO_PARENT)),
        linking(&[context(1, 4)], consumer(5, "astray", 4)),
        remote(consumer(6, "from outside", 88)),
        process(7, 1),
        linking(&[context(1, 1), context(1, 9)], consumer(8, "one of two", NO_PARENT)),
    ]);
    fails(
        || tree.assert_every_message_linked(),
        &[
            "5 of 6 CONSUMER spans do not lead to a send that was recorded:",
            "    \"alone\" CONSUMER: it has no link and no parent",
            "    \"lost\" CONSUMER: it links to span 0000000000000009 of trace 00000000000000000000000000000001, which was not recorded",
            "    \"astray\" CONSUMER: it links to \"query\" CLIENT, and is below \"query\" CLIENT",
            "    \"from outside\" CONSUMER: it is below span 0000000000000058 of trace 00000000000000000000000000000001, which was not recorded",
            "    \"one of two\" CONSUMER: it links to span 0000000000000009 of trace 00000000000000000000000000000001, which was not recorded",
            "what was recorded:",
            "send orders       PRODUCER  #1",
            "└ process orders  CONSUMER  links: #1",
            "alone             CONSUMER",
            "lost              CONSUMER  links: (remote)",
            "query             CLIENT    #2",
            "└ astray          CONSUMER  links: #2",
            "(remote)",
            "└ from outside    CONSUMER",
            "one of two        CONSUMER  links: #1, (remote)",
        ],
    );
}

#[test]
fn without_a_consumer_no_message_is_known_to_be_linked() {
    fails(
        || TraceTree::new([send(1, NO_PARENT)]).assert_every_message_linked(),
        &[
            "there is no CONSUMER span, so nothing is known of any message",
            "what was recorded:",
            "send orders  PRODUCER",
        ],
    );
}

/// A span that sends to `orders` what the span of trace 1 with this id has stored.
fn relay(span_id: u64, destination: &'static str, stored: u64) -> SpanData {
    let mut send = to(destination, of_kind(Client, span(span_id, "send", NO_PARENT)));
    send.span_context = context(2, span_id);
    send.attributes.push(KeyValue::new(semconv::MESSAGING_OPERATION_TYPE, "send"));
    linking(&[context(1, stored)], send)
}

#[test]
fn a_consumer_leads_to_a_relay_that_sent_what_had_waited() {
    let sent_twice = [relay(2, "orders", 1), relay(3, "orders", 1)].map(|span| of("relay", span));
    let consumers = [process(4, 1), process(5, 1)].map(|span| of("payments", span));
    let shop = of("shop", span(1, "place order", NO_PARENT));
    let tree = TraceTree::of([shop].into_iter().chain(sent_twice).chain(consumers));
    tree.assert_every_message_linked();
    tree.assert_hop(&Hop::over("orders").from("relay").to("payments"));
    // RabbitMQ's queues have names that are longer.
    let queue = to("orders:billing", of_kind(Consumer, span(4, "process", 1)));
    TraceTree::new([span(1, "place order", NO_PARENT), relay(2, "orders", 1), queue])
        .assert_every_message_linked();
}

#[test]
fn a_relay_that_sent_something_else_is_not_where_a_consumer_leads_to() {
    for (what, other) in [
        ("another destination", relay(2, "audit", 1)),
        ("another context", relay(2, "orders", 9)),
        ("no send", SpanData { attributes: Vec::new(), ..relay(2, "orders", 1) }),
    ] {
        let tree = TraceTree::new([span(1, "place order", NO_PARENT), other, process(4, 1)]);
        let linked = message_of(|| tree.assert_every_message_linked());
        let expected = "1 of 1 CONSUMER span do not lead to a send that was recorded:\n    \"process orders\" CONSUMER: it links to \
                        \"place order\" INTERNAL, and is below \"place order\" INTERNAL\n";
        assert!(linked.starts_with(expected), "{what}: {linked}");
        message_of(|| tree.assert_hop(&Hop::over("orders")));
    }
}

#[test]
fn two_traces_are_shown_apart() {
    let other = SpanData { span_context: context(2, 5), ..span(5, "c", NO_PARENT) };
    fails(
        || TraceTree::new([span(1, "a", NO_PARENT), other, span(2, "b", 1)]).assert_one_trace(),
        &[
            "the spans are of 2 traces, not of one",
            "trace 00000000000000000000000000000001, 2 spans:",
            "a    INTERNAL",
            "└ b  INTERNAL",
            "trace 00000000000000000000000000000002, 1 span:",
            "c  INTERNAL",
        ],
    );
}

#[test]
fn a_hop_that_was_not_made_is_shown_beside_those_that_were() {
    let unread = to("mails", of_kind(Producer, span(3, "send mails", 2)));
    let tree = TraceTree::of([
        of("checkout", send(1, NO_PARENT)),
        of("payments", process(2, 1)),
        of("payments", unread),
        of("payments", process(4, 1)),
    ]);
    for (hop, wanted) in [
        (Hop::over("orders").from("payments"), "payments → orders → (any)"),
        (Hop::over("orders").to("shipping"), "(any) → orders → shipping"),
        (Hop::over("mails").from("payments").to("mail"), "payments → mails → mail"),
    ] {
        fails(
            || tree.assert_hop(&hop),
            &[
                &format!("no message went {wanted}; those that were recorded went:"),
                "    checkout → orders → payments (2 times)",
                "    payments → mails → (nobody): no CONSUMER span leads to it",
                "what was recorded:",
                "checkout: send orders       PRODUCER  #1",
                "├ payments: process orders  CONSUMER  links: #1",
                "│ └ payments: send mails    PRODUCER",
                "└ payments: process orders  CONSUMER  links: #1",
            ],
        );
    }
}

#[test]
fn a_hop_may_have_a_name_on_each_side() {
    let mut received = of_kind(Consumer, span(2, "process inbox", 1));
    received.attributes.push(KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, "inbox"));
    let tree = TraceTree::new([send(1, NO_PARENT), received]);
    tree.assert_hop(&Hop::over("orders"));
    tree.assert_hop(&Hop::over("inbox"));
    fails(
        || tree.assert_hop(&Hop::over("outbox")),
        &[
            "no message went (any) → outbox → (any); those that were recorded went:",
            "    (no service) → orders = inbox → (no service)",
            "what was recorded:",
            "send orders      PRODUCER",
            "└ process inbox  CONSUMER",
        ],
    );
}

enum Mail {}

impl MessagingSystem for Mail {
    const NAME: &'static str = "mail";
}

struct Letter(MemoryHeaders);

impl Inbound<Mail> for Letter {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("orders"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0
    }
}

#[test]
fn what_tracehop_records_passes_every_assertion() {
    let spans = SpanRecorder::new();
    let client =
        |name| ClientTracer::<Mail>::new(&spans.service(name).messaging_tracer(), ClientFacts::default());
    let mut headers = MemoryHeaders::new();
    client("checkout").send(&MessageInfo::to(Destination::named("orders")), &mut headers).end();
    client("payments").received(Letter(headers)).process_blocking(|| ());
    spans.assert_no_orphans();
    spans.assert_every_message_linked();
    spans.assert_one_trace();
    spans.assert_hop(&Hop::over("orders").from("checkout").to("payments"));
    spans.assert_no_unfinished();
}

#[test]
fn a_failure_says_which_spans_have_not_ended() {
    use opentelemetry::trace::Tracer;
    let spans = SpanRecorder::new();
    let _running = spans.tracer().start("running");
    fails(
        || spans.assert_one_trace(),
        &[
            "nothing was recorded, so it is not known whether all spans are of one trace",
            "spans that have not ended: 1 (running)",
        ],
    );
}
