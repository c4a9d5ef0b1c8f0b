//! Threads, subscribers, layers and filters.

use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::SystemTime;

use futures::FutureExt;
use opentelemetry::KeyValue;
use opentelemetry::trace::{
    Event, Link, Span, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState, Tracer,
};
use tokio::task::yield_now;
use tracehop::process_batch;
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id};
use tracing::{Instrument, Subscriber, info, info_span};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{self, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use super::service::{ACTIVATION, Noting, Order, Service, poll};
use crate::mail::{Letter, Post, span};

#[test]
fn a_handler_that_moves_to_another_thread_between_two_polls_goes_on_there() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let order = service.order();
        let dispatch = tracing::Dispatch::new(service.subscriber());
        let handler = async {
            info!("here");
            yield_now().await;
            info!("there");
            async {}.instrument(info_span!("work")).await;
        };
        let mut future = Box::pin(order.process(handler).with_subscriber(dispatch));
        assert_eq!(poll(future.as_mut()), Poll::Pending);
        std::thread::scope(|scope| {
            let there = scope.spawn(move || poll(future.as_mut()));
            assert_eq!(there.join().unwrap(), Poll::Ready(()));
        });
        service.assert(
            "
            (remote)
            └ process orders  CONSUMER  links: (remote)  events: here, there
              └ work          INTERNAL
            ",
        );
    }
}

#[test]
fn one_span_may_be_entered_by_several_threads_at_once() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let dispatch = tracing::Dispatch::new(service.subscriber());
        for _ in 0..200 {
            service.spans.clear();
            let process = service.order().start_process();
            let start = std::sync::Barrier::new(4);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let work = || {
                            info!("logged");
                            info_span!("work").in_scope(|| {});
                        };
                        tracing::dispatcher::with_default(&dispatch, || {
                            start.wait();
                            process.in_scope(work);
                        });
                    });
                }
            });
            process.finish(&());
            service.assert(
                "
                (remote)
                └ process orders  CONSUMER  links: (remote)  events: logged, logged, logged, logged
                  ├ work          INTERNAL
                  ├ work          INTERNAL
                  ├ work          INTERNAL
                  └ work          INTERNAL
                ",
            );
        }
    }
}

#[tokio::test]
async fn each_subscriber_sees_the_handlers_that_run_under_it() {
    for activates in ACTIVATION {
        let (one, other) = (Service::new(activates), Service::new(activates));
        let handle = async |service: &Service, text: &'static str| {
            let order = service.order();
            let handler = async {
                yield_now().await;
                info!("{text}");
            };
            order.process(handler).with_subscriber(service.subscriber()).await;
        };
        tokio::join!(handle(&one, "one"), handle(&other, "other"));
        for (service, text) in [(&one, "one"), (&other, "other")] {
            service.assert(&format!(
                "
                (remote)
                └ process orders  CONSUMER  links: (remote)  events: {text}
                "
            ));
        }
    }
}

#[tokio::test]
async fn a_filter_that_hides_the_target_leaves_all_as_it_is_without_a_bridge() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let hides =
            || Targets::new().with_default(LevelFilter::INFO).with_target("tracehop", LevelFilter::WARN);
        let everywhere = Registry::default().with(service.layer()).with(hides());
        let of_the_layer = Registry::default().with(service.layer().with_filter(hides()));
        let handle = |order: Order| async move { order.process(async { info!("logged") }).await };
        let consume = || async { handle(service.order()).instrument(info_span!("consume")).await };
        consume().with_subscriber(everywhere).await;
        consume().with_subscriber(of_the_layer).await;
        // The second trees are those of the filter of the layer alone.
        let links =
            if activates { ["links: (remote), #1", "links: (remote), #2"] } else { ["links: (remote)"; 2] };
        let [first, second] = links;
        let numbers = if activates { ["#1", "#2"] } else { [""; 2] };
        service.spans.tree().events(true).assert(&format!(
            "
            consume           INTERNAL  {}  events: logged
            (remote)
            ├ process orders  CONSUMER  {first}
            └ process orders  CONSUMER  {second}
            consume           INTERNAL  {}  events: logged
            ",
            numbers[0], numbers[1],
        ));
    }
}

#[test]
fn a_layer_without_the_bridges_tracer_makes_a_span_of_its_own() {
    let service = Service::new(true);
    let layer = tracing_opentelemetry::layer().with_tracer(service.spans.tracer());
    let order = service.order();
    tracing::subscriber::with_default(Registry::default().with(layer), || {
        order.process_blocking(|| info!("logged"));
    });
    service.assert(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote)
          └ process       INTERNAL  events: logged
        ",
    );
}

#[test]
fn a_bridged_tracer_makes_all_other_spans_as_the_tracer_inside_does() {
    let service = Service::new(true);
    let tracer = service.bridge.tracer(service.spans.tracer());
    let mut span = tracer.span_builder("process").with_kind(SpanKind::Server).start(&tracer);
    assert!(span.is_recording() && span.span_context().is_valid());
    span.set_attribute(KeyValue::new("a", 1));
    span.set_attributes([KeyValue::new("b", 2)]);
    span.add_event("c", Vec::new());
    span.add_event_with_timestamp("d", SystemTime::UNIX_EPOCH, Vec::new());
    span.record_error(&std::io::Error::other("e"));
    span.add_link(service.order().creation().to_context().span().span_context().clone(), Vec::new());
    span.set_status(Status::error("f"));
    span.update_name("g");
    span.end();
    assert!(!span.is_recording());
    service
        .spans
        .tree()
        .events(true)
        .attributes(["a", "b"])
        .assert("g  SERVER  links: (remote)  error  a=1  b=2  events: c, d, exception");
    assert_eq!(format!("{span:?}"), "BridgedSpan { is_adopted: false, .. }");
}

