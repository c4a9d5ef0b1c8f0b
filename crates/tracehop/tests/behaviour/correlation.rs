//! Parent or link: the truth table, as trees.

use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracehop::Correlation::{self, Continue, Link, Nest};
use tracehop_testing::SpanRecorder;

use crate::mail::{Letter, Post, application_span};

const AN_HOUR: Duration = Duration::from_secs(3600);

/// Processes a message that carries a context or not, with a span of the application active or not.
#[track_caller]
fn check(correlation: Correlation, active: bool, creation: bool, expected: &str) {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().correlation(correlation).build());
    let message =
        if creation { post.send("orders") } else { Letter { topic: "orders", ..Letter::default() } };
    process(&spans, &post, message, active);
    spans.assert_tree(expected);
}

fn process(spans: &SpanRecorder, post: &Post, message: Letter, active: bool) {
    let cx = if active { application_span(spans, "poll") } else { Context::new() };
    let _active = cx.attach();
    post.receive(message).process_blocking(|| ());
}

const ROOT: &str = "
    process orders       CONSUMER
";
const UNDER_ACTIVE: &str = "
    poll                 INTERNAL
    └ process orders     CONSUMER
";
const UNDER_ACTIVE_LINKED: &str = "
    send orders          PRODUCER  #1
    poll                 INTERNAL
    └ process orders     CONSUMER  links: #1
";
const UNDER_CREATION: &str = "
    send orders          PRODUCER  #1
    └ process orders     CONSUMER  links: #1
";
const UNDER_CREATION_BOTH_LINKED: &str = "
    send orders          PRODUCER  #1
    └ process orders     CONSUMER  links: #1, #2
    poll                 INTERNAL  #2
";
const ROOT_LINKED: &str = "
    send orders          PRODUCER  #1
    process orders       CONSUMER  links: #1
";

#[test]
fn continue_takes_the_creation_context_and_links_to_the_active_span() {
    check(Continue, false, false, ROOT);
    check(Continue, false, true, UNDER_CREATION);
    check(Continue, true, false, UNDER_ACTIVE);
    check(Continue, true, true, UNDER_CREATION_BOTH_LINKED);
}

#[test]
fn link_never_takes_the_creation_context() {
    check(Link, false, false, ROOT);
    check(Link, false, true, ROOT_LINKED);
    check(Link, true, false, UNDER_ACTIVE);
    check(Link, true, true, UNDER_ACTIVE_LINKED);
}

#[test]
fn nest_takes_the_active_span_else_the_creation_context() {
    check(Nest, false, false, ROOT);
    check(Nest, false, true, UNDER_CREATION);
    check(Nest, true, false, UNDER_ACTIVE);
    check(Nest, true, true, UNDER_ACTIVE_LINKED);
}

#[test]
fn continue_is_the_default() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer());
    process(&spans, &post, post.send("orders"), false);
    spans.assert_tree(UNDER_CREATION);
}

/// Processes a message of an age, where those beyond an hour are too old.
#[track_caller]
fn check_age(correlation: Correlation, sent_at: Option<SystemTime>, active: bool, expected: &str) {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().correlation(correlation).max_age(AN_HOUR).build();
    let post = Post::new(&tracer);
    let message = Letter { sent_at, ..post.send("orders") };
    process(&spans, &post, message, active);
    spans.assert_tree(expected);
}

#[test]
fn a_message_that_is_too_old_is_only_linked() {
    let old = SystemTime::now().checked_sub(2 * AN_HOUR);
    check_age(Continue, old, false, ROOT_LINKED);
    check_age(Nest, old, false, ROOT_LINKED);
    check_age(Continue, old, true, UNDER_ACTIVE_LINKED);
    check_age(Nest, old, true, UNDER_ACTIVE_LINKED);
    check_age(Continue, Some(SystemTime::UNIX_EPOCH), false, ROOT_LINKED);
}

#[test]
fn a_message_of_no_or_a_lesser_age_is_continued() {
    let now = SystemTime::now();
    check_age(Continue, now.checked_sub(AN_HOUR / 2), false, UNDER_CREATION);
    check_age(Continue, None, false, UNDER_CREATION);
    // The sender's clock runs ahead.
    check_age(Continue, now.checked_add(2 * AN_HOUR), false, UNDER_CREATION);
}

#[test]
fn a_handlers_baggage_does_not_depend_on_the_correlation() {
    for correlation in [Continue, Link, Nest] {
        let spans = SpanRecorder::new();
        let post = Post::new(&spans.messaging_tracer_builder().correlation(correlation).build());
        let order = post.receive(crate::mail::letter([("baggage", "tenant=a")]));
        order.process_blocking(|| assert_eq!(crate::mail::current_baggage(), ["tenant=a"]));
    }
}

#[test]
fn a_creation_context_that_is_active_too_is_linked_once() {
    for correlation in [Continue, Nest, Link] {
        let spans = SpanRecorder::new();
        let post = Post::new(&spans.messaging_tracer_builder().correlation(correlation).build());
        let message = post.send("orders");
        let send = spans.finished().remove(0).span_context;
        let _active = Context::new().with_remote_span_context(send).attach();
        post.receive(message).process_blocking(|| ());
        spans.assert_tree(UNDER_CREATION);
    }
}
