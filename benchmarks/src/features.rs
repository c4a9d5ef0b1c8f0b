//! What a feature costs that an application turns on: the floor is the same hop without it.

use std::hint::black_box;

use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use rdkafka::message::Message;

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
    ]
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
