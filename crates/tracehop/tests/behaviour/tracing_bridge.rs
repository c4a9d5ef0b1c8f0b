//! Services that log with `tracing` directly in their handlers: it lands on the process span. Each test runs with a layer that
//! makes its spans current for OpenTelemetry, and with one that does not.

use std::fmt::{Debug, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context as Task, Poll, Waker};

use futures::FutureExt;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SpanData};
use tokio::task::yield_now;
use tracehop::{BridgedTracer, Received, TracingBridge, process_batch};
use tracehop_testing::SpanRecorder;
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id};
use tracing::{Instrument, Subscriber, error, info, info_span, instrument, warn};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{self, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use crate::mail::{Letter, Mail, Post, TRACEPARENT, letter, span};

type Order = Received<Letter, Mail>;

/// Both kinds of layers.
const ACTIVATION: [bool; 2] = [true, false];

/// A service: its recorder, its client, and how its layer is set up.
struct Service {
    spans: SpanRecorder,
    post: Post,
    bridge: TracingBridge,
    activates: bool,
}

impl Service {
    fn new(activates: bool) -> Self {
        Self::with(SpanRecorder::new(), activates)
    }

    fn with(spans: SpanRecorder, activates: bool) -> Self {
        let bridge = TracingBridge::new();
        let post = Post::new(&spans.messaging_tracer_builder().tracing_bridge(bridge.clone()).build());
        Self { spans, post, bridge, activates }
    }

    fn layer<S>(&self) -> OpenTelemetryLayer<S, BridgedTracer<SdkTracer>>
    where
        S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    {
        let tracer = self.bridge.tracer(self.spans.tracer());
        tracing_opentelemetry::layer().with_tracer(tracer).with_context_activation(self.activates)
    }

    /// A subscriber for one test: nothing is installed for the process.
    fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        Registry::default().with(self.layer())
    }

    /// A message that this service got from elsewhere.
    fn order(&self) -> Order {
        self.post.receive_from_elsewhere()
    }

    /// The loop of a consumer, inside of a span of `tracing`, as many have it.
    async fn consume<F: Future>(&self, turn: impl FnOnce(Order) -> F) -> F::Output {
        let consumer = async {
            let order = self.order();
            async { turn(order).await }.instrument(info_span!("consume")).await
        };
        consumer.with_subscriber(self.subscriber()).await
    }

    /// What the tree of spans is, with events. Nothing is left over.
    #[track_caller]
    fn assert(&self, expected: &str) {
        assert_eq!(self.spans.unfinished(), 0);
        // Of a layer that makes nothing current, the span of the loop is unknown to OpenTelemetry: there is no link to it.
        let expected = if self.activates {
            expected.to_owned()
        } else {
            expected.replace(", #1", "").replace("  #1", "")
        };
        self.spans.tree().events(true).assert(&expected);
    }
}

fn attribute(span: &SpanData, key: &str) -> Option<Value> {
    let mut values = span.attributes.iter().filter(|attribute| attribute.key.as_str() == key);
    let value = values.next().map(|attribute| attribute.value.clone());
    assert!(values.next().is_none(), "{key} is there twice");
    value
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Task::from_waker(Waker::noop()))
}

fn current_ids() -> (String, String) {
    Context::map_current(|cx| {
        let span = cx.span();
        let span = span.span_context();
        (span.trace_id().to_string(), span.span_id().to_string())
    })
}

#[tokio::test]
async fn what_is_logged_in_a_handler_lands_on_the_process_span() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let handle = async |order: Order| {
            info!("before");
            let handler = async {
                info!(order.lines = 3, "weighed");
                yield_now().await;
                info!("packed");
            };
            order.process(handler).await;
            info!("after");
        };
        service.consume(handle).await;
        service.assert(
            "
            consume           INTERNAL  #1  events: before, after
            (remote)
            └ process orders  CONSUMER  links: (remote), #1  events: weighed, packed
            ",
        );
        let process = span(&service.spans, "process orders");
        let weighed = &process.events[0];
        assert!(weighed.attributes.contains(&KeyValue::new("order.lines", 3)), "{weighed:?}");
        assert!(process.events[0].timestamp <= process.events[1].timestamp);
        assert!(process.events[1].timestamp <= process.end_time);
    }
}

