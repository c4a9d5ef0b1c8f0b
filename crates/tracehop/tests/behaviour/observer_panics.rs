//! Observers that panic: counted, and noticed by nobody else.

use std::panic::{self, AssertUnwindSafe};

use tracehop::{EndedOperation, Observer, StartedOperation};
use tracehop_testing::SpanRecorder;

use crate::mail::{Post, letter};
use crate::observers::{FULL, Kept, Witness};

/// An observer that fails.
struct Clumsy {
    book: Witness,
    at_start: bool,
}

impl Observer for Clumsy {
    type State = Kept;

    fn start(&self, operation: &StartedOperation<'_>) -> Kept {
        assert!(!self.at_start, "the observer's own message");
        self.book.start(operation)
    }

    fn end(&self, operation: &EndedOperation<'_>, state: Kept) {
        self.book.end(operation, state);
        panic!("the observer's own message");
    }
}

#[test]
fn an_observer_that_panics_is_counted_and_nobody_else_notices() {
    for (at_start, of_the_clumsy) in [
        // It saw no start, so there is no end for it.
        (true, &[][..]),
        (
            false,
            &["clumsy + mail process process orders", "clumsy - mail process process orders error=BOX_FULL"],
        ),
    ] {
        let book = Witness::default();
        let spans = SpanRecorder::new();
        let tracer = spans
            .messaging_tracer_builder()
            .observer(book.named("first"))
            .observer(Clumsy { book: book.named("clumsy"), at_start })
            .observer(book.named("last"))
            .build();
        let post = Post::new(&tracer);
        let order = post.receive(letter([]));
        for times in 1..=2 {
            let result = order.process_blocking(|| FULL);
            assert_eq!(result, FULL);
            assert_eq!(tracer.observer_panics(), times);
            let (clumsy, others): (Vec<String>, Vec<String>) =
                book.take().into_iter().partition(|line| line.starts_with("clumsy"));
            assert_eq!(clumsy, of_the_clumsy, "at the start: {at_start}");
            assert_eq!(
                others,
                [
                    "first + mail process process orders",
                    "last + mail process process orders",
                    "first - mail process process orders error=BOX_FULL",
                    "last - mail process process orders error=BOX_FULL",
                ]
            );
        }
        spans.assert_tree(
            "
            process orders  CONSUMER  error=BOX_FULL
            process orders  CONSUMER  error=BOX_FULL
            ",
        );
    }
}

#[test]
fn an_observer_that_panics_while_a_handlers_panic_unwinds_goes_no_further() {
    let spans = SpanRecorder::new();
    let clumsy = Clumsy { book: Witness::default(), at_start: false };
    let post = Post::new(&spans.messaging_tracer_builder().observer(clumsy).build());
    let order = post.receive(letter([]));
    let handler = || order.process_blocking(|| -> () { panic!("the handler's own message") });
    let panicked = panic::catch_unwind(AssertUnwindSafe(handler)).unwrap_err();
    assert_eq!(panicked.downcast_ref(), Some(&"the handler's own message"));
    assert_eq!(post.client.tracer().observer_panics(), 1);
    spans.assert_tree("process orders  CONSUMER  error=panic");
}
