//! The shape of Jaeger's first JSON API.

use std::collections::HashMap;

use serde::Deserialize;

use super::jaeger_tag::TagJson;
use crate::otlp::json::{list, number, parts, text};

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct TracesJson {
    // It must be there, if only as `null`: else any object would be an answer without traces.
    #[serde(deserialize_with = "list::<_, TraceJson, _>")]
    pub(super) data: Vec<TraceJson>,
    #[serde(default, deserialize_with = "list::<_, ErrorJson, _>")]
    pub(super) errors: Vec<ErrorJson>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct ServicesJson {
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) data: Option<Vec<String>>,
    #[serde(default, deserialize_with = "list::<_, ErrorJson, _>")]
    pub(super) errors: Vec<ErrorJson>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct ErrorJson {
    pub(super) code: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    pub(super) msg: String,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
pub(super) struct TraceJson {
    #[serde(deserialize_with = "parts::<_, SpanJson, _>")]
    pub(super) spans: Vec<SpanJson>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) processes: Option<HashMap<String, ProcessJson>>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SpanJson {
    #[serde(rename = "traceID", deserialize_with = "text")]
    pub(super) trace_id: String,
    #[serde(rename = "spanID", deserialize_with = "text")]
    pub(super) span_id: String,
    #[serde(deserialize_with = "text")]
    pub(super) operation_name: String,
    #[serde(deserialize_with = "parts::<_, ReferenceJson, _>")]
    pub(super) references: Vec<ReferenceJson>,
    #[serde(deserialize_with = "number")]
    pub(super) start_time: u64,
    #[serde(deserialize_with = "number")]
    pub(super) duration: u64,
    #[serde(deserialize_with = "parts::<_, TagJson, _>")]
    pub(super) tags: Vec<TagJson>,
    #[serde(deserialize_with = "parts::<_, LogJson, _>")]
    pub(super) logs: Vec<LogJson>,
    #[serde(rename = "processID", deserialize_with = "text")]
    pub(super) process_id: String,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ReferenceJson {
    #[serde(deserialize_with = "text")]
    pub(super) ref_type: String,
    #[serde(rename = "traceID", deserialize_with = "text")]
    pub(super) trace_id: String,
    #[serde(rename = "spanID", deserialize_with = "text")]
    pub(super) span_id: String,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
pub(super) struct LogJson {
    #[serde(deserialize_with = "number")]
    pub(super) timestamp: u64,
    #[serde(deserialize_with = "parts::<_, TagJson, _>")]
    pub(super) fields: Vec<TagJson>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ProcessJson {
    #[serde(deserialize_with = "text")]
    pub(super) service_name: String,
    #[serde(deserialize_with = "parts::<_, TagJson, _>")]
    pub(super) tags: Vec<TagJson>,
}
