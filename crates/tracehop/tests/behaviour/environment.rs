//! What the environment of the process, and its global provider, have a say in. Each case is a process of its own, which is
//! this very test: so no test changes what another one sees.

use std::env;
use std::process::Command;

use opentelemetry::global;
use opentelemetry::trace::TraceContextExt;
use tracehop::{CreationContext, MessageInfo, MessagePropagator, MessagingTracer, Problem, process_batch};
use tracehop_testing::SpanRecorder;

use crate::mail::{Post, TRACEPARENT, headers_of, letter};

/// Says which case a child process is to look at.
const CASE: &str = "TRACEHOP_TEST_CASE";

/// Runs `test`, which is the caller, in a process of its own, as `case` and with `OTEL_PROPAGATORS` as given.
#[track_caller]
fn in_a_process_of_its_own(test: &str, case: &str, propagators: Option<&str>) {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", &format!("environment::{test}"), "--nocapture"]).env(CASE, case);
    match propagators {
        Some(list) => child.env("OTEL_PROPAGATORS", list),
        None => child.env_remove("OTEL_PROPAGATORS"),
    };
    let output = child.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("1 passed"), "{case:?}: {printed}{}", String::from_utf8_lossy(&output.stderr));
}

/// What a propagator reads and writes, as words.
fn abilities(propagator: &MessagePropagator) -> String {
    let all = headers_of([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]);
    let read = propagator.extract(&all).creation;
    let cx = format!("{TRACEPARENT};baggage=tenant=a").parse::<CreationContext>().unwrap().to_context();
    let (patch, _) = propagator.patch(cx.span().span_context(), &cx);
    let written: Vec<&str> = patch.headers().map(|(name, _)| name).collect();
    format!(
        "reads {}{}, writes {}",
        if read.is_valid() { "trace " } else { "" },
        if read.baggage().is_empty() { "" } else { "baggage" },
        written.join(" ")
    )
}

#[test]
fn the_environment_says_which_formats_are_read_and_written() {
    let both = "reads trace baggage, writes traceparent baggage";
    let trace = "reads trace , writes traceparent";
    let baggage = "reads baggage, writes baggage";
    let none = "reads , writes ";
    let cases = [
        ("it is not set", None, both, None),
        ("it is empty", Some(""), both, None),
        ("both are named", Some("tracecontext,baggage"), both, None),
        ("the order does not matter, nor does white space", Some(" baggage , tracecontext "), both, None),
        ("one of them", Some("tracecontext"), trace, None),
        ("the other one", Some("baggage"), baggage, None),
        ("none of them", Some("none"), none, None),
        ("another format", Some("b3,baggage"), "reads baggage, writes baggage b3", None),
        ("a name that is not built in is passed over", Some("ottrace,baggage"), baggage, Some("ottrace")),
        ("a name that is not built in, alone", Some("ottrace"), none, Some("ottrace")),
    ];
    let Ok(case) = env::var(CASE) else {
        for (case, list, ..) in cases {
            in_a_process_of_its_own("the_environment_says_which_formats_are_read_and_written", case, list);
        }
        return;
    };
    let (case, _, expected, unknown) = cases.into_iter().find(|row| row.0 == case).unwrap();
    let tracer = MessagingTracer::global();
    assert_eq!(abilities(tracer.propagator()), expected, "{case}");
    assert_eq!(tracer.problem_count(Problem::UnknownPropagator), u64::from(unknown.is_some()), "{case}");
    match MessagePropagator::from_env() {
        Ok(propagator) => {
            assert_eq!((abilities(&propagator).as_str(), unknown), (expected, None), "{case}");
        }
        Err(error) => {
            let unknown = format!("{:?} is no propagator that is built in", unknown.unwrap());
            assert!(error.to_string().starts_with(&unknown), "{case}: {error}");
        }
    }
    // What the code says goes before what the environment says.
    let given = MessagingTracer::builder().propagator(MessagePropagator::default()).build();
    assert_eq!(abilities(given.propagator()), both);
    assert_eq!(given.problem_count(Problem::UnknownPropagator), 0);
}

/// An operation, and its name in a tree.
type Case = (&'static str, fn(&Post), &'static str);

const OPERATIONS: [Case; 6] = [
    ("send", |post| drop(post.send("orders")), "send orders  PRODUCER"),
    ("process", |post| post.receive(letter([])).process_blocking(|| ()), "process orders  CONSUMER"),
    (
        "process a batch",
        |post| {
            let batch = [post.receive(letter([]))];
            futures::FutureExt::now_or_never(process_batch(&batch, async {})).unwrap();
        },
        "process orders  CONSUMER",
    ),
    (
        "settle under a span of another SDK",
        |post| {
            let _active = TRACEPARENT.parse::<CreationContext>().unwrap().to_context().attach();
            post.client
                .settle("ack", &MessageInfo::to(tracehop::Destination::named("orders")), || {
                    CreationContext::NONE
                })
                .end();
        },
        "(remote)\n└ ack orders  CLIENT",
    ),
    (
        "settle outside of any span",
        |post| {
            post.client
                .settle("ack", &MessageInfo::to(tracehop::Destination::named("orders")), || {
                    TRACEPARENT.parse().unwrap()
                })
                .end();
        },
        "(remote)\n└ ack orders  CLIENT",
    ),
    (
        "get a batch",
        |post| {
            let mut batch = post.client.receive_batch(std::time::SystemTime::now());
            batch.add(&post.receive(letter([])));
        },
        "fetch orders  CLIENT",
    ),
];

#[test]
fn a_global_provider_that_is_installed_late_is_noticed_within_64_operations() {
    let Ok(case) = env::var(CASE) else {
        for (case, ..) in OPERATIONS {
            for before in [0, 1, 5, 64, 100] {
                let case = format!("{case}: {before}");
                in_a_process_of_its_own(
                    "a_global_provider_that_is_installed_late_is_noticed_within_64_operations",
                    &case,
                    None,
                );
            }
        }
        return;
    };
    let (name, before) = case.split_once(": ").unwrap();
    let (_, operation, tree) = OPERATIONS.into_iter().find(|row| row.0 == name).unwrap();
    let before: usize = before.parse().unwrap();
    let post = Post::new(&MessagingTracer::global());
    (0..before).for_each(|_| operation(&post));
    let spans = SpanRecorder::new();
    global::set_tracer_provider(spans.provider().clone());
    let mut operations = 0;
    while spans.finished().is_empty() {
        operations += 1;
        assert!(operations <= 64, "the provider was not noticed");
        operation(&post);
    }
    if before == 0 {
        assert_eq!(operations, 1, "one that was there from the start is noticed at once");
    }
    spans.assert_tree(tree);
    // From then on nothing is left out.
    spans.clear();
    (0..100).for_each(|_| operation(&post));
    assert_eq!(spans.finished().len(), 100);
}
