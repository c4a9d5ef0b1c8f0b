//! What reading takes, and what operations take that do not make a message longer.

use std::sync::LazyLock;

use proptest::prelude::*;
use tracehop::{Format, MessagePropagator, MessagingTracer};

use crate::allocations::{
    other_propagators_make_it_a_larger_multiple, reading_allocates_a_multiple_of_the_headers,
};
use crate::cases;
use crate::context::context;
use crate::explained::{a_report_says_what_reading_says, less_trust_says_less};
use crate::headers::{ALIAS, headers};
use crate::silent::Silent;
use crate::work::{
    a_send_reads_once, reading_looks_at_each_header, sending_on_reads_twice,
    writing_reads_once_and_tries_few_patches,
};

static TRACER: LazyLock<MessagingTracer> = LazyLock::new(|| MessagingTracer::builder().build());

static WITH_OTHERS: LazyLock<MessagePropagator> =
    LazyLock::new(|| MessagePropagator::builder().other(Silent).other(Silent).build());

static WITH_ALIAS: LazyLock<MessagePropagator> =
    LazyLock::new(|| MessagePropagator::builder().alias(ALIAS).build());

static WITH_ALL: LazyLock<MessagePropagator> =
    LazyLock::new(|| MessagePropagator::builder().read(Format::ALL).alias(ALIAS).build());

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn reading_takes_few_looks_and_memory_for_the_headers(headers in headers()) {
        reading_looks_at_each_header(&MessagePropagator::default(), None, 0, &headers)?;
        reading_looks_at_each_header(&WITH_ALIAS, Some(ALIAS), 0, &headers)?;
        reading_allocates_a_multiple_of_the_headers(&headers)?;
    }

    #[test]
    fn reading_with_two_other_propagators_takes_two_looks_more(headers in headers()) {
        reading_looks_at_each_header(&WITH_OTHERS, None, 2, &headers)?;
        other_propagators_make_it_a_larger_multiple(&WITH_OTHERS, &headers)?;
    }

    #[test]
    fn reports_and_trust_agree_with_reading(headers in headers()) {
        for propagator in [&WITH_ALL, &WITH_ALIAS, &WITH_OTHERS] {
            a_report_says_what_reading_says(propagator, &headers)?;
        }
        less_trust_says_less(&TRACER, &headers)?;
    }

    #[test]
    fn operations_take_few_looks(headers in headers(), cx in context(), refusals in 0..9_usize) {
        writing_reads_once_and_tries_few_patches(&TRACER, &headers, &cx, refusals)?;
        a_send_reads_once(&TRACER, &headers)?;
        sending_on_reads_twice(&TRACER, &headers)?;
    }
}
