//! The bytes are those that opentelemetry-otlp sends. Equal are not only the decoded messages, with groups and spans in the
//! same order, but the bytes themselves; so it holds for what no decoded message compares equal on, as for NaN.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use proptest::prelude::*;
use prost::Message;
use tracehop_sdk::OtlpEncoder;

use crate::spans::{Tape, noise};

/// What opentelemetry-otlp makes of these spans.
pub(crate) fn theirs(batch: &[SpanData], resource: &Resource) -> ExportTraceServiceRequest {
    let resource_spans = group_spans_by_resource_and_scope(batch.to_vec(), &resource.into());
    ExportTraceServiceRequest { resource_spans }
}

/// Tries a quarter of the 100,000 cases, so that the four tests share the processors.
fn try_a_quarter(seed: u8) {
    let config = ProptestConfig {
        cases: 25_000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(u64::from(seed)),
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let mut buffer = Vec::new();
    let spans = std::cell::Cell::new(0);
    let buffer = std::cell::RefCell::new(&mut buffer);
    let tape = proptest::collection::vec(any::<u8>(), 0..400);
    let outcome = runner.run(&tape, |tape| {
        let mut tape = Tape(&tape);
        let (resource, batch) = (tape.resource(), tape.batch());
        spans.set(spans.get() + batch.len());
        let theirs = theirs(&batch, &resource);
        let mut ours = buffer.borrow_mut();
        OtlpEncoder::new(&resource).encode(&batch, &mut ours);
        // The message is looked at only if the bytes differ: it takes longer to decode than all the rest.
        if **ours != theirs.encode_to_vec() {
            let decoded = ExportTraceServiceRequest::decode(ours.as_slice());
            prop_assert_eq!(decoded.map_err(|error| error.to_string()), Ok(theirs));
            prop_assert!(false, "equal messages, other bytes");
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(spans.get() > 25_000, "the batches are empty: {} spans", spans.get());
}

#[test]
fn the_first_quarter_of_all_batches_is_what_the_sdk_sends() {
    try_a_quarter(1);
}

#[test]
fn the_second_quarter_of_all_batches_is_what_the_sdk_sends() {
    try_a_quarter(2);
}

#[test]
fn the_third_quarter_of_all_batches_is_what_the_sdk_sends() {
    try_a_quarter(3);
}

#[test]
fn the_last_quarter_of_all_batches_is_what_the_sdk_sends() {
    try_a_quarter(4);
}

#[test]
fn what_is_decoded_equals_what_the_sdk_sends() {
    for seed in 0..2_000 {
        let tape = noise(seed, 300);
        let mut tape = Tape(&tape);
        let (resource, batch) = (tape.resource(), tape.batch());
        let mut ours = Vec::new();
        OtlpEncoder::new(&resource).encode(&batch, &mut ours);
        let ours = ExportTraceServiceRequest::decode(ours.as_slice()).unwrap();
        // By their text, for a NaN equals nothing.
        assert_eq!(format!("{ours:?}"), format!("{:?}", theirs(&batch, &resource)));
    }
}

#[test]
fn a_buffer_that_is_used_again_holds_the_last_batch_only() {
    let tape: Vec<u8> = (0..=255).collect();
    let (resource, batch) = (Tape(&tape).resource(), vec![Tape(&tape[..20]).batch(), Tape(&tape).batch()]);
    let encoder = OtlpEncoder::new(&resource);
    let mut buffer = vec![7; 10_000];
    for batch in batch {
        encoder.encode(&batch, &mut buffer);
        assert_eq!(buffer, theirs(&batch, &resource).encode_to_vec());
    }
}
