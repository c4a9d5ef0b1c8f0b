//! Services that use `tracing`: its spans and ours are parents and children of each other.

use opentelemetry_sdk::trace::SdkTracer;
use tracehop_testing::SpanRecorder;
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt;

use crate::mail::{Post, TRACEPARENT, letter};

/// A subscriber for one test: nothing is installed for the process.
fn subscriber(spans: &SpanRecorder) -> impl tracing::Subscriber + Send + Sync + use<> {
    let layer = tracing_opentelemetry::layer().with_tracer::<SdkTracer>(spans.tracer());
    tracing_subscriber::registry().with(layer)
}

#[tokio::test]
async fn a_send_inside_a_tracing_span_is_its_child() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer());
    let checkout = async {
        // Built inside, where the subscriber is the one of this test.
        async { drop(post.send("orders")) }.instrument(info_span!("checkout")).await;
    };
    checkout.with_subscriber(subscriber(&spans)).await;
    spans.assert_tree(
        "
        checkout         INTERNAL
        └ send orders    PRODUCER
        ",
    );
}

#[instrument(skip_all)]
async fn handle(post: &Post) -> Result<(), String> {
    tokio::task::yield_now().await;
    post.send("shipments");
    Ok(())
}

#[tokio::test]
async fn an_instrumented_handler_is_the_child_of_processing_and_the_parent_of_what_it_sends() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer());
    let order = post.receive(letter([("traceparent", TRACEPARENT)]));
    let handled = async { order.process(handle(&post)).await };
    handled.with_subscriber(subscriber(&spans)).await.unwrap();
    spans.assert_tree(
        "
        (remote)
        └ process orders         CONSUMER  links: (remote)
          └ handle               INTERNAL
            └ send shipments     PRODUCER
        ",
    );
}
