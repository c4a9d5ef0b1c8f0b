//! What a feature costs that an application turns on: the floor is the same hop without it.

use std::hint::black_box;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use rdkafka::message::Message;
use tracehop::TracingBridge;
use tracehop_sdk::{PseudonymKey, Redact, RedactingSpanProcessor, Redaction, RuleSampler, SampleRule};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt;

use crate::case::{Case, Goals, Work, work, work_in};
use crate::discard::{Discard, DiscardMetrics};
use crate::goals::{self, Goal};
use crate::mode::Mode;
use crate::ours::{self, Client, Feature, Tracer};
use crate::spans::{PARTITION, TOPIC, message};
use crate::traceparent::around;

const GROUP: &str = "What a feature costs that is turned on; the floor is the same hop without it";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        send("send, sampled, metrics", &Feature::Metrics(meters()), metrics_in(goals::METRICS_TIME)),
        send(
            "send, sampled, metrics of bound instruments",
            &Feature::BoundMetrics(meters()),
            metrics_in(goals::BOUND_METRICS_TIME),
        ),
        receive(
            "receive + process, sampled, metrics",
            &Feature::Metrics(meters()),
            metrics_in(goals::METRICS_TIME),
        ),
        receive(
            "receive + process, sampled, metrics of bound instruments",
            &Feature::BoundMetrics(meters()),
            metrics_in(goals::BOUND_METRICS_TIME),
        ),
        receive(
            "receive + process, sampled, bound metrics and queue times",
            &Feature::QueueTimes(meters()),
            Goals::default(),
        ),
        send("send, sampled, ten policies", &Feature::Policies, Goals::default()),
        receive("receive + process, sampled, ten policies", &Feature::Policies, Goals::default()),
        receive(
            "receive + process, sampled, ten policies of headers",
            &Feature::HeaderPolicies,
            Goals::default(),
        ),
        send("send, sampled, a hook that sets an attribute", &Feature::Hook, Goals::default()),
        send("send, sampled, a filter", &Feature::Filter, Goals::default()),
        send("send, sampled, a name for the span", &Feature::SpanName, Goals::default()),
        receive("receive + process, sampled, a captured header", &Feature::CapturedHeader, Goals::default()),
        bridge(),
        redaction(),
        sampler(),
    ]
}

/// The handling of a message is a span of `tracing` too; the floor has the same subscriber, which sees nothing of it.
fn bridge() -> Case {
    let provider = SdkTracerProvider::builder().with_span_processor(Discard).build();
    let bridge = TracingBridge::new();
    let layer = tracing_opentelemetry::layer().with_tracer(bridge.tracer(provider.tracer("checkout")));
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let within = |mut work: Work| -> Work {
        let dispatch = dispatch.clone();
        Box::new(move |times| tracing::dispatcher::with_default(&dispatch, || work(times)))
    };
    let floor = within(receive_work(&ours::tracer(Some(&provider))));
    let ours = within(receive_work(&ours::with(Some(&provider), &Feature::Bridge(bridge))));
    let name = "receive + process, sampled, a bridge to tracing";
    Case {
        group: GROUP,
        name,
        floor: Some(floor),
        by_hand: None,
        ours,
        goals: Goals::default(),
        is_heavy: false,
    }
}

/// Ten rules, one of which matches: an attribute is turned into a pseudonym.
fn redaction() -> Case {
    let rules = (0..9).fold(Redaction::builder(), |rules, number| {
        rules.rule(format!("enduser.{number}.*"), Redact::Remove)
    });
    let key = PseudonymKey::new(b"a key of thirty-two bytes, no less");
    let rules = rules.rule("messaging.client.id", Redact::Pseudonym);
    #[expect(clippy::expect_used, reason = "these rules are right")]
    let redaction = rules.pseudonym_key(key.expect("it is long enough")).build().expect("they are right");
    let processor = RedactingSpanProcessor::new(Discard, redaction);
    let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
    let name = "send, sampled, redaction with a pseudonym";
    beside_plain(name, &provider)
}

/// Ten rules, none of which matches, where the trace starts. The floor's sampler records everything.
fn sampler() -> Case {
    let rules = (0..10).map(|number| SampleRule::ratio(0.0).destination(format!("others.{number}.*")));
    #[expect(clippy::expect_used, reason = "these rules are right")]
    let sampler = RuleSampler::builder().rules(rules).default_ratio(1.0).build().expect("they are right");
    let provider = SdkTracerProvider::builder().with_sampler(sampler).with_span_processor(Discard).build();
    let plain = SdkTracerProvider::builder().with_span_processor(Discard).build();
    let [floor, ours] = [&plain, &provider].map(|provider| {
        let client = Client::new(&ours::tracer(Some(provider)));
        work(move || {
            let mut headers = None;
            client.send(black_box(TOPIC), PARTITION, &mut headers);
            headers
        })
    });
    let name = "send, sampled where it starts, by ten rules";
    Case {
        group: GROUP,
        name,
        floor: Some(floor),
        by_hand: None,
        ours,
        goals: Goals::default(),
        is_heavy: false,
    }
}

fn beside_plain(name: &'static str, provider: &SdkTracerProvider) -> Case {
    let plain = SdkTracerProvider::builder().with_span_processor(Discard).build();
    let [floor, ours] = [&plain, provider].map(|provider| send_work(&ours::tracer(Some(provider))));
    Case {
        group: GROUP,
        name,
        floor: Some(floor),
        by_hand: None,
        ours,
        goals: Goals::default(),
        is_heavy: false,
    }
}

fn metrics_in(time: Goal) -> Goals {
    Goals { time: Some(time), ..Goals::default() }
}

/// A meter provider that nobody collects from while times are taken.
fn meters() -> SdkMeterProvider {
    SdkMeterProvider::builder().with_reader(PeriodicReader::builder(DiscardMetrics).build()).build()
}

fn tracers(feature: &Feature) -> [Tracer; 2] {
    let provider =
        opentelemetry_sdk::trace::SdkTracerProvider::builder().with_span_processor(Discard).build();
    [ours::tracer(Some(&provider)), ours::with(Some(&provider), feature)]
}

fn send(name: &'static str, feature: &Feature, goals: Goals) -> Case {
    let [floor, ours] = tracers(feature).map(|tracer| send_work(&tracer));
    Case { group: GROUP, name, floor: Some(floor), by_hand: None, ours, goals, is_heavy: false }
}

fn send_work(tracer: &Tracer) -> Work {
    let client = Client::new(tracer);
    work_in(around(Mode::Sampled), move || {
        let mut headers = None;
        client.send(black_box(TOPIC), PARTITION, &mut headers);
        headers
    })
}

fn receive(name: &'static str, feature: &Feature, goals: Goals) -> Case {
    let [floor, ours] = tracers(feature).map(|tracer| receive_work(&tracer));
    Case { group: GROUP, name, floor: Some(floor), by_hand: None, ours, goals, is_heavy: false }
}

fn receive_work(tracer: &Tracer) -> Work {
    let client = Client::new(tracer);
    let message = message(Mode::Sampled);
    work(move || {
        let got = client.receive(black_box(&message));
        ours::process(&got, |message| {
            black_box(message.payload());
        });
    })
}
