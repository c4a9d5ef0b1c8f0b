//! A variable that nobody understands is told of, by its name and without its value.

use crate::variables::kept;

#[path = "../support/log.rs"]
mod log;

#[track_caller]
fn check(set: &[(&str, &str)], expected: &[(&str, &str)]) {
    let lines = log::logged("Telemetry.", || drop(kept(set).0.build().unwrap()));
    let line = |(variable, reason): &(&str, &str)| {
        format!(
            "WARN tracehop-sdk name=\"Telemetry.VariableIgnored\" variable=\"{variable}\" reason=\"{reason}\""
        )
    };
    assert_eq!(lines, expected.iter().map(line).collect::<Vec<_>>(), "{set:?}");
}

#[test]
fn each_variable_that_nobody_understands_is_named() {
    let sampler = "it is no sampler of the SDK; parentbased_always_on is used instead";
    let ratio = "it is no number from 0 to 1; 1 is used instead";
    let pair = "pair 2: it is not key=value";
    check(&[("OTEL_TRACES_SAMPLER", "secret")], &[("OTEL_TRACES_SAMPLER", sampler)]);
    check(&[("OTEL_TRACES_SAMPLER", "xray")], &[("OTEL_TRACES_SAMPLER", sampler)]);
    for value in ["secret", "-1", "1.1", "nan"] {
        let set = [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", value)];
        check(&set, &[("OTEL_TRACES_SAMPLER_ARG", ratio)]);
    }
    check(&[("OTEL_SDK_DISABLED", "1")], &[("OTEL_SDK_DISABLED", "it is neither true nor false")]);
    check(&[("OTEL_RESOURCE_ATTRIBUTES", "a=1,secret")], &[("OTEL_RESOURCE_ATTRIBUTES", pair)]);
    let limit = "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT";
    check(&[(limit, "few")], &[(limit, "it is no whole number")]);
}

#[test]
fn what_is_understood_or_empty_or_not_needed_is_not_told_of() {
    check(&[], &[]);
    check(&[("OTEL_TRACES_SAMPLER", ""), ("OTEL_TRACES_SAMPLER_ARG", "secret")], &[]);
    check(&[("OTEL_TRACES_SAMPLER", "ALWAYS_OFF"), ("OTEL_TRACES_SAMPLER_ARG", "secret")], &[]);
    check(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.5")], &[]);
    check(
        &[
            ("OTEL_SDK_DISABLED", "False"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=1,,"),
            ("OTEL_TRACES_EXPORTER", ""),
        ],
        &[],
    );
}

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
#[test]
fn an_exporter_that_is_not_there_is_named_and_otlp_takes_its_place() {
    let set = crate::variables::variables(&[("OTEL_TRACES_EXPORTER", "zipkin")]);
    let build = || drop(tracehop_sdk::Traces::builder("orders").variables(set).build().unwrap());
    let lines = log::logged("Telemetry.", build);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("variable=\"OTEL_TRACES_EXPORTER\" reason=\"only otlp and none"), "{lines:?}");
}
