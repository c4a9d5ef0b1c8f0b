//! What is done to the current span of `tracing` in a handler reaches the process span.

use futures::FutureExt;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::Sampler;
use tokio::task::yield_now;
use tracehop::process_batch;
use tracehop_testing::SpanRecorder;
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, error, info, info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::service::{ACTIVATION, Order, Service, attribute, weigh};
use crate::mail::{Letter, Post, TRACEPARENT, letter, span};

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
