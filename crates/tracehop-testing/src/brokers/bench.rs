//! A broker and the recorder of its spans, and what scenarios say about headers.

use std::time::Duration;

use opentelemetry_sdk::trace::SpanData;
use tracehop::{Received, semconv};

use super::broker_under_test::BrokerUnderTest;
use crate::{Header, MetricRecorder, SpanRecorder};

/// Longer than anything takes here. A test that waits so long has failed.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// A broker and the recorders of its spans and its metrics.
pub(super) struct Bench<B> {
    pub(super) broker: B,
    pub(super) spans: SpanRecorder,
    pub(super) metrics: MetricRecorder,
}

impl<B: BrokerUnderTest> Bench<B> {
    /// Waits until `count` spans have ended, and compares them with `expected`. There the words SEND, CREATE, RECEIVE and
    /// PROCESS stand for the names of those spans on this destination, and SETTLE for the name of the settlement's span.
    pub(super) async fn assert_tree(&self, count: usize, settlement: &str, expected: &str) {
        self.spans.wait_for(count, DEADLINE).await;
        self.spans.assert_tree(&named(&self.broker, settlement, expected));
        self.spans.assert_no_unfinished();
    }
}

/// A tree in which SEND, CREATE, RECEIVE, PROCESS and SETTLE stand for the names of those spans on this destination.
pub(super) fn named<B: BrokerUnderTest>(broker: &B, settlement: &str, expected: &str) -> String {
    let name = |operation| broker.span_name(operation);
    let words = [("SEND", "send"), ("CREATE", "create"), ("RECEIVE", "receive"), ("PROCESS", "process")];
    let expected = words
        .iter()
        .fold(expected.to_owned(), |tree, (word, operation)| tree.replace(word, &name(operation)));
    expected.replace("SETTLE", &name(settlement))
}

/// The `error.type` of a span that has failed.
pub(super) fn error_type(span: &SpanData) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == semconv::ERROR_TYPE)?;
    Some(found.value.to_string())
}

pub(super) fn header(name: &str, value: &str) -> Header {
    (name.as_bytes().to_vec(), Some(value.as_bytes().to_vec()))
}

pub(super) fn foreign_headers() -> Vec<Header> {
    vec![header("tenant", "a"), header("trail", "x=1;y"), header("empty-not", "-")]
}

pub(super) fn values(headers: &[Header], name: &str) -> Vec<String> {
    let of_name = headers.iter().filter(|(key, _)| key == name.as_bytes());
    of_name.filter_map(|(_, value)| Some(String::from_utf8_lossy(value.as_deref()?).into_owned())).collect()
}

pub(super) fn headers_of<B: BrokerUnderTest>(received: &Received<B::Message, B::System>) -> Vec<Header> {
    B::headers(received.message())
}
