/// What is sent: each has variables, a path and a method of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "otlp-http", feature = "otlp-grpc")),
    allow(dead_code, reason = "only spans go over transports of the user's")
)]
pub(crate) enum Signal {
    #[default]
    Traces,
    #[cfg(feature = "metrics")]
    Metrics,
    #[cfg(feature = "logs")]
    Logs,
}

impl Signal {
    /// What stands behind the address of all signals over HTTP.
    #[cfg_attr(not(feature = "otlp-http"), allow(dead_code, reason = "only HTTP has paths"))]
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            #[cfg(feature = "metrics")]
            Self::Metrics => "/v1/metrics",
            #[cfg(feature = "logs")]
            Self::Logs => "/v1/logs",
        }
    }

    #[cfg_attr(not(feature = "otlp-grpc"), allow(dead_code, reason = "only gRPC has methods"))]
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            #[cfg(feature = "metrics")]
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            #[cfg(feature = "logs")]
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }

    /// What cannot be sent in parts.
    pub(super) fn item(self) -> &'static str {
        match self {
            Self::Traces => "span",
            #[cfg(feature = "metrics")]
            Self::Metrics => "metric",
            #[cfg(feature = "logs")]
            Self::Logs => "log record",
        }
    }

    /// What is counted.
    pub(super) fn items(self) -> &'static str {
        match self {
            Self::Traces => "spans",
            #[cfg(feature = "metrics")]
            Self::Metrics => "data points",
            #[cfg(feature = "logs")]
            Self::Logs => "log records",
        }
    }
}