#[tokio::test]
async fn the_process_span_stays_as_core_made_it() {
    let tell = |service: &Service| {
        let process = span(&service.spans, "process orders");
        let mut attributes: Vec<String> = process
            .attributes
            .iter()
            .map(|attribute| format!("{}={}", attribute.key, attribute.value))
            .filter(|attribute| !attribute.starts_with("thread.") && !attribute.contains("_ns="))
            .collect();
        attributes.sort();
        (process.span_kind, process.name, process.status, attributes, process.links.len())
    };
    let plain = Service::new(true);
    let order = plain.order();
    order.process(async {}).await;
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let order = service.order();
        order.process(async {}).with_subscriber(service.subscriber()).await;
        assert_eq!(tell(&service), tell(&plain), "{activates}");
        assert_eq!(tell(&service).0, SpanKind::Consumer);
        // How long the handler was at work is of use here too.
        assert!(attribute(&span(&service.spans, "process orders"), "busy_ns").is_some());
    }
}

#[tokio::test]
async fn attributes_links_status_and_events_of_the_current_tracing_span_reach_the_process_span() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let linked = service.order().creation().to_context().span().span_context().clone();
        let handle = async |order: Order| {
            let handler = async {
                let current = tracing::Span::current();
                current.set_attribute("order.id", "ord_42");
                yield_now().await;
                current.set_attribute("order.lines", 3);
                current.add_link(linked.clone());
                current.add_event("weighed", vec![KeyValue::new("grams", 20)]);
                current.set_status(Status::error("too heavy"));
                // A field that the span was made without: nobody sees it, as is usual in `tracing`.
                current.record("order.color", "red");
            };
            order.process(handler).await;
        };
        service.consume(handle).await;
        let process = span(&service.spans, "process orders");
        assert_eq!(attribute(&process, "order.id"), Some("ord_42".into()));
        assert_eq!(attribute(&process, "order.lines"), Some(3.into()));
        assert_eq!(attribute(&process, "order.color"), None);
        assert_eq!(process.status, Status::error("too heavy"));
        assert_eq!(process.events.iter().map(|event| &*event.name).collect::<Vec<_>>(), ["weighed"]);
        assert!(process.links.iter().any(|link| link.span_context == linked));
    }
}

#[instrument(skip_all, fields(order.lines), err)]
async fn weigh(post: &Post, lines: i64) -> Result<(), String> {
    tracing::Span::current().record("order.lines", lines);
    info!("on the scales");
    yield_now().await;
    post.send("shipments");
    if lines > 3 { Err("too heavy".to_owned()) } else { Ok(()) }
}

#[tokio::test]
async fn spans_of_the_handler_are_children_of_the_process_span_although_the_loop_has_a_span() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let handle = async |order: Order| {
            let handler = async {
                weigh(&service.post, 3).await?;
                async { info!("wrapped") }.instrument(info_span!("wrap")).await;
                info_span!("label").in_scope(|| info!("written"));
                Ok::<_, String>(())
            };
            order.process(handler).await.unwrap();
        };
        service.consume(handle).await;
        // A send looks for its parent in OpenTelemetry's current context, where a layer that does not activate puts nothing.
        let sends = if activates {
            "
              ├ weigh              INTERNAL  events: on the scales
              │ └ send shipments   PRODUCER
            "
        } else {
            "
              ├ weigh              INTERNAL  events: on the scales
              ├ send shipments     PRODUCER
            "
        };
        service.assert(&format!(
            "
            consume                INTERNAL  #1
            (remote)
            └ process orders       CONSUMER  links: (remote), #1
            {sends}
              ├ wrap               INTERNAL  events: wrapped
              └ label              INTERNAL  events: written
            "
        ));
        assert_eq!(attribute(&span(&service.spans, "weigh"), "order.lines"), Some(3.into()));
    }
}

#[tokio::test]
async fn an_instrumented_handler_that_fails_logs_its_error_on_its_own_span() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        service.consume(async |order: Order| order.process(weigh(&service.post, 4)).await).await.unwrap_err();
        let (process, weigh) = (span(&service.spans, "process orders"), span(&service.spans, "weigh"));
        assert_eq!(process.events.len(), 0);
        assert_eq!(weigh.events.len(), 2, "{:?}", weigh.events);
        assert_eq!(process.status, Status::error("too heavy"));
    }
}

