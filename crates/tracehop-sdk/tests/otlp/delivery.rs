//! What becomes of a batch, whatever the transport says.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter};
use proptest::prelude::*;
use prost::Message;
use tracehop_sdk::{OtlpExporter, OtlpRequest, OtlpResponse, OtlpTransport, OtlpTransportError};

use crate::block_on::block_on;
use crate::counts::Counts;
use crate::spans::{enlarge, plain};

pub(crate) type Answer = Result<OtlpResponse, OtlpTransportError>;

/// Gives each answer once, from the last to the first, and then always accepts. Keeps what it was sent.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) answers: Mutex<Vec<Answer>>,
    pub(crate) limit: Option<usize>,
    pub(crate) accepted: Mutex<Vec<Vec<u8>>>,
}

impl OtlpTransport for Script {
    fn send(&self, request: OtlpRequest<'_>) -> Answer {
        if self.limit.is_some_and(|limit| request.body().len() > limit) {
            return Err(OtlpTransportError::from_http_status(413, None));
        }
        let answer = self.answers.lock().unwrap().pop().unwrap_or(Ok(OtlpResponse::empty()));
        if answer.is_ok() {
            self.accepted.lock().unwrap().push(request.body().to_vec());
        }
        answer
    }
}

impl Script {
    /// The ids of all spans that were accepted.
    pub(crate) fn ids(&self) -> Vec<u64> {
        let accepted = self.accepted.lock().unwrap();
        let requests =
            accepted.iter().map(|body| ExportTraceServiceRequest::decode(body.as_slice()).unwrap());
        let scopes = requests.flat_map(|request| request.resource_spans).flat_map(|spans| spans.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans);
        spans.map(|span| u64::from_be_bytes(span.span_id.try_into().unwrap())).collect()
    }
}

fn partial(rejected_spans: i64, error_message: &str) -> OtlpResponse {
    let partial = ExportTracePartialSuccess { rejected_spans, error_message: error_message.to_owned() };
    OtlpResponse::new(ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec())
}

pub(crate) fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let answer = prop_oneof![
        Just(Ok(OtlpResponse::empty())),
        Just(Ok(OtlpResponse::unreadable())),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(|body| Ok(OtlpResponse::new(body))),
        any::<i64>().prop_map(|rejected| Ok(partial(rejected, ""))),
        (0..10_i64).prop_map(|rejected| Ok(partial(rejected, "no"))),
        Just(Err(OtlpTransportError::too_large("large"))),
        Just(Err(OtlpTransportError::refused("no"))),
        Just(Err(OtlpTransportError::broke_off("gone"))),
        Just(Err(OtlpTransportError::retryable("later"))),
        Just(Err(OtlpTransportError::retryable_after(Duration::MAX, "much later"))),
        (0..1_000_u16).prop_map(|status| Err(OtlpTransportError::from_http_status(status, Some("1")))),
        (0..20_i32).prop_map(|code| Err(OtlpTransportError::from_grpc_status(code, None, "larger than max"))),
    ];
    proptest::collection::vec(answer, 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_span_is_counted_once(answers in answers(), count in 0..40_u64, max in 0..20_000_usize) {
        let script = Arc::new(Script { answers: Mutex::new(answers), ..Script::default() });
        // Shorter than the first wait, so nothing is waited for.
        let builder = OtlpExporter::builder().timeout(Duration::from_millis(80)).max_request_bytes(max);
        let exporter = builder.transport(Arc::clone(&script)).build().unwrap();
        let outcome = block_on(exporter.export(plain(count)));
        let counts = Counts::of(&exporter.counters());
        prop_assert_eq!(counts.all(), count);
        let accepted = counts.delivered + counts.unconfirmed + counts.rejected;
        prop_assert_eq!(outcome.is_ok(), accepted == count);
        let mut ids = script.ids();
        prop_assert_eq!(ids.len() as u64, accepted);
        let sent = ids.clone();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids, sent, "in order, and each once");
    }
}

/// Counts the requests that it refuses.
#[derive(Debug, Default)]
struct Refusing(AtomicU64);

impl OtlpTransport for Refusing {
    fn send(&self, _: OtlpRequest<'_>) -> Answer {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err(OtlpTransportError::too_large("large"))
    }
}

#[test]
fn a_server_to_which_everything_is_too_large_is_not_sent_each_span_by_itself() {
    let server = Arc::new(Refusing::default());
    let exporter = OtlpExporter::builder().transport(Arc::clone(&server)).build().unwrap();
    assert!(block_on(exporter.export(plain(512))).is_err());
    // The whole, and its halves down to eight single spans.
    assert_eq!(server.0.load(Ordering::Relaxed), 21);
    let counts = Counts::of(&exporter.counters());
    assert_eq!((counts.too_large, counts.all()), (512, 512));
}

#[test]
fn a_limit_of_ones_own_costs_no_span_that_is_below_it() {
    let script = Arc::new(Script::default());
    let mut batch = plain(3);
    enlarge(&mut batch[0], 3_000);
    let builder = OtlpExporter::builder().max_request_bytes(2_000).transport(Arc::clone(&script));
    let exporter = builder.build().unwrap();
    assert!(block_on(exporter.export(batch)).is_err());
    let counts = Counts::of(&exporter.counters());
    assert_eq!((counts.too_large, counts.delivered), (1, 2));
    assert_eq!(script.ids().len(), 2);
}

