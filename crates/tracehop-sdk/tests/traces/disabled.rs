//! `OTEL_SDK_DISABLED`.

use opentelemetry::trace::{Span, Tracer, TracerProvider};

use crate::variables::kept;

#[test]
fn only_the_word_true_disables() {
    for (value, expected) in [
        ("true", true),
        ("TRUE", true),
        (" True ", true),
        ("false", false),
        ("", false),
        ("1", false),
        ("yes", false),
        ("truely", false),
    ] {
        let (builder, exporter) = kept(&[("OTEL_SDK_DISABLED", value)]);
        let traces = builder.build().unwrap();
        assert_eq!(traces.is_disabled(), expected, "{value:?}");
        let mut span = traces.provider().tracer("test").start("x");
        assert_eq!(span.is_recording(), !expected, "{value:?}");
        // One that is valid and not sampled would keep the next service from recording.
        assert_eq!(span.span_context().is_valid(), !expected, "{value:?}");
        span.end();
        assert!(traces.provider().force_flush().is_ok());
        assert_eq!(exporter.get_finished_spans().unwrap().is_empty(), expected, "{value:?}");
        assert!(traces.shutdown().is_ok());
        assert_eq!(traces.drops().total(), 0);
    }
}

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
#[test]
fn what_is_wrong_with_a_variable_of_otlp_does_not_matter_then() {
    let all =
        crate::variables::variables(&[("OTEL_SDK_DISABLED", "true"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "udp")]);
    assert!(tracehop_sdk::Traces::builder("orders").variables(all).build().unwrap().is_disabled());
}

#[cfg(feature = "messaging")]
#[test]
fn contexts_of_messages_pass_through_as_they_came() {
    use crate::mail::Post;

    for flags in ["00", "01"] {
        let (builder, exporter) = kept(&[("OTEL_SDK_DISABLED", "true")]);
        let traces = builder.build().unwrap();
        let post = Post::new(&traces.messaging_tracer());
        let came = format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
        let sent = post.relay(Some(&came));
        assert_eq!(sent.as_deref(), Some(came.as_str()));
        assert_eq!(post.relay(None), None);
        assert!(exporter.get_finished_spans().unwrap().is_empty());
    }
}