#[test]
fn the_span_of_tracing_says_what_is_handled_and_nothing_of_the_bridge() {
    const ORDERS: &str =
        r#"INFO tracehop::process process messaging.system="mail" messaging.destination.name="orders""#;
    const NOWHERE: &str = r#"INFO tracehop::process process messaging.system="mail""#;
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let made = Arc::<Mutex<Vec<String>>>::default();
        let subscriber = Registry::default().with(service.layer()).with(Noting(Arc::clone(&made)));
        tracing::subscriber::with_default(subscriber, || {
            service.order().process_blocking(|| {});
            let messages = ["orders", "parcels"]
                .map(|topic| service.post.receive(Letter { topic, ..Letter::default() }));
            process_batch(&messages, async {}).now_or_never().unwrap();
        });
        let made = made.lock().unwrap();
        let (questions, spans): (Vec<_>, Vec<_>) = made
            .iter()
            .map(String::as_str)
            .partition(|line| line.starts_with("INFO tracehop::process bridge"));
        assert_eq!(spans, [ORDERS, NOWHERE]);
        // Once it is looked whether the layer makes spans current. If not it is asked each time, and for each parent.
        assert_eq!(questions.len(), if activates { 1 } else { 4 }, "{made:?}");
    }
}

#[test]
fn of_two_bridges_each_knows_its_own_messages() {
    for activates in ACTIVATION {
        let (service, other) = (Service::new(activates), Service::new(activates));
        tracing::subscriber::with_default(service.subscriber(), || {
            other.order().process_blocking(|| info!("logged"));
        });
        // The layer knows nothing of the other bridge: for it this is a span like any.
        other.assert(
            "
            (remote)
            └ process orders  CONSUMER  links: (remote)
            ",
        );
        let process = span(&service.spans, "process");
        assert_eq!(process.events.len(), 1);
        assert_eq!(process.span_kind, SpanKind::Internal);
    }
}

/// Sends a message about each handling, when `tracing` is told of it.
struct SendsAboutHandlings(Post);

impl<S: Subscriber> Layer<S> for SendsAboutHandlings {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        if attributes.metadata().target() == "tracehop::process" && attributes.metadata().name() == "process"
        {
            self.0.send("audit");
        }
    }
}

#[test]
fn a_layer_that_sends_messages_of_its_own_is_not_in_the_way() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let sends = SendsAboutHandlings(service.post.clone());
        let subscriber = Registry::default().with(sends).with(service.layer());
        tracing::subscriber::with_default(subscriber, || {
            service.order().process_blocking(|| info!("logged"));
        });
        service.assert(
            "
            (remote)
            └ process orders  CONSUMER  links: (remote)  events: logged
              └ send audit    PRODUCER
            ",
        );
    }
}

#[test]
fn what_runs_under_a_subscriber_without_a_layer_says_nothing_of_others() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let send = || info_span!("checkout").in_scope(|| drop(service.post.send("orders")));
        tracing::subscriber::with_default(service.subscriber(), send);
        tracing::subscriber::with_default(Registry::default(), || service.order().process_blocking(|| {}));
        tracing::subscriber::with_default(service.subscriber(), send);
        service.assert(
            "
            checkout          INTERNAL
            └ send orders     PRODUCER
            (remote)
            └ process orders  CONSUMER  links: (remote)
            checkout          INTERNAL
            └ send orders     PRODUCER
            ",
        );
    }
}

/// Another layer than that of `tracing-opentelemetry`: it knows much of a span before it asks for it, and ends it at once.
struct AsksAtOnce<T>(T);

impl<S: Subscriber, T: Tracer + 'static> Layer<S> for AsksAtOnce<T> {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        let linked = SpanContext::new(7.into(), 7.into(), TraceFlags::SAMPLED, true, TraceState::default());
        let event = Event::new("made", SystemTime::UNIX_EPOCH, vec![KeyValue::new("b", 2)], 0);
        let mut builder = self.0.span_builder(attributes.metadata().name()).with_events(vec![event]);
        let own =
            ["messaging.system", "code.file.path", "level", "target"].map(|key| KeyValue::new(key, "own"));
        let list = builder.attributes.get_or_insert_default();
        list.insert(0, KeyValue::new("a", 1));
        list.extend(own);
        let builder = builder.with_links(vec![Link::new(linked, Vec::new(), 0)]).with_kind(SpanKind::Server);
        let mut span = builder.start(&self.0);
        span.set_status(Status::error("by the layer"));
        span.end();
    }
}

#[test]
fn what_any_layer_gathers_before_it_asks_for_the_span_is_taken_over() {
    let service = Service::new(true);
    let subscriber = Registry::default().with(AsksAtOnce(service.bridge.tracer(service.spans.tracer())));
    let order = service.order();
    // It goes on although that layer has ended it.
    let handler = || Err::<(), _>("declined");
    let output = tracing::subscriber::with_default(subscriber, || order.process_blocking(handler));
    assert_eq!(output, Err("declined"));
    let tree = service.spans.tree().events(true).attributes(["a", "messaging.system", "code.file.path"]);
    tree.assert(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote), (remote)  error=_OTHER  a=1  messaging.system=mail  events: made
        ",
    );
    let process = span(&service.spans, "process orders");
    assert_eq!(process.events[0].timestamp, SystemTime::UNIX_EPOCH);
    assert_eq!(process.events[0].attributes, [KeyValue::new("b", 2)]);
    assert_eq!(process.links[1].span_context.span_id(), 7.into());
    assert_eq!(process.status, Status::error("declined"));
}
