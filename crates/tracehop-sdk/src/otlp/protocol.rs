/// How requests travel. `http/json` is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// Protobuf in an HTTP request: needs the feature `otlp-http`. The usual port is 4318.
    HttpProtobuf,
    /// gRPC: needs the feature `otlp-grpc`. The usual port is 4317.
    Grpc,
}
