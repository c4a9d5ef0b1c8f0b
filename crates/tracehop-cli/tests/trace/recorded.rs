//! A journey over three traces, as a real Jaeger was sent it, and as it answered.

use clap::Parser;
use opentelemetry::trace::TraceId;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tracehop_cli::trace::TraceArgs;
use tracehop_journey::otlp::traces_from_json;

pub(crate) const STOREFRONT: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const CHECKOUT: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(crate) const UNKNOWN: &str = "ffffffffffffffffffffffffffffffff";

pub(crate) const SENT: &str =
    include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-sent.json");

/// What Jaeger's APIs answered of the trace of each service: the first, and the third.
pub(crate) const ANSWERS: [(&str, &str, &str); 3] = [
    (
        "storefront",
        include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-trace-storefront.json"),
        include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-v3-trace-storefront.json"),
    ),
    (
        "checkout",
        include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-trace-checkout.json"),
        include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-v3-trace-checkout.json"),
    ),
    (
        "payments",
        include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-trace-payments.json"),
        include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-v3-trace-payments.json"),
    ),
];
pub(crate) const SERVICES: &str =
    include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-services.json");
pub(crate) const NOT_FOUND: &str =
    include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-unknown.json");
pub(crate) const V3_NOT_FOUND: &str =
    include_str!("../../../tracehop-journey/tests/readers/answers/jaeger-v3-unknown.json");

pub(crate) fn hex(trace_id: &[u8]) -> String {
    TraceId::from_bytes(trace_id.try_into().unwrap()).to_string()
}

/// All that was sent, trace by trace.
pub(crate) fn traces() -> Vec<(String, ExportTraceServiceRequest)> {
    let sent = traces_from_json(SENT.as_bytes()).unwrap();
    sent.resource_spans
        .into_iter()
        .map(|spans| {
            let id = hex(&spans.scope_spans[0].spans[0].trace_id);
            (id, ExportTraceServiceRequest { resource_spans: vec![spans] })
        })
        .collect()
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: TraceArgs,
}

/// What the command prints, and its exit code.
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(arguments: &[&str]) -> Ran {
    let line = Line::try_parse_from(std::iter::once(&"trace").chain(arguments)).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = line.args.write(&mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code, out: text(out), err: text(err) }
}

/// What the parser says of a command line that it does not take.
pub(crate) fn refused(arguments: &[&str]) -> String {
    match Line::try_parse_from(std::iter::once(&"trace").chain(arguments)) {
        Ok(_) => panic!("it takes {arguments:?}"),
        Err(error) => error.to_string(),
    }
}
