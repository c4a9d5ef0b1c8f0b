//! What every service of the shop can do.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::logs::SdkLogger;
use opentelemetry_sdk::trace::SdkTracer;
use tracehop::{ClientTracer, Correlation, MessagePropagator, MessagingTracer};

use super::broker::Broker;
use super::client::Client;
use super::counts::Counters;
use super::order::Order;
use super::pace::Pace;
use super::problem::Problem;
use super::semconv;
use super::system::System;
use super::telemetry::Telemetry;

/// The name of what makes the spans that are not of messages.
const SCOPE: &str = "tracehop-demo";

/// What every service of the shop can do: call others, write to a log, and make clients of queues.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) tracer: SdkTracer,
    pub(super) pace: Pace,
    pub(super) counters: Arc<Counters>,
    messaging: MessagingTracer,
    logger: SdkLogger,
    /// How much its machine's clock is ahead.
    ahead: Duration,
}

/// What all services share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) pace: Pace,
    pub(super) counters: Arc<Counters>,
}

impl Service {
    pub(super) fn new(
        name: &'static str,
        telemetry: &Telemetry,
        correlation: Correlation,
        ahead: Duration,
        Shared { pace, counters }: Shared,
    ) -> Self {
        let messaging = telemetry
            .traces
            .messaging_tracer_builder()
            .propagator(MessagePropagator::default())
            .correlation(correlation)
            .baggage_attributes([semconv::USER_ID, semconv::SESSION_ID])
            .error_type(|problem: &Problem| problem.name())
            .build();
        let tracer = telemetry.traces.provider().tracer(SCOPE);
        let logger = telemetry.logs.provider().logger(SCOPE);
        Self { name, tracer, pace, counters, messaging, logger, ahead }
    }

    /// A client of a broker, which consumes for a group, if it does.
    pub(super) fn client<S: System>(&self, broker: &Arc<Broker<S>>, group: Option<&str>) -> Client<S> {
        let facts = S::facts(&format!("{}-1", self.name), group);
        let tracer = ClientTracer::new(&self.messaging, facts);
        Client { broker: Arc::clone(broker), tracer, pace: self.pace.clone() }
    }

    /// Writes to or reads from a database.
    pub(super) async fn query(&self, text: &'static str, order: &Order, from: u64, to: u64) {
        let attributes = [
            KeyValue::new(semconv::DB_SYSTEM_NAME, "postgresql"),
            KeyValue::new(semconv::DB_QUERY_TEXT, text),
        ];
        // As the conventions name it: the operation and what it is about.
        let name = text.split(" WHERE").next().unwrap_or(text);
        self.call(name, attributes, order.takes(text, from, to)).await.end();
    }

    /// Calls somebody outside of the shop over HTTP. If that goes wrong, the call has no answer.
    pub(super) async fn post(
        &self,
        host: &'static str,
        path: &'static str,
        time: Duration,
        answer: Result<i64, Problem>,
    ) -> Result<(), Problem> {
        let attributes = [
            KeyValue::new(semconv::HTTP_REQUEST_METHOD, "POST"),
            KeyValue::new(semconv::SERVER_ADDRESS, host),
            KeyValue::new(semconv::URL_PATH, path),
        ];
        let called = self.call("POST", attributes, time).await;
        let span = called.0.span();
        match answer {
            Ok(status) => span.set_attribute(KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, status)),
            Err(problem) => {
                span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, problem.name()));
                span.set_status(opentelemetry::trace::Status::error(problem.to_string()));
            }
        }
        called.end();
        answer.map(drop)
    }

    /// A call of somebody else that takes some time.
    async fn call<const N: usize>(
        &self,
        name: &'static str,
        attributes: [KeyValue; N],
        time: Duration,
    ) -> Called {
        let span = self
            .tracer
            .span_builder(name)
            .with_kind(SpanKind::Client)
            .with_attributes(attributes)
            .start(&self.tracer);
        let called = Called(Context::current_with_span(span));
        self.pace.sleep(time).await;
        called
    }

    /// Writes a line to the log, about what is being done now.
    pub(super) fn log(&self, severity: Severity, text: String, order: &Order) {
        let mut record = self.logger.create_log_record();
        let now = SystemTime::now() + self.ahead;
        record.set_timestamp(now);
        record.set_observed_timestamp(now);
        record.set_severity_number(severity);
        record.set_severity_text(severity.name());
        record.set_body(AnyValue::from(text));
        record.add_attribute(semconv::ORDER_NUMBER, i64::try_from(order.number).unwrap_or(i64::MAX));
        self.logger.emit(record);
    }
}

/// A call that was answered.
struct Called(Context);

impl Called {
    fn end(self) {
        self.0.span().end();
    }
}
