//! What is wrong in code is an error that names the setting.

use opentelemetry_sdk::trace::Sampler;
use tracehop_sdk::{Traces, TracesBuilder};

use crate::variables::{kept, variables};

fn error(builder: TracesBuilder) -> (String, String) {
    let error = builder.build().unwrap_err();
    (error.setting().to_owned(), error.to_string())
}

#[test]
fn a_ratio_that_is_none_is_an_error() {
    for (ratio, shown) in
        [(f64::NAN, "NaN"), (-0.1, "-0.1"), (1.1, "1.1"), (10.0, "10"), (f64::INFINITY, "inf")]
    {
        let reason = format!("the ratio {shown} is no number from 0 to 1");
        let of_sampler = error(kept(&[]).0.sampler(Sampler::TraceIdRatioBased(ratio)));
        assert_eq!(of_sampler, ("sampler".to_owned(), format!("sampler: {reason}")));
        assert_eq!(error(kept(&[]).0.ratio(ratio)), ("ratio".to_owned(), format!("ratio: {reason}")));
    }
    for ratio in [0.0, 1.0] {
        assert!(kept(&[]).0.ratio(ratio).build().is_ok());
    }
}

#[test]
fn it_stays_one_if_the_sdk_is_disabled_or_another_sampler_follows() {
    let disabled = kept(&[("OTEL_SDK_DISABLED", "true")]).0;
    assert_eq!(error(disabled.ratio(2.0)).0, "ratio");
    assert_eq!(error(kept(&[]).0.ratio(2.0).sampler(Sampler::AlwaysOn)).0, "ratio");
}

#[cfg(not(any(feature = "otlp-http", feature = "otlp-grpc")))]
#[test]
fn without_a_feature_for_otlp_there_must_be_an_exporter() {
    let (setting, text) = error(Traces::builder("orders").variables(variables(&[])));
    assert_eq!(setting, "exporter");
    assert_eq!(text, "exporter: without the features otlp-http and otlp-grpc one must be given");
}

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
#[test]
fn a_variable_of_otlp_that_would_send_spans_elsewhere_is_an_error_unless_an_exporter_is_given() {
    let udp = [("OTEL_EXPORTER_OTLP_PROTOCOL", "udp")];
    let (setting, text) = error(Traces::builder("orders").variables(variables(&udp)));
    assert_eq!(setting, "OTEL_EXPORTER_OTLP_PROTOCOL");
    assert_eq!(text, "OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf and grpc are supported");
    let given = kept(&udp).0;
    assert!(given.build().is_ok());
}
