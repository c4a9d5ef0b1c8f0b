//! Scenarios of futures that are dropped after no poll, after one, and so on until they are done.

use std::collections::BTreeSet;

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;
use tracehop::semconv;

use super::bench::{Bench, DEADLINE, error_type, header, headers_of, named, values};
use super::broker_under_test::BrokerUnderTest;
use super::dropped_send::DroppedSend;
use super::stage::Stage;
use crate::{SpanRecorder, TraceTree, polled};

/// More polls than any future here needs.
const MOST_POLLS: usize = 10_000;

/// The header in which a message says which it is.
const NUMBER: &str = "number";

/// What the last message says.
const LAST: &str = "last";

/// A message that a send brought to the destination.
struct Arrived {
    number: String,
    /// The span that sent it.
    sent: SpanId,
}

pub(super) async fn a_send_that_is_dropped_at_any_poll_ends_once_and_arrives_once_at_most<
    B: BrokerUnderTest,
>(
    stage: &Stage<B>,
) {
    let bench = stage.bench().await;
    let mut polls = 0;
    loop {
        let done = polled(bench.broker.send(&[header(NUMBER, &polls.to_string())]), polls).await.is_some();
        let ended = bench.spans.finished().len() + bench.spans.unfinished();
        assert_eq!(ended, polls, "one span for each that was polled");
        if done {
            break;
        }
        if B::DROPPED_SEND == DroppedSend::Unanswered {
            bench.spans.assert_no_unfinished();
        }
        polls += 1;
        assert!(polls < MOST_POLLS, "a send is never done");
    }
    bench.broker.send(&[header(NUMBER, LAST)]).await;
    let arrived = receive_all(&bench).await;
    // As usual: and whoever looks at the answers of dropped sends when the client is used again has done so.
    the_next_message_is_traced_as_usual(&bench).await;
    bench.spans.wait_until(|spans| spans.unfinished() == 0, DEADLINE).await;

    let numbers: BTreeSet<&str> = arrived.iter().map(|message| message.number.as_str()).collect();
    assert_eq!(numbers.len(), arrived.len(), "a message arrived twice: {}", bench.spans.tree());
    let of_done = polls.to_string();
    assert!(numbers.contains(of_done.as_str()), "the message whose send was done is lost");
    assert!(!numbers.contains("0"), "a message was sent whose send was never polled");
    let name = bench.broker.span_name("send");
    let spans = bench.spans.finished();
    let sends: Vec<&SpanData> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(sends.len(), polls + 2, "one span for each send:\n{}", bench.spans.tree());
    for message in &arrived {
        let sent = sends.iter().filter(|span| span.span_context.span_id() == message.sent);
        assert_eq!(sent.count(), 1, "message {} carries no context of a send", message.number);
    }
    for span in &sends[..polls - 1] {
        check_dropped_send::<B>(span, &arrived);
    }
    for span in &sends[polls - 1..] {
        assert_eq!(error_type(span), None, "{span:?}");
    }
    let may_be_lost = B::DROPPED_SEND == DroppedSend::GivenUp;
    assert!(may_be_lost || arrived.len() == polls, "a message is lost: {numbers:?} of {polls} arrived");
    bench.spans.assert_every_message_linked();
}

/// What its span may say.
fn check_dropped_send<B: BrokerUnderTest>(span: &SpanData, arrived: &[Arrived]) {
    let error = error_type(span);
    let may_be_answered = B::DROPPED_SEND != DroppedSend::Unanswered;
    let may_be_abandoned = B::DROPPED_SEND != DroppedSend::Answered;
    match error.as_deref() {
        None => {
            assert!(may_be_answered, "nobody waited for its answer: {span:?}");
            let has_arrived = arrived.iter().any(|message| message.sent == span.span_context.span_id());
            assert!(has_arrived, "it says that it was sent, and its message is lost: {span:?}");
        }
        Some("abandoned") => {
            assert!(may_be_abandoned, "its answer comes: {span:?}");
            let says_so = span.events.iter().any(|event| event.name == semconv::TRACEHOP_UNCONFIRMED);
            assert_eq!(says_so, B::DROPPED_SEND == DroppedSend::Unanswered, "{span:?}");
        }
        Some(other) => panic!("a send that was dropped says {other}: {span:?}"),
    }
}

/// Receives and processes all messages before the last one.
async fn receive_all<B: BrokerUnderTest>(bench: &Bench<B>) -> Vec<Arrived> {
    let mut arrived = Vec::new();
    loop {
        let got = bench.broker.receive().await;
        let received = B::received(&got);
        received.process(async {}).await;
        let number = number_of::<B>(&got);
        if number == LAST {
            return arrived;
        }
        arrived.push(Arrived { number, sent: received.creation().span_id() });
    }
}

fn number_of<B: BrokerUnderTest>(got: &B::Got) -> String {
    values(&headers_of::<B>(B::received(got)), NUMBER).pop().expect("each message says which it is")
}

async fn the_next_message_is_traced_as_usual<B: BrokerUnderTest>(bench: &Bench<B>) {
    bench.broker.send(&[header(NUMBER, "next")]).await;
    let got = receive_number(bench, "next").await;
    B::received(&got).process(async {}).await;
    let trace = B::received(&got).creation().trace_id();
    let spans = bench.spans.finished().into_iter().filter(|span| span.span_context.trace_id() == trace);
    TraceTree::new(spans).assert(&named(
        &bench.broker,
        "",
        "
        SEND       PRODUCER  #1
        └ PROCESS  CONSUMER  links: #1
        ",
    ));
}

