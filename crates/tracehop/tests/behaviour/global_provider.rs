//! The application's global provider. It is one for the whole process, so each test has a process of its own.

use std::env;
use std::process::Command;

use opentelemetry::global;
use tracehop::MessagingTracer;
use tracehop_testing::SpanRecorder;

use crate::mail::{Post, headers_of};

/// Set in the process that a test runs in.
const CHILD: &str = "TRACEHOP_TEST_OF_THE_GLOBAL_PROVIDER";

/// Runs the test of this name in a process of its own.
#[track_caller]
fn in_a_process_of_its_own(name: &str, test: impl FnOnce()) {
    if env::var_os(CHILD).is_some() {
        return test();
    }
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("global_provider::{name}"), "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn one_that_is_installed_late_misses_no_message() {
    in_a_process_of_its_own("one_that_is_installed_late_misses_no_message", || {
        let post = Post::new(&MessagingTracer::global());
        for _ in 0..5 {
            assert_eq!(post.send("early").headers, headers_of([]));
        }
        let spans = SpanRecorder::new();
        global::set_tracer_provider(spans.provider().clone());
        post.send("orders");
        spans.assert_tree("send orders  PRODUCER");
    });
}

#[test]
fn one_that_is_replaced_and_shut_down_is_followed() {
    in_a_process_of_its_own("one_that_is_replaced_and_shut_down_is_followed", || {
        let post = Post::new(&MessagingTracer::global());
        let (first, second) = (SpanRecorder::new(), SpanRecorder::new());
        global::set_tracer_provider(first.provider().clone());
        post.send("orders");
        global::set_tracer_provider(second.provider().clone());
        first.provider().shutdown().unwrap();
        let order = post.receive(post.send("orders"));
        order.process_blocking(|| ());
        first.assert_tree("send orders  PRODUCER");
        second.assert_tree("send orders  PRODUCER  #1\n└ process orders  CONSUMER  links: #1");
    });
}

#[test]
fn tracers_of_one_application_know_what_the_others_received() {
    in_a_process_of_its_own("tracers_of_one_application_know_what_the_others_received", || {
        let spans = SpanRecorder::new();
        global::set_tracer_provider(spans.provider().clone());
        // As `config.create::<TracedStreamConsumer>()` and `config.create::<TracedFutureProducer>()` make them.
        let (consumer, producer) =
            (Post::new(&MessagingTracer::global()), Post::new(&MessagingTracer::global()));
        let order = consumer.receive(producer.send("orders"));
        order.process_blocking(|| ());
        producer.send_with("dead", order.headers.clone());
        spans.assert_tree(
            "
            send orders          PRODUCER  #1
            └ process orders     CONSUMER  links: #1
              └ send dead        PRODUCER
            ",
        );
    });
}

/// Metrics look for it once a second, by the times of operations.
#[cfg(feature = "metrics")]
#[test]
fn a_meter_provider_that_is_installed_late_or_replaced_is_followed() {
    use std::time::{Duration, Instant};

    use tracehop::{MessagingMetrics, semconv};
    use tracehop_testing::MetricRecorder;

    const DEADLINE: Duration = Duration::from_secs(30);

    in_a_process_of_its_own("a_meter_provider_that_is_installed_late_or_replaced_is_followed", || {
        let tracer = MessagingTracer::builder().metrics(MessagingMetrics::global()).build();
        let post = Post::new(&tracer);
        post.send("early");
        for _ in 0..2 {
            let metrics = MetricRecorder::new();
            global::set_meter_provider(metrics.provider().clone());
            let began = Instant::now();
            let is_followed = || {
                post.send("orders");
                metrics.points().iter().any(|point| point.name == semconv::MESSAGING_CLIENT_SENT_MESSAGES)
            };
            while !is_followed() {
                assert!(began.elapsed() < DEADLINE, "the provider was not found");
            }
        }
    });
}
