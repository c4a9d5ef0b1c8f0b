//! What is told of an endpoint that does not take what is sent to it.

use std::sync::{Arc, Mutex};

use opentelemetry_sdk::trace::SpanExporter;
use tracehop_sdk::{OtlpExporter, OtlpResponse, OtlpTransportError};

use crate::block_on::block_on;
use crate::delivery::{Answer, Script};
use crate::log::logged;
use crate::spans::plain;

/// What is told while the transport gives these answers, with the times that nobody set.
#[track_caller]
fn check(mut answers: Vec<Answer>, expected: &[&str]) {
    answers.reverse();
    let script = Arc::new(Script { answers: Mutex::new(answers), ..Script::default() });
    let exporter = OtlpExporter::builder().transport(Arc::clone(&script)).build().unwrap();
    let lines = logged("OtlpExporter.", || {
        block_on(exporter.export(plain(3))).unwrap();
    });
    assert_eq!(lines, expected);
    assert_eq!(script.ids().len(), 3, "all spans have arrived");
}

const FAILING: &str = "WARN tracehop-sdk name=\"OtlpExporter.Failing\" endpoint=\"a given transport\" what=\"spans\" error=\"away\"";
const RECOVERED: &str =
    "INFO tracehop-sdk name=\"OtlpExporter.Recovered\" endpoint=\"a given transport\" what=\"spans\" lost=0";

#[test]
fn the_first_attempt_that_fails_is_told_of_and_those_that_follow_are_not() {
    let away = || Err(OtlpTransportError::retryable("away"));
    check(vec![], &[]);
    check(vec![away()], &[FAILING, RECOVERED]);
    check(vec![away(), away(), Ok(OtlpResponse::empty())], &[FAILING, RECOVERED]);
}

#[test]
fn a_connection_that_breaks_off_once_is_none_that_is_away() {
    let broke_off = || Err(OtlpTransportError::broke_off("away"));
    check(vec![broke_off()], &[]);
    check(vec![broke_off(), Err(OtlpTransportError::retryable("away"))], &[FAILING, RECOVERED]);
    check(vec![broke_off(), broke_off()], &[FAILING, RECOVERED]);
}
