//! No SDK, a no-op, a suppressed scope, an SDK that was shut down, or nothing sampled: context passes through nevertheless.

use std::cell::Cell;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, noop::NoopTracerProvider};
use opentelemetry_sdk::trace::Sampler;
use tracehop::{
    Carrier, CarrierError, CarrierMut, CreationContext, Describe, Destination, EndedOperation, Existing,
    HeaderPatch, Inbound, MemoryHeaders, MessageAttributes, MessageInfo, MessagingTracer, Observer,
    StartedOperation,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    Letter, Mail, Post, TRACE_ID, TRACEPARENT, application_span, current_baggage, headers_of, letter,
    recorded, value,
};

/// All that a message can carry, keys that OpenTelemetry's `TraceState` cannot hold among it.
const INCOMING: [(&str, &str); 3] = [
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"),
    ("tracestate", "a@b@c=1,vendor=2"),
    ("baggage", "tenant=a;p=1"),
];

/// What a handler sends carries what the message it handles carried; on its own it sends nothing of the sort.
#[track_caller]
fn check_passes_through(tracer: &MessagingTracer) {
    let post = Post::new(tracer);
    // More often than a tracer that is asleep looks again.
    for _ in 0..100 {
        let order = post.receive(letter(INCOMING));
        let sent = order.process_blocking(|| {
            assert_eq!(current_baggage(), ["tenant=a"]);
            Ok::<_, String>(post.send("shipments"))
        });
        assert_eq!(sent.unwrap().headers, headers_of(INCOMING));
        let relayed =
            order.process_blocking(|| Ok::<_, String>(post.send_with("archive", order.headers.clone())));
        assert_eq!(relayed.unwrap().headers, headers_of(INCOMING));
        let process = order.start_process();
        assert!(!process.is_recording() && !process.span_context().is_valid());
        process.finish(&());
        assert_eq!(post.send("orders").headers, headers_of([]));
    }
}

#[test]
fn context_passes_through_without_an_sdk() {
    check_passes_through(&MessagingTracer::global());
}

#[test]
fn context_passes_through_a_no_op_provider() {
    check_passes_through(&MessagingTracer::builder().tracer_provider(NoopTracerProvider::new()).build());
}

/// Watches, and that is all.
struct Idle;

