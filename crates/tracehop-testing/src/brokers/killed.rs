//! Scenarios in which the broker is killed in the midst of an operation.

use std::pin::pin;
use std::task::Poll;

use tracehop::MessagingTracer;

use super::bench::{DEADLINE, error_type, header, headers_of, values};
use super::broker_under_test::BrokerUnderTest;
use super::polled::poll_once;
use super::redelivery::Redelivery;
use super::stage::Stage;
use crate::SpanRecorder;

/// The header in which a message says which it is.
const WHICH: &str = "which";

/// An application does not try for ever.
const MOST_TRIES: usize = 1_000;

/// Receives, handles and settles all messages up to the one that says that it is the last; which they were, and who sent them.
async fn handle_all<B: BrokerUnderTest>(broker: &B, spans: &SpanRecorder) -> Vec<String> {
    let send = broker.span_name("send");
    let mut seen: Vec<String> = Vec::new();
    while seen.last().is_none_or(|which| which != "last") {
        let got = broker.receive().await;
        let received = B::received(&got);
        received.process(broker.settle(&got, B::SETTLEMENTS[0])).await;
        let source = received.creation().span_id();
        let all = spans.finished();
        let sender = all.iter().find(|span| span.span_context.span_id() == source && span.name == send);
        assert!(sender.is_some(), "nobody sent it:\n{}", spans.tree());
        seen.extend(values(&headers_of::<B>(received), WHICH));
    }
    seen
}

/// How many spans of this name have failed. Each says why.
fn failures(spans: &SpanRecorder, name: &str) -> usize {
    let errors = spans.finished().into_iter().filter(|span| span.name == name);
    let errors: Vec<String> = errors.filter_map(|span| error_type(&span)).collect();
    assert!(!errors.iter().any(|error| error == "_OTHER"), "{errors:?}: a client knows why");
    errors.len()
}

pub(super) async fn a_send_to_a_broker_that_is_dead_says_so_or_arrives_when_it_is_back<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    let spans = SpanRecorder::new();
    let tracer: MessagingTracer = spans.messaging_tracer();
    let destination = stage.destination().await;
    let broker = B::connect(&tracer, &destination).await;
    let tried = {
        // A receive waits meanwhile, and is given up with its clients.
        let mut waiting = pin!(broker.receive());
        assert!(poll_once(waiting.as_mut()).await.is_pending(), "nothing was sent");
        let outage = stage.outage().await;
        let headers = [header(WHICH, "into the outage")];
        let mut sending = pin!(broker.try_send(&headers));
        match poll_once(sending.as_mut()).await {
            Poll::Ready(tried) => {
                outage.end().await;
                tried
            }
            Poll::Pending => tokio::join!(sending, outage.end()).0,
        }
    };
    let broker = broker.recover(&tracer, &destination).await;
    // As an application does it.
    let mut failed = 0;
    let mut result = tried;
    while let Err(error) = result {
        failed += 1;
        assert!(failed < MOST_TRIES, "the broker is back, and nothing can be sent: {error}");
        result = broker.try_send(&[header(WHICH, "into the outage")]).await;
    }
    broker.send(&[header(WHICH, "last")]).await;
    let seen = handle_all(&broker, &spans).await;
    assert!(seen.iter().any(|which| which == "into the outage"), "it was sent, and is lost: {seen:?}");

    spans.wait_until(|spans| spans.unfinished() == 0, DEADLINE).await;
    println!("{failed} attempts failed:\n{}", spans.tree());
    let all = failures(&spans, &broker.span_name("send"));
    assert_eq!(all, failed, "each attempt that failed is seen as failed:\n{}", spans.tree());
    let sends = spans.finished().into_iter().filter(|span| span.name == broker.span_name("send")).count();
    assert_eq!(sends, failed + 2, "one span for each attempt:\n{}", spans.tree());
    assert!(seen.len() <= failed + 2, "more messages than were sent: {seen:?}");
    spans.assert_every_message_linked();
    spans.assert_no_orphans();
}

pub(super) async fn a_message_whose_broker_is_killed_in_mid_handler_is_settled_or_comes_again<
    B: BrokerUnderTest,
>(
    stage: &Stage<B>,
) {
    let spans = SpanRecorder::new();
    let tracer: MessagingTracer = spans.messaging_tracer();
    let destination = stage.destination().await;
    let broker = B::connect(&tracer, &destination).await;
    broker.send(&[header(WHICH, "first")]).await;
    let got = broker.receive().await;
    let settlement = B::SETTLEMENTS[0];
    let mut settled = Ok(());
    let handler = async {
        stage.outage().await.end().await;
        settled = broker.try_settle(&got, settlement).await;
    };
    B::received(&got).process(handler).await;
    drop(got);
    let broker = broker.recover(&tracer, &destination).await;
    broker.send(&[header(WHICH, "last")]).await;
    let seen = handle_all(&broker, &spans).await;
    let again = seen.iter().filter(|which| *which == "first").count();
    let must_come = settled.is_err() && B::REDELIVERY == Redelivery::Again;
    assert!(again >= usize::from(must_come), "{settled:?}, and it is lost: {seen:?}");

    spans.wait_until(|spans| spans.unfinished() == 0, DEADLINE).await;
    let (settle, process) = (broker.span_name(settlement), broker.span_name("process"));
    let failed = failures(&spans, &settle);
    assert_eq!(failed, usize::from(settled.is_err()), "{settled:?}:\n{}", spans.tree());
    let all = spans.finished();
    let processed: Vec<_> = all.iter().filter(|span| span.name == process).collect();
    assert_eq!(processed.len(), 1 + seen.len(), "one span for each time:\n{}", spans.tree());
    for span in &processed {
        let id = span.span_context.span_id();
        let below = all.iter().filter(|child| child.name == settle && child.parent_span_id == id);
        assert_eq!(below.count(), 1, "each handler settles once:\n{}", spans.tree());
    }
    spans.assert_every_message_linked();
    spans.assert_no_orphans();
}