/// Receives a message. Those that were given back before may come once more meanwhile.
async fn receive_number<B: BrokerUnderTest>(bench: &Bench<B>, number: &str) -> B::Got {
    loop {
        let got = bench.broker.receive().await;
        if number_of::<B>(&got) == number {
            return got;
        }
    }
}

fn id_of(span: &SpanData) -> SpanId {
    span.span_context.span_id()
}

pub(super) async fn a_receive_that_is_dropped_at_any_poll_takes_no_message_with_it<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    const MESSAGES: usize = 6;
    let bench = stage.configured(SpanRecorder::new(), |builder| builder.receive_spans(true)).await;
    for number in 0..MESSAGES {
        bench.broker.send(&[header(NUMBER, &number.to_string())]).await;
    }
    let process = bench.broker.span_name("process");
    for number in 0..MESSAGES {
        let mut polls = 0;
        let got = loop {
            let before = bench.spans.finished().len();
            if let Some(got) = polled(bench.broker.receive(), polls).await {
                break got;
            }
            let after = (bench.spans.finished().len(), bench.spans.unfinished());
            assert_eq!(after, (before, 0), "a receive that got nothing has a span: after {polls} polls");
            polls += 1;
            assert!(polls < MOST_POLLS, "a receive is never done");
        };
        assert_eq!(number_of::<B>(&got), number.to_string(), "a message was lost, or came twice");
        B::received(&got).process(async {}).await;
    }
    bench.spans.assert_no_unfinished();
    bench.spans.assert_every_message_linked();
    let spans = bench.spans.finished();
    assert_eq!(spans.iter().filter(|span| span.name == process).count(), MESSAGES);
    // A client whose receiving is seen has a span for each message.
    let receives = spans.len() - 2 * MESSAGES;
    assert!([0, MESSAGES].contains(&receives), "{receives} receives:\n{}", bench.spans.tree());
}

pub(super) async fn a_settlement_that_is_dropped_at_any_poll_is_abandoned_or_done<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    for settlement in B::SETTLEMENTS {
        let bench = stage.bench().await;
        let (process, settle) = (bench.broker.span_name("process"), bench.broker.span_name(settlement));
        for polls in 0.. {
            assert!(polls < MOST_POLLS, "a settlement is never done");
            let number = polls.to_string();
            bench.broker.send(&[header(NUMBER, &number)]).await;
            let got = receive_number(&bench, &number).await;
            B::received(&got).process(async {}).await;
            bench.spans.assert_no_unfinished();
            bench.spans.clear();
            let handled = B::received(&got);
            let done = polled(bench.broker.settle(&got, settlement), polls).await.is_some();
            bench.spans.assert_no_unfinished();
            let spans = bench.spans.finished();
            assert_eq!(spans.len(), polls.min(1), "one span if it was polled:\n{}", bench.spans.tree());
            for span in spans {
                assert_eq!(span.name, settle);
                assert_eq!(span.span_context.trace_id(), handled.creation().trace_id(), "{process}");
                assert_ne!(span.parent_span_id, handled.creation().span_id(), "it is below the process span");
                let error = error_type(&span);
                let as_promised = error.is_none() || !done && error.as_deref() == Some("abandoned");
                assert!(as_promised, "a {settlement} that was dropped after {polls} polls says {error:?}");
            }
            if done {
                break;
            }
        }
        the_next_message_is_traced_as_usual(&bench).await;
    }
}

pub(super) async fn a_process_that_is_dropped_at_any_poll_is_cancelled_once<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    let bench = stage.bench().await;
    bench.broker.send(&[header(NUMBER, "0")]).await;
    let got = bench.broker.receive().await;
    let (send, process) = (bench.broker.span_name("send"), bench.broker.span_name("process"));
    let mut polls = 0;
    loop {
        let handler = async {
            tokio::task::yield_now().await;
            bench.broker.send(&[header(NUMBER, "answer")]).await;
            tokio::task::yield_now().await;
        };
        let done = polled(B::received(&got).process(handler), polls).await.is_some();
        let spans = bench.spans.finished();
        let ended: Vec<&SpanData> = spans.iter().filter(|span| span.name == process).collect();
        assert_eq!(ended.len(), polls, "one for each that was polled:\n{}", bench.spans.tree());
        if let Some(last) = ended.last() {
            let expected = if done { None } else { Some("cancelled".to_owned()) };
            assert_eq!(error_type(last), expected, "after {polls} polls");
        }
        if done {
            break;
        }
        polls += 1;
        assert!(polls < MOST_POLLS, "a handler is never done");
    }
    assert!(polls > 2, "the handler was dropped at {polls} places");
    bench.broker.send(&[header(NUMBER, LAST)]).await;
    receive_all(&bench).await;
    the_next_message_is_traced_as_usual(&bench).await;
    bench.spans.wait_until(|spans| spans.unfinished() == 0, DEADLINE).await;
    bench.spans.assert_every_message_linked();
    // What a handler sent before it was dropped is below it, and there is one of it at most.
    let spans = bench.spans.finished();
    let handlers: Vec<SpanId> = spans
        .iter()
        .filter(|span| span.name == process && span.parent_span_id == B::received(&got).creation().span_id())
        .map(id_of)
        .collect();
    assert_eq!(handlers.len(), polls);
    for handler in &handlers {
        let sends = spans.iter().filter(|span| span.name == send && span.parent_span_id == *handler);
        assert!(sends.count() <= 1, "{}", bench.spans.tree());
    }
}