impl Observer for Idle {
    type State = ();
    fn start(&self, _: &StartedOperation<'_>) {}
    fn end(&self, _: &EndedOperation<'_>, (): ()) {}
}

#[test]
fn context_passes_through_if_only_an_observer_watches() {
    check_passes_through(&MessagingTracer::builder().observer(Idle).build());
    let noop = MessagingTracer::builder().tracer_provider(NoopTracerProvider::new());
    check_passes_through(&noop.observer(Idle).build());
}

#[test]
fn context_passes_through_a_suppressed_scope() {
    let spans = SpanRecorder::new();
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    check_passes_through(&spans.messaging_tracer());
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[test]
fn spans_are_made_again_after_a_suppressed_scope() {
    let (spans, post) = recorded();
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        post.send("unseen");
    }
    post.send("orders");
    spans.assert_tree("send orders  PRODUCER");
}

#[test]
fn context_passes_through_an_sdk_that_was_shut_down() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    Post::new(&tracer).send("before");
    spans.provider().shutdown().unwrap();
    check_passes_through(&tracer);
    spans.assert_tree("send before  PRODUCER");
}

#[tokio::test]
async fn async_handlers_pass_context_through_too() {
    let post = Post::new(&MessagingTracer::global());
    let order = post.receive(letter(INCOMING));
    let sent = order
        .process(async {
            tokio::task::yield_now().await;
            Ok::<_, String>(post.send("shipments"))
        })
        .await;
    assert_eq!(sent.unwrap().headers, headers_of(INCOMING));
    let sent = order.process_owned(|_| async { Ok::<_, String>(post.send("shipments")) }).await;
    assert_eq!(sent.unwrap().headers, headers_of(INCOMING));
    assert!(!Context::current().span().span_context().is_valid());
}

#[test]
fn a_context_from_an_outbox_is_kept_without_an_sdk() {
    let post = Post::new(&MessagingTracer::global());
    assert_eq!(post.send_with("orders", headers_of(INCOMING)).headers, headers_of(INCOMING));
}

#[test]
fn without_an_sdk_what_is_current_is_written_over_what_is_to_be_replaced() {
    let tracer = MessagingTracer::builder().existing(Existing::Replace).build();
    let current = tracer.extract(&headers_of([("traceparent", TRACEPARENT)])).creation;
    let _active = current.to_context().attach();
    let sent = Post::new(&tracer).send_with("orders", headers_of(INCOMING));
    assert_eq!(sent.headers, headers_of([("traceparent", TRACEPARENT)]));
}

#[test]
fn without_an_sdk_a_context_is_not_torn_apart_if_there_is_none_to_replace_it() {
    let tracer = MessagingTracer::builder().existing(Existing::Replace).build();
    let sent = Post::new(&tracer).send_with("orders", headers_of(INCOMING));
    assert!(sent.headers == headers_of(INCOMING) || sent.headers == headers_of([]), "{:?}", sent.headers);
}

#[test]
fn without_an_sdk_a_context_that_is_current_goes_before_the_messages() {
    let post = Post::new(&MessagingTracer::global());
    let other = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01";
    let current = post.client.tracer().extract(&headers_of([("traceparent", other)])).creation;
    let _active = current.to_context().attach();
    post.receive(letter(INCOMING)).process_blocking(|| {
        assert_eq!(value(&post.send("shipments").headers, "traceparent").as_deref(), Some(other));
    });
}

#[test]
fn without_an_sdk_settling_and_failing_are_harmless() {
    let post = Post::new(&MessagingTracer::global());
    let order = post.receive(letter(INCOMING));
    drop(order.start_process());
    let result = order.process_blocking(|| Err::<(), _>("no stock"));
    assert_eq!(result, Err("no stock"));
    let settle = post.client.settle("ack", &MessageInfo::default(), || order.creation().clone());
    assert!(!settle.is_recording());
    settle.end();
}

/// A message that came with `flags` is processed, and the handler sends.
#[track_caller]
fn check_flags(spans: &SpanRecorder, flags: &str, expected: &str) {
    let post = Post::new(&spans.messaging_tracer());
    let traceparent = format!("00-{TRACE_ID}-b7ad6b7169203331-{flags}");
    let order = post.receive(letter([("traceparent", &traceparent), ("tracestate", "a@b@c=1")]));
    order.process_blocking(|| {
        let sent = post.send("shipments");
        let sent_on = value(&sent.headers, "traceparent").unwrap();
        assert!(sent_on.starts_with(&format!("00-{TRACE_ID}-")), "{sent_on}");
        assert!(!sent_on.contains("b7ad6b7169203331"), "the send has a span of its own: {sent_on}");
        assert!(sent_on.ends_with(&format!("-{expected}")), "{sent_on} after flags {flags}");
        assert_eq!(value(&sent.headers, "tracestate").as_deref(), Some("a@b@c=1"));

        // And one hop further.
        post.receive(Letter { topic: "shipments", ..sent }).process_blocking(|| {
            let sent_on = value(&post.send("parcels").headers, "traceparent").unwrap();
            assert!(sent_on.ends_with(&format!("-{expected}")), "{sent_on} two hops after flags {flags}");
        });
    });
}

fn parent_based() -> SpanRecorder {
    SpanRecorder::with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
}

#[test]
fn an_unsampled_trace_stays_unsampled_and_known() {
    let spans = parent_based();
    check_flags(&spans, "00", "00");
    assert_eq!(spans.finished().len(), 0);
}

#[test]
fn the_random_flag_of_a_sampled_trace_is_kept() {
    check_flags(&parent_based(), "03", "03");
    check_flags(&parent_based(), "01", "01");
}

#[test]
fn the_random_flag_of_an_unsampled_trace_is_kept() {
    check_flags(&parent_based(), "02", "02");
    check_flags(&SpanRecorder::unsampled(), "03", "02");
}

#[test]
fn a_sampler_that_ignores_the_parent_still_gets_a_full_span() {
    let (spans, post) = recorded();
    let order =
        post.receive(letter([("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")]));
    order.process_blocking(|| drop(post.send("shipments")));
    spans.tree().attributes(["messaging.system", "messaging.destination.name"]).assert(
        "
        (remote)
        └ process orders       CONSUMER  links: (remote)  messaging.system=mail  messaging.destination.name=orders
          └ send shipments     PRODUCER  messaging.system=mail  messaging.destination.name=shipments
        ",
    );
}

#[test]
fn a_suppressed_scope_is_still_suppressed_inside_the_handler() {
    let (spans, post) = recorded();
    let _active = application_span(&spans, "poll").with_telemetry_suppressed().attach();
    post.receive(letter(INCOMING)).process_blocking(|| {
        assert!(Context::is_current_telemetry_suppressed());
        post.send("shipments");
    });
}

/// A message of which nobody may ask more than where it is.
#[derive(Debug, Default)]
struct Unread {
    headers: MemoryHeaders,
    asked: Cell<usize>,
}

impl Carrier for Unread {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.asked.set(self.asked.get() + 1);
        self.headers.for_each(f);
    }
}