#[tokio::test]
async fn an_error_that_is_logged_marks_the_process_span_and_the_result_has_the_last_word() {
    for activates in ACTIVATION {
        for (result, status, error_type) in [
            (Ok(()), Status::error(""), None),
            (Err("declined"), Status::error("declined"), Some(Value::from("&str"))),
        ] {
            let service = Service::new(activates);
            let handler = async {
                error!("the printer is on fire");
                result
            };
            let output = service.consume(async |order: Order| order.process(handler).await).await;
            assert_eq!(output, result);
            let process = span(&service.spans, "process orders");
            assert_eq!(process.status, status);
            assert_eq!(attribute(&process, "error.type").is_some(), error_type.is_some());
            assert_eq!(process.events.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_task_that_is_spawned_in_the_current_span_is_a_part_of_the_handling() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let handle = async |order: Order| {
            let handler = async {
                info!("spawning");
                let work = async {
                    info!("in the task");
                    async { yield_now().await }.instrument(info_span!("work")).await;
                };
                tokio::spawn(work.in_current_span().with_current_subscriber()).await.unwrap();
            };
            order.process(handler).await;
        };
        service.consume(handle).await;
        service.assert(
            "
            consume           INTERNAL  #1
            (remote)
            └ process orders  CONSUMER  links: (remote), #1  events: spawning, in the task
              └ work          INTERNAL
            ",
        );
    }
}

#[tokio::test]
async fn a_task_that_outlives_the_handler_takes_nothing_from_the_process_span() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let (go, wait) = tokio::sync::oneshot::channel::<()>();
        let mut task = None;
        let handle = async |order: Order| {
            let handler = async {
                info!("spawning");
                let late = async {
                    wait.await.unwrap();
                    info!("too late for the span");
                    drop(info_span!("late"));
                };
                task = Some(tokio::spawn(late.in_current_span().with_current_subscriber()));
                info!("spawned");
            };
            order.process(handler).await;
        };
        service.consume(handle).await;
        go.send(()).unwrap();
        task.unwrap().await.unwrap();
        service.assert(
            "
            consume           INTERNAL  #1
            (remote)
            └ process orders  CONSUMER  links: (remote), #1  events: spawning, spawned
              └ late          INTERNAL
            ",
        );
    }
}

#[test]
fn a_handler_that_blocks_and_one_of_a_batch_have_their_events_too() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let (one, batch) = (service.order(), [service.order(), service.order()]);
        tracing::subscriber::with_default(service.subscriber(), || {
            one.process_blocking(|| info!("blocking"));
            process_batch(&batch, async { info!("batch") }).now_or_never().unwrap();
            let owned = service.order().process_owned(|_| {
                info!("the handler's first half");
                async { info!("its second half") }
            });
            owned.now_or_never().unwrap();
            let (failing, fallback) = (
                || Err::<(), _>("declined"),
                |_| {
                    info!("to dead letters");
                    Ok::<_, String>(())
                },
            );
            service.order().process_blocking_or(failing, fallback).unwrap();
        });
        service.assert(
            "
            (remote)
            ├ process orders  CONSUMER  links: (remote)  events: blocking
            ├ process orders  CONSUMER  links: (remote)  events: the handler's first half, its second half
            └ process orders  CONSUMER  links: (remote)  events: to dead letters, tracehop.failure_handled
            process orders    CONSUMER  links: (remote)  events: batch
            ",
        );
    }
}

#[test]
fn a_message_that_is_handled_inside_of_another_ones_handler_has_its_own_events() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let (outer, inner) =
            (service.order(), service.post.receive(Letter { topic: "parcels", ..Letter::default() }));
        tracing::subscriber::with_default(service.subscriber(), || {
            outer.process_blocking(|| {
                info!("outer");
                inner.process_blocking(|| info!("inner"));
                info!("outer again");
            });
        });
        service.assert(
            "
            (remote)
            └ process orders     CONSUMER  links: (remote)  events: outer, outer again
              └ process parcels  CONSUMER  events: inner
            ",
        );
    }
}

/// Says so when it is dropped.
struct LogsWhenDropped;

impl Drop for LogsWhenDropped {
    fn drop(&mut self) {
        info!("dropped");
    }
}

