//! Scenarios in which the broker is killed in the midst of an operation.

use std::pin::pin;
use std::task::Poll;

use tracehop::MessagingTracer;

use super::bench::{DEADLINE, error_type, header, headers_of, values};
use super::broker_under_test::BrokerUnderTest;
use super::poll_once::poll_once;
use super::redelivery::Redelivery;
use super::stage::Stage;
use crate::SpanRecorder;

/// The header in which a message says which it is.
const WHICH: &str = "which";

/// What the last message says.
const LAST: &str = "last";

/// An application does not try for ever.
const MOST_TRIES: usize = 1_000;

/// Receives, handles and settles all messages up to the one that says that it is the last; which they were, and who sent them.
async fn handle_all<B: BrokerUnderTest>(broker: &B, spans: &SpanRecorder) -> Vec<String> {
    let send = broker.span_name("send");
    let mut seen: Vec<String> = Vec::new();
    while seen.last().is_none_or(|which| which != LAST) {
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

pub(super) async fn a_send_while_the_broker_dies_says_so_or_arrives_and_so_does_one_while_it_is_dead<
    B: BrokerUnderTest,
>(
    stage: &Stage<B>,
) {
    let spans = SpanRecorder::new();
    let tracer: MessagingTracer = spans.messaging_tracer();
    let destination = stage.destination().await;
    let broker = B::connect(&tracer, &destination).await;
    let mut tries = Tries::default();
    {
        // A receive waits meanwhile, and is given up with its clients.
        let mut waiting = pin!(broker.receive());
        assert!(poll_once(waiting.as_mut()).await.is_pending(), "nothing was sent");
        let announced = stage.outage_announced().await;
        // One after the other, until it is dead or the client knows: one is on its way when it dies.
        let mut dying = pin!(announced.begin());
        let (outage, on_its_way) = loop {
            let number = tries.next();
            let mut sending = Box::pin(try_send(&broker, number));
            tokio::select! {
                biased;
                outage = dying.as_mut() => break (outage, Some((number, sending))),
                result = sending.as_mut() => {
                    let failed = result.is_err();
                    tries.note(number, result);
                    if failed {
                        break (dying.await, None);
                    }
                }
            }
        };
        let number = tries.next();
        let mut sending = Box::pin(try_send(&broker, number));
        let first = poll_once(sending.as_mut()).await;
        let second = async { if let Poll::Ready(result) = first { result } else { sending.await } };
        let before = async {
            match on_its_way {
                Some((number, sending)) => Some((number, sending.await)),
                None => None,
            }
        };
        let (result, before, ()) = tokio::join!(second, before, outage.end());
        tries.note(number, result);
        if let Some((number, result)) = before {
            tries.note(number, result);
        }
    }
    let broker = broker.recover(&tracer, &destination).await;
    // As an application does it.
    while let Some(number) = tries.failed.pop() {
        tries.note(number, try_send(&broker, number).await);
    }
    broker.send(&[header(WHICH, LAST)]).await;
    let seen = handle_all(&broker, &spans).await;
    for number in &tries.sent {
        assert!(seen.contains(&number.to_string()), "{number} was sent, and is lost: {seen:?}");
    }
    println!("{} attempts failed, {} did not: {:?}", tries.failures, tries.sent.len(), tries.errors);

    spans.wait_until(|spans| spans.unfinished() == 0, DEADLINE).await;
    let failed = failures(&spans, &broker.span_name("send"));
    assert_eq!(failed, tries.failures, "each attempt that failed is seen as failed:\n{}", spans.tree());
    let sends = spans.finished().into_iter().filter(|span| span.name == broker.span_name("send")).count();
    let attempts = tries.failures + tries.sent.len();
    assert_eq!(sends, attempts + 1, "one span for each attempt:\n{}", spans.tree());
    // Some more than once: a broker that dies may forget what it delivered.
    let known = |which: &str| which == LAST || which.parse().is_ok_and(|number| tries.sent.contains(&number));
    assert!(seen.iter().all(|which| known(which)), "a message that was not sent: {seen:?}");
    spans.assert_every_message_linked();
    spans.assert_no_orphans();
}

/// Messages that were sent, or not.
#[derive(Default)]
struct Tries {
    begun: usize,
    sent: Vec<usize>,
    /// Those that are to be sent again.
    failed: Vec<usize>,
    failures: usize,
    errors: Vec<String>,
}

impl Tries {
    fn next(&mut self) -> usize {
        self.begun += 1;
        self.begun
    }

    fn note(&mut self, number: usize, result: Result<(), String>) {
        match result {
            Ok(()) => self.sent.push(number),
            Err(error) => {
                self.failed.push(number);
                self.failures += 1;
                self.errors.push(error);
                assert!(self.failures < MOST_TRIES, "nothing can be sent: {:?}", self.errors);
            }
        }
    }
}

async fn try_send<B: BrokerUnderTest>(broker: &B, number: usize) -> Result<(), String> {
    broker.try_send(&[header(WHICH, &number.to_string())]).await
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
    let broker = if settled.is_ok() {
        broker.recover(&tracer, &destination).await
    } else {
        // The service ends with this error, and is started again.
        drop(broker);
        B::connect(&tracer, &destination).await
    };
    broker.send(&[header(WHICH, LAST)]).await;
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
