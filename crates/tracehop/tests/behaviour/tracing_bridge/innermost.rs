//! The innermost span of `tracing` is what sends belong to, whether or not the layer tells OpenTelemetry.

use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use tracehop::MemoryHeaders;
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, info, info_span};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use super::service::{ACTIVATION, Noting, Service};
use crate::mail::{application_span, span};

/// What is sent is a child of the innermost span of `tracing`, wherever that is.
#[tokio::test]
async fn a_send_is_a_child_of_the_innermost_span_outside_of_a_handler_too() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let checkout = async {
            async {
                service.post.send("orders");
                let task = async { drop(service.post.send("invoices")) };
                task.instrument(info_span!("bill")).await;
            }
            .instrument(info_span!("checkout"))
            .await;
            service.post.send("reports");
        };
        checkout.with_subscriber(service.subscriber()).await;
        service.assert(
            "
            checkout           INTERNAL
            ├ send orders      PRODUCER
            └ bill             INTERNAL
              └ send invoices  PRODUCER
            send reports       PRODUCER
            ",
        );
    }
}

#[test]
fn a_context_that_was_made_current_by_hand_goes_first() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        tracing::subscriber::with_default(service.subscriber(), || {
            let by_hand = application_span(&service.spans, "by hand");
            let _checkout = info_span!("checkout").entered();
            let _active = by_hand.attach();
            service.post.send("orders");
        });
        service.assert(
            "
            by hand          INTERNAL
            └ send orders    PRODUCER
            checkout         INTERNAL
            ",
        );
    }
}

#[test]
fn a_context_that_is_written_by_hand_is_that_of_the_innermost_span() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let mut headers = MemoryHeaders::new();
        tracing::subscriber::with_default(service.subscriber(), || {
            info_span!("checkout")
                .in_scope(|| service.post.client.tracer().inject(&mut headers))
                .expect("there is room");
        });
        let written = service.post.client.tracer().extract(&headers).creation;
        assert_eq!(written.span_id(), span(&service.spans, "checkout").span_context.span_id());
    }
}

#[test]
fn in_a_suppressed_scope_nothing_is_made_not_even_a_span_of_tracing_for_a_send() {
    for activates in ACTIVATION {
        let service = Service::new(activates);
        let made = Arc::<Mutex<Vec<String>>>::default();
        let subscriber = Registry::default().with(service.layer()).with(Noting(Arc::clone(&made)));
        tracing::subscriber::with_default(subscriber, || {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            service.post.send("orders");
            service.order().process_blocking(|| info!("unseen"));
        });
        assert_eq!(
            made.lock().unwrap().iter().filter(|line| line.contains("bridge")).count(),
            usize::from(!activates)
        );
        service.assert("");
    }
}
