//! The application's global subscriber, to which `tracing` goes from inside of a layer too. It is one for the whole process, so the
//! test has processes of its own.

use std::env;
use std::process::Command;
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};
use tracehop_testing::SpanRecorder;
use tracing::{info, info_span};

use super::service::{ACTIVATION, Service};
use crate::mail::{Letter, Post};

/// Set in the process that the test runs in.
const CHILD: &str = "TRACEHOP_TEST_OF_THE_GLOBAL_SUBSCRIBER";

/// Sends a message about each span of one name, as soon as somebody asks whether it is sampled.
#[derive(Clone, Debug, Default)]
struct SendsAboutSpans(Arc<OnceLock<Post>>);

impl ShouldSample for SendsAboutSpans {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        if name == "work" {
            let post = self.0.get().unwrap();
            post.send("audit");
            post.receive(Letter { topic: "audits", ..Letter::default() })
                .process_blocking(|| info!("nowhere"));
        }
        let decision = SamplingDecision::RecordAndSample;
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::default() }
    }
}

#[test]
fn a_sampler_that_sends_messages_asks_no_layer_that_waits_for_it() {
    if let Ok(activates) = env::var(CHILD) {
        let (done, is_done) = mpsc::channel();
        thread::spawn(move || {
            send_from_a_sampler(activates == "true");
            done.send(()).unwrap();
        });
        return is_done.recv_timeout(Duration::from_secs(20)).expect("a layer waits for itself");
    }
    for activates in ACTIVATION {
        let name = "tracing_bridge::global_subscriber::a_sampler_that_sends_messages_asks_no_layer_that_waits_for_it";
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, activates.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let is_passed = output.status.success() && said.contains("1 passed");
        assert!(is_passed, "{activates}: {said}{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn send_from_a_sampler(activates: bool) {
    let sampler = SendsAboutSpans::default();
    let service = Service::with(SpanRecorder::with_sampler(sampler.clone()), activates);
    sampler.0.set(service.post.clone()).unwrap();
    tracing::subscriber::set_global_default(service.subscriber()).unwrap();
    service.order().process_blocking(|| {
        info_span!("work").in_scope(|| {
            info_span!("detail").in_scope(|| {});
            service.post.send("shipments");
        });
    });
    service.assert(
        "
        (remote)
        └ process orders      CONSUMER  links: (remote)
          ├ work              INTERNAL
          │ ├ detail          INTERNAL
          │ └ send shipments  PRODUCER
          ├ send audit        PRODUCER
          └ process audits    CONSUMER
        ",
    );
}
