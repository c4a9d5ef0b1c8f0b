//! Handlers that do not come to their ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use futures::FutureExt;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tokio::task::yield_now;
use tracing::{info, info_span};

use super::service::{ACTIVATION, Service, poll};

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
