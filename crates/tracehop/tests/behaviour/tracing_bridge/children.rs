//! Spans of `tracing` that are made in a handler, and tasks.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use tokio::task::yield_now;
use tracehop::{Destination, MessageInfo};
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, info, info_span};

use super::service::{ACTIVATION, Order, Service, attribute, weigh};
use crate::mail::{TRACEPARENT, letter, span};

fn current_ids() -> (String, String) {
    Context::map_current(|cx| {
        let span = cx.span();
        let span = span.span_context();
        (span.trace_id().to_string(), span.span_id().to_string())
    })
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
        service.assert(
            "
            consume                INTERNAL  #1
            (remote)
            └ process orders       CONSUMER  links: (remote), #1
              ├ weigh              INTERNAL  events: on the scales
              │ └ send shipments   PRODUCER
              ├ wrap               INTERNAL  events: wrapped
              └ label              INTERNAL  events: written
            ",
        );
        assert_eq!(attribute(&span(&service.spans, "weigh"), "order.lines"), Some(3.into()));
    }
}

#[tokio::test]
async fn what_settles_several_messages_is_a_child_of_the_span_of_tracing_outside_of_them() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let handle = async |order: Order| {
            let mut handled = SpanContext::NONE;
            order.process(async { handled = Context::current().span().span_context().clone() }).await;
            let info = MessageInfo::to(Destination::none());
            service.post.client.settle_several("commit", &info, &handled).end();
        };
        service.consume(handle).await;
        service.assert(
            "
            consume           INTERNAL  #1
            └ commit          CLIENT
            (remote)
            └ process orders  CONSUMER  links: (remote), #1
            ",
        );
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

#[tokio::test]
async fn what_a_spawned_task_sends_belongs_to_the_message() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let handle = async |order: Order| {
            let post = service.post.clone();
            let handler = async {
                let task = async move { drop(post.send("shipments")) };
                tokio::spawn(task.in_current_span().with_current_subscriber()).await.unwrap();
            };
            order.process(handler).await;
        };
        service.consume(handle).await;
        service.assert(
            "
            consume             INTERNAL  #1
            (remote)
            └ process orders    CONSUMER  links: (remote), #1
              └ send shipments  PRODUCER
            ",
        );
    }
}
