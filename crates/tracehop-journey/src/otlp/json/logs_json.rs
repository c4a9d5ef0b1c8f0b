//! A request with log records in JSON.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::resource::v1::Resource;
use serde::Deserialize;

use super::common_json::{AnyValueJson, KeyValueJson, ResourceJson, ScopeJson};
use super::enumeration::{Enum, enumeration};
use super::id::id;
use super::list::{list, parts};
use super::number::number;
use super::object::optional;
use super::text::text;

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LogsJson {
    #[serde(deserialize_with = "list::<_, ResourceLogsJson, _>")]
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
struct ResourceLogsJson {
    #[serde(deserialize_with = "optional::<_, ResourceJson, _>")]
    resource: Option<Resource>,
    #[serde(deserialize_with = "parts::<_, ScopeLogsJson, _>")]
    scope_logs: Vec<ScopeLogs>,
    #[serde(deserialize_with = "text")]
    schema_url: String,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
struct ScopeLogsJson {
    #[serde(deserialize_with = "optional::<_, ScopeJson, _>")]
    scope: Option<InstrumentationScope>,
    #[serde(deserialize_with = "parts::<_, LogRecordJson, _>")]
    log_records: Vec<LogRecord>,
    #[serde(deserialize_with = "text")]
    schema_url: String,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
struct LogRecordJson {
    #[serde(deserialize_with = "number")]
    time_unix_nano: u64,
    #[serde(deserialize_with = "number")]
    observed_time_unix_nano: u64,
    #[serde(deserialize_with = "enumeration::<_, SeverityNumber>")]
    severity_number: i32,
    #[serde(deserialize_with = "text")]
    severity_text: String,
    #[serde(deserialize_with = "optional::<_, AnyValueJson, _>")]
    body: Option<AnyValue>,
    #[serde(deserialize_with = "parts::<_, KeyValueJson, _>")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    dropped_attributes_count: u32,
    #[serde(deserialize_with = "number")]
    flags: u32,
    #[serde(deserialize_with = "id")]
    trace_id: Vec<u8>,
    #[serde(deserialize_with = "id")]
    span_id: Vec<u8>,
    #[serde(deserialize_with = "text")]
    event_name: String,
}

impl Enum for SeverityNumber {
    fn number(name: &str) -> Option<i32> {
        Self::from_str_name(name).map(|it| it as i32)
    }
}

impl From<LogsJson> for ExportLogsServiceRequest {
    fn from(json: LogsJson) -> Self {
        Self { resource_logs: json.resource_logs }
    }
}

impl From<ResourceLogsJson> for ResourceLogs {
    fn from(json: ResourceLogsJson) -> Self {
        Self { resource: json.resource, scope_logs: json.scope_logs, schema_url: json.schema_url }
    }
}

impl From<ScopeLogsJson> for ScopeLogs {
    fn from(json: ScopeLogsJson) -> Self {
        Self { scope: json.scope, log_records: json.log_records, schema_url: json.schema_url }
    }
}

impl From<LogRecordJson> for LogRecord {
    fn from(json: LogRecordJson) -> Self {
        Self {
            time_unix_nano: json.time_unix_nano,
            observed_time_unix_nano: json.observed_time_unix_nano,
            severity_number: json.severity_number,
            severity_text: json.severity_text,
            body: json.body,
            attributes: json.attributes,
            dropped_attributes_count: json.dropped_attributes_count,
            flags: json.flags,
            trace_id: json.trace_id,
            span_id: json.span_id,
            event_name: json.event_name,
        }
    }
}
