//! Providers that come late, are replaced, reloaded or shut down: no message is missed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use opentelemetry::trace::noop::{NoopTracer, NoopTracerProvider};
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry::{InstrumentationScope, global};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracehop::MessagingTracer;
use tracehop_testing::SpanRecorder;

use crate::mail::{Post, headers_of};

/// A provider whose inside is replaced behind its back. Its tracers stay what they were.
#[derive(Clone)]
struct Reloadable(Arc<Mutex<Option<SdkTracerProvider>>>);

impl Reloadable {
    fn load(&self, provider: Option<&SdkTracerProvider>) {
        *self.0.lock().unwrap() = provider.cloned();
    }
}

impl TracerProvider for Reloadable {
    type Tracer = global::BoxedTracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> Self::Tracer {
        match &*self.0.lock().unwrap() {
            Some(provider) => global::BoxedTracer::new(Box::new(provider.tracer_with_scope(scope))),
            None => global::BoxedTracer::new(Box::new(NoopTracerProvider::new().tracer_with_scope(scope))),
        }
    }
}

fn reloadable() -> (Reloadable, Post) {
    let provider = Reloadable(Arc::default());
    let post = Post::new(&MessagingTracer::builder().tracer_provider(provider.clone()).build());
    (provider, post)
}

#[test]
fn the_first_message_after_a_late_provider_has_a_span() {
    for before in [0, 1, 2, 63, 64, 65] {
        let (provider, post) = reloadable();
        for _ in 0..before {
            assert_eq!(post.send("early").headers, headers_of([]));
        }
        let spans = SpanRecorder::new();
        provider.load(Some(spans.provider()));
        post.send("orders");
        spans.assert_tree("send orders  PRODUCER");
    }
}

/// Counts how often it is asked. Its tracers can make no span.
#[derive(Clone, Default)]
struct Silent(Arc<AtomicU32>);

impl TracerProvider for Silent {
    type Tracer = NoopTracer;

    fn tracer_with_scope(&self, _: InstrumentationScope) -> NoopTracer {
        self.0.fetch_add(1, Ordering::Relaxed);
        NoopTracer::new()
    }
}

#[test]
fn a_provider_that_can_only_make_no_ops_is_not_asked_for_spans() {
    let provider = Silent::default();
    let post = Post::new(&MessagingTracer::builder().tracer_provider(provider.clone()).build());
    post.receive_from_elsewhere().process_blocking(|| {
        post.send("orders");
    });
    assert_eq!(provider.0.load(Ordering::Relaxed), 0);
}

#[test]
fn whatever_the_first_operation_is_it_has_a_span() {
    let (provider, post) = reloadable();
    let order = post.receive_from_elsewhere();
    post.send("early");
    let spans = SpanRecorder::new();
    provider.load(Some(spans.provider()));
    order.process_blocking(|| ());
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)");
}

#[test]
fn after_a_provider_was_replaced_and_shut_down_the_next_span_is_the_other_ones() {
    let (provider, post) = reloadable();
    let (first, second) = (SpanRecorder::new(), SpanRecorder::new());
    provider.load(Some(first.provider()));
    post.send("orders");
    provider.load(Some(second.provider()));
    first.provider().shutdown().unwrap();
    for _ in 0..3 {
        assert_ne!(post.send("orders").headers, headers_of([]));
    }
    first.assert_tree("send orders  PRODUCER");
    second.assert_tree(&"send orders  PRODUCER\n".repeat(3));
}

#[test]
fn a_replaced_provider_that_lives_on_is_left_too() {
    let (provider, post) = reloadable();
    let (first, second) = (SpanRecorder::new(), SpanRecorder::new());
    provider.load(Some(first.provider()));
    post.send("orders");
    provider.load(Some(second.provider()));
    for _ in 0..2_000 {
        post.send("orders");
    }
    assert_eq!(first.finished().len() + second.finished().len(), 2_001);
    assert!(second.finished().len() > 1_900, "{}", second.finished().len());
}

/// As the tracers of a consumer and of a producer that are made one by one.
#[test]
fn also_if_two_tracers_take_turns() {
    let (provider, consumer) = reloadable();
    let producer = Post::new(&MessagingTracer::builder().tracer_provider(provider.clone()).build());
    let (first, second) = (SpanRecorder::new(), SpanRecorder::new());
    provider.load(Some(first.provider()));
    let order = consumer.receive_from_elsewhere();
    for round in 0..200 {
        if round == 1 {
            provider.load(Some(second.provider()));
        }
        order.process_blocking(|| drop(producer.send("orders")));
    }
    assert!(second.finished().len() > 200, "{}", second.finished().len());
}

#[test]
fn also_if_threads_do_not_live_for_long() {
    let (provider, post) = reloadable();
    let (first, second) = (SpanRecorder::new(), SpanRecorder::new());
    provider.load(Some(first.provider()));
    post.send("orders");
    provider.load(Some(second.provider()));
    for _ in 0..20 {
        let post = post.clone();
        std::thread::spawn(move || drop(post.send("orders"))).join().unwrap();
    }
    assert!(second.finished().len() >= 10, "{}", second.finished().len());
}

#[test]
fn between_two_providers_messages_are_sent_without_spans() {
    let (provider, post) = reloadable();
    let (first, second) = (SpanRecorder::new(), SpanRecorder::new());
    provider.load(Some(first.provider()));
    post.send("orders");
    first.provider().shutdown().unwrap();
    provider.load(None);
    for _ in 0..3 {
        assert_eq!(post.send("orders").headers, headers_of([]));
    }
    provider.load(Some(second.provider()));
    post.send("orders");
    second.assert_tree("send orders  PRODUCER");
}

#[test]
fn other_threads_follow_too() {
    let (provider, post) = reloadable();
    let (first, second) = (SpanRecorder::new(), SpanRecorder::new());
    provider.load(Some(first.provider()));
    let (to_worker, commands) = std::sync::mpsc::channel::<()>();
    let (to_test, answers) = std::sync::mpsc::channel::<()>();
    let worker = {
        let post = post.clone();
        std::thread::spawn(move || {
            for () in commands {
                post.send("orders");
                to_test.send(()).unwrap();
            }
        })
    };
    let send = || {
        to_worker.send(()).unwrap();
        answers.recv().unwrap();
    };
    send();
    provider.load(Some(second.provider()));
    first.provider().shutdown().unwrap();
    send();
    drop(to_worker);
    worker.join().unwrap();
    assert_eq!((first.finished().len(), second.finished().len()), (1, 1));
}

#[test]
fn looking_for_a_provider_makes_no_span_of_its_own() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer());
    post.send("orders");
    assert_eq!(spans.finished().len(), 1);
    // Not even the SDK's sampler is asked: the one span is the send's.
    assert!(spans.tracer().start("x").is_recording_now());
}

trait IsRecording {
    fn is_recording_now(&self) -> bool;
}

impl<S: opentelemetry::trace::Span> IsRecording for S {
    fn is_recording_now(&self) -> bool {
        self.is_recording()
    }
}