#[test]
fn a_handler_that_is_dropped_after_any_poll_keeps_what_it_has_logged() {
    for activates in ACTIVATION {
        for (polls, expected) in [
            (0, ""),
            (
                1,
                "
                consume           INTERNAL  #1
                (remote)
                └ process orders  CONSUMER  links: (remote), #1  error=cancelled  events: first, dropped
                ",
            ),
            (
                2,
                "
                consume           INTERNAL  #1
                (remote)
                └ process orders  CONSUMER  links: (remote), #1  error=cancelled  events: first, second, dropped
                ",
            ),
            (
                3,
                "
                consume           INTERNAL  #1
                (remote)
                └ process orders  CONSUMER  links: (remote), #1  events: first, second, third, dropped
                ",
            ),
        ] {
            let service = Service::new(activates);
            let order = service.order();
            let handler = async {
                let _guard = LogsWhenDropped;
                info!("first");
                yield_now().await;
                info!("second");
                yield_now().await;
                info!("third");
            };
            tracing::subscriber::with_default(service.subscriber(), || {
                let consume = info_span!("consume");
                let mut future = Box::pin(order.process(handler));
                for turn in 1..=polls {
                    let polled = consume.in_scope(|| poll(future.as_mut()));
                    assert_eq!(polled.is_ready(), turn == 3);
                    assert!(tracing::Span::current().is_none());
                    assert!(!Context::current().has_active_span());
                }
                drop(future);
                // Without a poll there is nothing to see, also not of this.
                if polls == 0 {
                    std::mem::forget(consume);
                }
            });
            if polls > 0 {
                service.assert(expected);
            } else {
                service.spans.assert_tree(expected);
            }
        }
    }
}

#[test]
fn a_handler_that_panics_keeps_what_it_has_logged() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let (first, second) = (service.order(), service.order());
        tracing::subscriber::with_default(service.subscriber(), || {
            let panicking = || {
                let _guard = LogsWhenDropped;
                info!("first");
                assert!(std::hint::black_box(false), "on purpose");
            };
            let asynchronous = async { panicking() };
            catch_unwind(AssertUnwindSafe(|| first.process(asynchronous).now_or_never())).unwrap_err();
            catch_unwind(AssertUnwindSafe(|| second.process_blocking(panicking))).unwrap_err();
            assert!(tracing::Span::current().is_none());
        });
        assert!(!Context::current().has_active_span());
        service.assert(
            "
            (remote)
            ├ process orders  CONSUMER  links: (remote)  error=panic  events: first, dropped
            └ process orders  CONSUMER  links: (remote)  error=panic  events: first, dropped
            ",
        );
    }
}

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
        for _ in 0..50 {
            service.spans.clear();
            let process = service.order().start_process();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        tracing::dispatcher::with_default(&dispatch, || process.in_scope(|| info!("logged")));
                    });
                }
            });
            process.finish(&());
            service.assert(
                "
                (remote)
                └ process orders  CONSUMER  links: (remote)  events: logged, logged, logged, logged
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
async fn an_unsampled_process_span_takes_its_events_with_it() {
    for activates in ACTIVATION {
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
        let service = Service::with(SpanRecorder::with_sampler(sampler), activates);
        let unsampled = TRACEPARENT.replace("-01", "-00");
        let order = || service.post.receive(letter([("traceparent", &unsampled)]));
        let consumer = async {
            async {
                let handler = async {
                    info!("unseen");
                    async {}.instrument(info_span!("work")).await;
                };
                order().process(handler).await;
                warn!("seen");
            }
            .instrument(info_span!("consume"))
            .await;
        };
        // The loop's span is sampled, so it is only linked to.
        consumer.with_subscriber(service.subscriber()).await;
        service.assert("consume  INTERNAL  events: seen");
    }
}

#[tokio::test]
async fn without_a_provider_events_do_not_land_on_somebody_elses_span() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let silent = tracehop::MessagingTracer::builder()
            .tracer_provider(opentelemetry::trace::noop::NoopTracerProvider::new())
            .tracing_bridge(service.bridge.clone())
            .build();
        let post = Post::new(&silent);
        let consumer = async {
            async {
                let order = post.receive_from_elsewhere();
                order.process(async { info!("unseen") }).await;
                info!("seen");
            }
            .instrument(info_span!("consume"))
            .await;
        };
        consumer.with_subscriber(service.subscriber()).await;
        service.assert("consume  INTERNAL  events: seen");
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

#[tokio::test]
async fn what_is_current_for_opentelemetry_is_the_process_span_and_the_baggage_of_the_message() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let order = service.post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "tenant=shop")]));
        let tenant = || Context::map_current(|cx| cx.baggage().get("tenant").map(ToString::to_string));
        let mut seen = Vec::new();
        let handler = async {
            seen.push((current_ids(), tenant()));
            yield_now().await;
            seen.push((current_ids(), tenant()));
            // A span of `tracing` that is entered brings back the context that it was made in.
            seen.push(tracing::Span::current().in_scope(|| (current_ids(), tenant())));
        };
        order.process(handler).with_subscriber(service.subscriber()).await;
        let process = span(&service.spans, "process orders");
        let ids = (process.span_context.trace_id().to_string(), process.span_context.span_id().to_string());
        assert_eq!(seen, vec![(ids, Some("shop".to_owned())); 3]);
    }
}

