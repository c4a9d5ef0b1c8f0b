use std::sync::Arc;
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::logs::tonic::group_logs_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogRecord};
use prost::Message;

use super::builder::OtlpExporterBuilder;
use super::config_error::OtlpConfigError;
use super::counters::OtlpCounters;
use super::delivery::Delivery;
use super::part::Part;
use super::stop::Stop;

/// Sends records of a log over the transports of spans, in the bytes of `opentelemetry-proto`.
#[derive(Debug)]
pub(crate) struct OtlpLogExporter {
    delivery: Delivery,
    resource: ResourceAttributesWithSchema,
}

impl OtlpLogExporter {
    pub(crate) fn new(builder: OtlpExporterBuilder) -> Result<Self, OtlpConfigError> {
        Ok(Self { delivery: builder.delivery()?, resource: ResourceAttributesWithSchema::default() })
    }

    /// What became of the records.
    pub(crate) fn counters(&self) -> OtlpCounters {
        self.delivery.counters.clone()
    }

    pub(crate) fn stop(&self) -> Arc<Stop> {
        Arc::clone(&self.delivery.stop)
    }

    /// All attempts at one batch take no longer than this.
    pub(crate) fn limit_timeout(&mut self, most: Duration) {
        self.delivery.timeout = self.delivery.timeout.min(most);
    }
}

impl LogExporter for OtlpLogExporter {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let records: Vec<Record<'_>> = batch.iter().collect();
        let part = LogPart { resource: &self.resource, records: &records };
        let mut losses = self.delivery.deliver(part).err().unwrap_or_default();
        losses.pop().map_or(Ok(()), |loss| Err(loss.error))
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        if self.delivery.stop.set() { Ok(()) } else { Err(OTelSdkError::AlreadyShutdown) }
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

type Record<'a> = (&'a SdkLogRecord, &'a InstrumentationScope);

struct LogPart<'a> {
    resource: &'a ResourceAttributesWithSchema,
    records: &'a [Record<'a>],
}

impl Part for LogPart<'_> {
    fn items(&self) -> usize {
        self.records.len()
    }

    fn encode(&self, buffer: &mut Vec<u8>) {
        let resource_logs = group_logs_by_resource_and_scope(&LogBatch::new(self.records), self.resource);
        buffer.clear();
        // A vector has room for whatever there is.
        let _written = ExportLogsServiceRequest { resource_logs }.encode(buffer);
    }

    fn halves(self) -> (Self, Self) {
        let (first, second) = self.records.split_at(self.records.len() / 2);
        (Self { records: first, ..self }, Self { records: second, ..self })
    }

    fn first_name(&self) -> &str {
        let first = self.records.first().map(|(record, _)| *record);
        let target = || first.and_then(SdkLogRecord::target).map(AsRef::as_ref);
        first.and_then(SdkLogRecord::event_name).or_else(target).unwrap_or_default()
    }
}