impl CarrierMut for Unread {
    fn apply(&mut self, _: &HeaderPatch) -> Result<(), CarrierError> {
        panic!("there is nothing to write");
    }
}

impl Describe for Unread {
    fn destination(&self) -> Destination<'_> {
        self.asked.set(self.asked.get() + 1);
        Destination::named("orders")
    }

    fn attributes(&self, _: &mut MessageAttributes<'_>) {
        panic!("nobody will see them");
    }
}

impl Inbound<Mail> for Unread {
    fn info(&self) -> impl Describe + '_ {
        self
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.headers
    }
}

/// A client of which it is known that nobody watches it.
fn asleep() -> Post {
    let tracer = MessagingTracer::builder().tracer_provider(NoopTracerProvider::new()).build();
    let post = Post::new(&tracer);
    post.send("orders");
    post
}

#[test]
fn if_nobody_watches_and_there_is_nothing_to_pass_on_a_message_is_not_even_looked_at() {
    let post = asleep();
    let (message, mut carrier) = (Unread::default(), Unread::default());
    carrier.headers = headers_of(INCOMING);
    post.client.send(&message, &mut carrier).end();
    assert_eq!((message.asked.get(), carrier.asked.get()), (0, 0));
    assert_eq!(carrier.headers, headers_of(INCOMING));
}

#[test]
fn if_there_is_something_to_pass_on_a_message_is_looked_at() {
    let post = asleep();
    // What is there already is kept.
    let other = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
    let mut carrier = Unread { headers: headers_of([("traceparent", other)]), ..Unread::default() };
    let cx = format!("{TRACEPARENT};baggage=tenant=b").parse::<CreationContext>().unwrap().to_context();
    for cx in [cx.clone(), CreationContext::from_context(&cx).to_context(), baggage_alone()] {
        let _active = cx.attach();
        post.client.send(&Unread::default(), &mut carrier).end();
    }
    assert_eq!(carrier.asked.get(), 3);
}

fn baggage_alone() -> Context {
    ";baggage=tenant=b".parse::<CreationContext>().unwrap().to_context()
}

#[test]
fn baggage_alone_is_something_to_pass_on() {
    let post = asleep();
    let _active = baggage_alone().attach();
    assert_eq!(post.send("orders").headers, headers_of([("baggage", "tenant=b")]));
}

#[test]
fn if_nobody_watches_a_message_is_not_described_when_it_is_processed() {
    let post = asleep();
    let order = post.client.received(Unread { headers: headers_of(INCOMING), ..Unread::default() });
    order.process_blocking(|| assert_eq!(post.send("shipments").headers, headers_of(INCOMING)));
    assert_eq!(order.asked.get(), 0);
}

#[test]
fn if_nobody_will_see_it_a_message_of_a_batch_is_not_described() {
    let post = Post::new(&SpanRecorder::unsampled().messaging_tracer());
    let batch = [(); 3].map(|()| post.client.received(Once::default()));
    let mut receive = post.client.receive_batch(SystemTime::now());
    for message in &batch {
        receive.add(message);
    }
    drop(receive);
    // The first one is: the span is not there before.
    assert_eq!(batch.map(|message| message.asked.get() > 0), [true, false, false]);
}

/// A message that counts how often it is asked what it is.
#[derive(Debug, Default)]
struct Once {
    asked: Cell<usize>,
}

impl Inbound<Mail> for Once {
    fn info(&self) -> impl Describe + '_ {
        self.asked.set(self.asked.get() + 1);
        MessageInfo::to(Destination::named("orders"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        headers_of(INCOMING)
    }
}
