//! The scenarios of several messages at once.

use opentelemetry_sdk::trace::SpanData;
use tracehop::{process_batch, semconv};

use super::bench::{Bench, DEADLINE};
use super::broker_under_test::BrokerUnderTest;
use super::stage::Stage;
use crate::SpanRecorder;

/// As many links as an SDK keeps by default.
const LINKS: usize = 128;

async fn send_all<B: BrokerUnderTest>(bench: &Bench<B>, count: usize) {
    let results = bench.broker.send_all(count).await;
    assert_eq!(results.len(), count, "there is a result for each message");
    for result in results {
        result.expect("the broker takes it");
    }
}

pub(super) async fn a_batch_is_one_send_one_receive_and_one_settlement_that_link_to_each_message<
    B: BrokerUnderTest,
>(
    stage: &Stage<B>,
) {
    let bench = stage.bench().await;
    send_all(&bench, 2).await;
    let batch = bench.broker.receive_all(2).await;
    process_batch(&batch, async {
        for message in &batch {
            message.process(async {}).await;
        }
    })
    .await;
    bench.broker.settle_all(&batch).await;
    bench
        .assert_tree(
            8,
            B::SETTLEMENTS.first().copied().unwrap_or_default(),
            "
            SEND            CLIENT    links: #1, #2
            ├ CREATE        PRODUCER  #1
            │ └ PROCESS     CONSUMER  links: #1, #3
            └ CREATE        PRODUCER  #2
              └ PROCESS     CONSUMER  links: #2, #3
                └ SETTLE    CLIENT    links: #1, #2
            RECEIVE         CLIENT    links: #1, #2
            PROCESS         CONSUMER  #3  links: #1, #2
            ",
        )
        .await;
}

pub(super) async fn without_create_spans_a_batch_carries_the_context_of_its_send<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    let bench = stage.configured(SpanRecorder::new(), |builder| builder.create_spans(false)).await;
    send_all(&bench, 3).await;
    let batch = bench.broker.receive_all(3).await;
    process_batch(&batch, async {}).await;
    bench.broker.settle_all(&batch).await;
    bench
        .assert_tree(
            4,
            B::SETTLEMENTS.first().copied().unwrap_or_default(),
            "
            SEND          PRODUCER  #1
            RECEIVE       CLIENT    links: #1
            PROCESS       CONSUMER  links: #1
            └ SETTLE      CLIENT    links: #1
            ",
        )
        .await;
}

pub(super) async fn links_of_a_batch_beyond_the_limit_are_counted<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    let count = LINKS + 72;
    send_all(&bench, count).await;
    let batch = bench.broker.receive_all(count).await;
    process_batch(&batch, async {}).await;
    bench.broker.settle_all(&batch).await;
    bench.spans.wait_for(count + 4, DEADLINE).await;
    let names = ["send", "receive", "process"].into_iter().chain(B::SETTLEMENTS.first().copied());
    for name in names.map(|operation| bench.broker.span_name(operation)) {
        let spans = bench.spans.finished();
        let span = spans.iter().find(|span| span.name == name).expect("the operation has a span");
        assert_eq!((span.links.len(), span.links.dropped_count), (LINKS, 0), "{name}");
        assert_eq!(number(span, semconv::TRACEHOP_BATCH_LINKS_DROPPED).as_deref(), Some("72"), "{name}");
        let counted = number(span, semconv::MESSAGING_BATCH_MESSAGE_COUNT);
        assert_eq!(counted.as_deref(), Some("200"), "{name}");
    }
}

fn number(span: &SpanData, key: &str) -> Option<String> {
    let mut found = span.attributes.iter().filter(|attribute| attribute.key.as_str() == key);
    found.next().map(|attribute| attribute.value.to_string())
}