#[test]
fn a_batch_that_is_too_large_is_split_until_its_parts_fit() {
    let script = Arc::new(Script { limit: Some(2_000), ..Script::default() });
    let exporter = OtlpExporter::builder().transport(Arc::clone(&script)).build().unwrap();
    let mut batch = plain(100);
    enlarge(&mut batch[41], 10_000_000);
    let error = block_on(exporter.export(batch)).unwrap_err().to_string();
    assert!(error.contains(r#"the span "receive orders" is too large"#), "{error}");
    let counts = Counts::of(&exporter.counters());
    assert_eq!(counts, Counts { delivered: 99, too_large: 1, ..Counts::default() });
    let expected: Vec<u64> = (1..=100).filter(|id| *id != 42).collect();
    assert_eq!(script.ids(), expected);
}

#[test]
fn a_connection_that_breaks_off_twice_is_one_for_smaller_requests() {
    let gone = || Err(OtlpTransportError::broke_off("gone"));
    for (bytes, answers, splits, retries) in [
        // Once may be chance.
        (100_000, vec![gone()], 0, 1),
        (100_000, vec![gone(), gone()], 1, 1),
        // And once more for the first half of it.
        (100_000, vec![gone(), gone(), gone()], 2, 1),
        // So little is never too large.
        (10, vec![gone(), gone(), gone()], 0, 3),
    ] {
        let script = Arc::new(Script { answers: Mutex::new(answers), ..Script::default() });
        let exporter = OtlpExporter::builder().transport(Arc::clone(&script)).build().unwrap();
        let mut batch = plain(8);
        enlarge(&mut batch[0], bytes);
        block_on(exporter.export(batch)).unwrap();
        let counters = exporter.counters();
        assert_eq!((counters.splits(), counters.retries()), (splits, retries), "{bytes}");
        assert_eq!(script.ids(), (1..=8).collect::<Vec<u64>>());
    }
}

#[test]
fn a_span_with_a_huge_name_is_named_in_short() {
    let exporter =
        OtlpExporter::builder().max_request_bytes(1_000).transport(Script::default()).build().unwrap();
    let mut batch = plain(1);
    batch[0].name = "n\n".repeat(1_000_000).into();
    let error = block_on(exporter.export(batch)).unwrap_err().to_string();
    assert!(error.len() < 1_000 && !error.contains('\n'), "{error}");
}

#[test]
fn a_server_that_rejects_more_than_it_was_sent_rejects_all() {
    for (rejected, expected) in [(-5, 0), (0, 0), (3, 3), (10, 10), (11, 10), (i64::MAX, 10)] {
        let script = Script { answers: Mutex::new(vec![Ok(partial(rejected, "why"))]), ..Script::default() };
        let exporter = OtlpExporter::builder().transport(script).build().unwrap();
        block_on(exporter.export(plain(10))).unwrap();
        let counts = Counts::of(&exporter.counters());
        let delivered = 10 - expected;
        assert_eq!(counts, Counts { delivered, rejected: expected, ..Counts::default() }, "{rejected}");
    }
}

#[test]
fn after_the_shutdown_spans_are_counted_and_not_sent() {
    let script = Arc::new(Script::default());
    let exporter = OtlpExporter::builder().transport(Arc::clone(&script)).build().unwrap();
    exporter.shutdown().unwrap();
    assert!(matches!(exporter.shutdown(), Err(OTelSdkError::AlreadyShutdown)));
    assert!(matches!(block_on(exporter.export(plain(3))), Err(OTelSdkError::AlreadyShutdown)));
    assert_eq!(Counts::of(&exporter.counters()), Counts { after_shutdown: 3, ..Counts::default() });
    assert!(script.ids().is_empty());
}

#[test]
fn a_shutdown_ends_the_wait_for_the_next_attempt() {
    /// Says that it was called, and to come back in an hour.
    #[derive(Debug)]
    struct Later(std::sync::mpsc::Sender<()>);
    impl OtlpTransport for Later {
        fn send(&self, _: OtlpRequest<'_>) -> Answer {
            self.0.send(()).unwrap();
            Err(OtlpTransportError::retryable_after(Duration::from_secs(3_600), "later"))
        }
    }
    let (called, calls) = std::sync::mpsc::channel();
    let day = Duration::from_secs(86_400);
    let exporter = OtlpExporter::builder().timeout(day).transport(Later(called)).build().unwrap();
    std::thread::scope(|scope| {
        let export = scope.spawn(|| block_on(exporter.export(plain(2))));
        calls.recv().unwrap();
        exporter.shutdown().unwrap();
        assert!(matches!(export.join().unwrap(), Err(OTelSdkError::AlreadyShutdown)));
    });
    assert_eq!(Counts::of(&exporter.counters()), Counts { after_shutdown: 2, ..Counts::default() });
}

#[test]
fn a_provider_exports_its_spans_and_resource() {
    let script = Arc::new(Script::default());
    let exporter = OtlpExporter::builder().transport(Arc::clone(&script)).build().unwrap();
    let counters = exporter.counters();
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().with_service_name("shop").build())
        .with_batch_exporter(exporter)
        .build();
    let tracer = provider.tracer("doc");
    for _ in 0..1_000 {
        tracer.start("send orders");
    }
    provider.shutdown().unwrap();
    assert_eq!(Counts::of(&counters), Counts { delivered: 1_000, ..Counts::default() });
    let accepted = script.accepted.lock().unwrap();
    assert!(accepted.iter().all(|body| body.windows(4).any(|text| text == b"shop")));
}

#[test]
fn a_span_of_the_client_itself_is_suppressed() {
    #[derive(Debug)]
    struct Instrumented;
    impl OtlpTransport for Instrumented {
        fn send(&self, _: OtlpRequest<'_>) -> Answer {
            assert!(opentelemetry::Context::current().is_telemetry_suppressed());
            Ok(OtlpResponse::empty())
        }
    }
    let exporter = OtlpExporter::builder().transport(Instrumented).build().unwrap();
    block_on(exporter.export(plain(1))).unwrap();
}