#[tokio::test]
async fn what_is_sent_after_the_handler_and_what_follows_it_is_as_without_a_bridge() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let handle = async |order: Order| {
            order.process(async { drop(service.post.send("invoices")) }).await;
            let follow_up = async {
                info!("after");
                service.post.send("shipments");
            };
            order.follow_up(follow_up).await;
        };
        service.consume(handle).await;
        service.assert(
            "
            consume             INTERNAL  #1  events: after
            (remote)
            └ process orders    CONSUMER  links: (remote), #1
              ├ send invoices   PRODUCER
              └ send shipments  PRODUCER
            ",
        );
    }
}

#[test]
fn a_span_that_nobody_enters_and_one_that_is_abandoned_leave_nothing_behind() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        tracing::subscriber::with_default(service.subscriber(), || {
            drop(service.order().start_process());
            let abandoned = service.order().start_process();
            abandoned.in_scope(|| info!("logged"));
            drop(abandoned);
            let failed = service.order().start_process();
            failed.in_scope(|| info!("logged"));
            failed.fail(tracehop::Failure::new("late", &"too late"));
        });
        service.assert(
            "
            (remote)
            ├ process orders  CONSUMER  links: (remote)  error=abandoned
            ├ process orders  CONSUMER  links: (remote)  error=abandoned  events: logged
            └ process orders  CONSUMER  links: (remote)  error=late  events: logged
            ",
        );
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
    use opentelemetry::trace::{Span, Tracer};

    let service = Service::new(true);
    let tracer = service.bridge.tracer(service.spans.tracer());
    let mut span = tracer.span_builder("process").with_kind(SpanKind::Server).start(&tracer);
    assert!(span.is_recording() && span.span_context().is_valid());
    span.set_attribute(KeyValue::new("a", 1));
    span.set_attributes([KeyValue::new("b", 2)]);
    span.add_event("c", Vec::new());
    span.add_event_with_timestamp("d", std::time::SystemTime::UNIX_EPOCH, Vec::new());
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
fn polling_the_future_by_hand_leaves_nothing_current() {
    let service = Service::new(true);
    let order = service.order();
    tracing::subscriber::with_default(service.subscriber(), || {
        let mut future = pin!(order.process(std::future::pending::<()>()));
        assert!(poll(future.as_mut()).is_pending());
        assert!(tracing::Span::current().is_none());
        assert!(!Context::current().has_active_span());
    });
}

/// Writes down the spans of `tracing` that are made, as a log shows them.
struct Noting(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl<S: Subscriber> Layer<S> for Noting {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        let metadata = attributes.metadata();
        let mut fields = Fields(format!("{} {} {}", metadata.level(), metadata.target(), metadata.name()));
        attributes.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
}

#[test]
fn the_span_of_tracing_says_what_is_handled_and_nothing_of_the_bridge() {
    const ORDERS: &str =
        r#"INFO tracehop process messaging.system="mail" messaging.destination.name="orders""#;
    const NOWHERE: &str = r#"INFO tracehop process messaging.system="mail""#;
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
        // A layer that makes nothing current is made to ask by another one.
        let times = if activates { 1 } else { 2 };
        let expected: Vec<&str> =
            [ORDERS, NOWHERE].into_iter().flat_map(|line| [line; 2].into_iter().take(times)).collect();
        assert_eq!(*made.lock().unwrap(), expected);
    }
}

#[test]
fn a_span_that_the_application_calls_process_is_its_own() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        tracing::subscriber::with_default(service.subscriber(), || {
            service.order().process_blocking(|| info_span!("process").in_scope(|| info!("logged")));
        });
        service.assert(
            "
            (remote)
            └ process orders  CONSUMER  links: (remote)
              └ process       INTERNAL  events: logged
            ",
        );
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
