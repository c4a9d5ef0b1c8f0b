//! What the environment and the builder say.

use tracehop_sdk::OtlpExporter;

fn build(variables: &[(&str, &str)]) -> Result<OtlpExporter, tracehop_sdk::OtlpConfigError> {
    let lookup =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    OtlpExporter::builder().variables(lookup).build()
}

#[test]
fn a_protocol_that_is_not_supported_is_an_error_that_names_the_variable() {
    let error = build(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]).unwrap_err();
    assert_eq!(error.setting(), "OTEL_EXPORTER_OTLP_PROTOCOL");
    let expected = "OTEL_EXPORTER_OTLP_PROTOCOL: http/json is not supported, http/protobuf and grpc are";
    assert_eq!(error.to_string(), expected);
}

#[cfg(feature = "otlp-http")]
#[test]
fn an_endpoint_that_is_no_address_is_an_error_that_does_not_show_it() {
    for endpoint in
        ["collector:4318", "secret token", "ftp://secret", "http://", "http://se cret/", "unix:///a"]
    {
        let error = build(&[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint),
        ]);
        let error = error.unwrap_err();
        assert_eq!(error.setting(), "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "{endpoint}");
        assert!(!error.to_string().contains("se"), "{error}");
    }
}

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
#[test]
fn what_is_wrong_with_an_endpoint_is_said_of_the_variable_or_the_setting_that_it_is_from() {
    let protocols = [(cfg!(feature = "otlp-http"), "http/protobuf"), (cfg!(feature = "otlp-grpc"), "grpc")];
    for (_, protocol) in protocols.into_iter().filter(|(is_there, _)| *is_there) {
        let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
        for variable in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
            let error = build(&[protocol, (variable, "ftp://collector")]).unwrap_err();
            assert_eq!(error.setting(), variable);
            let error = build(&[protocol, (variable, "a b")]).unwrap_err();
            let start = format!("{variable}: it is no address such as http://localhost:431");
            assert!(error.to_string().starts_with(&start), "{error}");
        }
        let set = |name: &str| (name == protocol.0).then(|| protocol.1.to_owned());
        let error = OtlpExporter::builder().variables(set).endpoint("ftp://collector").build().unwrap_err();
        assert_eq!(error.setting(), "endpoint");
    }
}

#[cfg(all(feature = "otlp-http", not(feature = "tls")))]
#[test]
fn https_without_its_feature_is_an_error() {
    let error = build(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector")]).unwrap_err();
    assert_eq!(error.to_string(), "OTEL_EXPORTER_OTLP_ENDPOINT: https needs the feature tls");
}

#[cfg(feature = "otlp-http")]
#[test]
fn what_is_secret_is_not_shown() {
    let exporter = OtlpExporter::builder()
        .endpoint("http://me:secret@localhost/secret?key=secret")
        .header("Authorization", "Bearer secret")
        .build();
    let shown = format!("{:?}", exporter.unwrap());
    assert!(shown.contains("authorization") && !shown.contains("secret"), "{shown}");
    let builder = OtlpExporter::builder().header("a\nb", "secret").header("authorization", "secret\n");
    let shown = format!("{builder:?}") + &builder.build().unwrap_err().to_string();
    assert!(!shown.contains("secret"), "{shown}");
}

#[cfg(feature = "otlp-http")]
#[test]
fn what_is_set_in_code_comes_before_the_environment() {
    let lookup = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_PROTOCOL" => Some("http/json".to_owned()),
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://of-the-environment".to_owned()),
        _ => None,
    };
    let set = |builder: tracehop_sdk::OtlpExporterBuilder| {
        builder.protocol(tracehop_sdk::OtlpProtocol::HttpProtobuf).endpoint("http://of-the-code")
    };
    for builder in
        [set(OtlpExporter::builder()).variables(lookup), set(OtlpExporter::builder().variables(lookup))]
    {
        let shown = format!("{:?}", builder.build().unwrap());
        assert!(shown.contains("of-the-code"), "{shown}");
    }
}
