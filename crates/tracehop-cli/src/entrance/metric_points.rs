//! How many points a request for metrics has. They are counted and not kept, so nothing is made of them.

use std::fmt;
use std::marker::PhantomData;

use bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::refusal::Refusal;

/// The fields on the way from a request to a point: resources, scopes, metrics, the five kinds of data, points.
const WAY: [&[u32]; 5] = [&[1], &[2], &[2], &[5, 7, 9, 10, 11], &[1]];

/// How many there are in protobuf.
pub(super) fn in_protobuf(bytes: &[u8]) -> Result<u64, Refusal> {
    count(bytes, &WAY).ok_or_else(|| Refusal::not_otlp("the body is not OTLP in protobuf"))
}

/// `None` if it is not protobuf, or a field on the way is no message.
fn count(mut bytes: &[u8], way: &[&[u32]]) -> Option<u64> {
    let Some((fields, rest)) = way.split_first() else { return Some(1) };
    let mut points: u64 = 0;
    while bytes.has_remaining() {
        let (number, wire_type) = decode_key(&mut bytes).ok()?;
        if !fields.contains(&number) {
            skip_field(wire_type, number, &mut bytes, DecodeContext::default()).ok()?;
            continue;
        }
        if wire_type != WireType::LengthDelimited {
            return None;
        }
        let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
        let (inner, after) = bytes.split_at_checked(length)?;
        points = points.checked_add(count(inner, rest)?)?;
        bytes = after;
    }
    Some(points)
}

/// How many there are in JSON.
pub(super) fn in_json(bytes: &[u8]) -> Result<u64, Refusal> {
    let request: Request = serde_json::from_slice(bytes)
        .map_err(|error| Refusal::not_otlp(format!("the body is not OTLP in JSON: {error}")))?;
    Ok(request.points())
}

/// What has points.
trait Points {
    fn points(&self) -> u64;
}

/// The points of all items of a list. None of the items is kept: an empty one takes three bytes in JSON and far more in memory.
struct Sum<T>(u64, PhantomData<T>);

impl<T> Default for Sum<T> {
    fn default() -> Self {
        Self(0, PhantomData)
    }
}

impl<'de, T: Deserialize<'de> + Points> Deserialize<'de> for Sum<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self::default())
    }
}

impl<'de, T: Deserialize<'de> + Points> Visitor<'de> for Sum<T> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Self, A::Error> {
        while let Some(item) = items.next_element::<T>()? {
            self.0 = self.0.saturating_add(item.points());
        }
        Ok(self)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    resource_metrics: Sum<OfResource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfResource {
    #[serde(default)]
    scope_metrics: Sum<OfScope>,
}

#[derive(Deserialize)]
struct OfScope {
    #[serde(default)]
    metrics: Sum<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    gauge: Option<Data>,
    sum: Option<Data>,
    histogram: Option<Data>,
    exponential_histogram: Option<Data>,
    summary: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    data_points: Sum<IgnoredAny>,
}

impl Points for Request {
    fn points(&self) -> u64 {
        self.resource_metrics.0
    }
}

impl Points for OfResource {
    fn points(&self) -> u64 {
        self.scope_metrics.0
    }
}

impl Points for OfScope {
    fn points(&self) -> u64 {
        self.metrics.0
    }
}

impl Points for Metric {
    fn points(&self) -> u64 {
        let all = [&self.gauge, &self.sum, &self.histogram, &self.exponential_histogram, &self.summary];
        all.into_iter().flatten().map(|data| data.data_points.0).fold(0, u64::saturating_add)
    }
}

impl Points for IgnoredAny {
    fn points(&self) -> u64 {
        1
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::metrics::v1::metric::Data as Kind;
    use opentelemetry_proto::tonic::metrics::v1::{
        Gauge, Histogram, HistogramDataPoint, Metric as Full, NumberDataPoint, ResourceMetrics, ScopeMetrics,
    };
    use prost::Message;

    use super::*;

    #[test]
    fn points_of_all_metrics_are_counted() {
        let data_points = vec![NumberDataPoint { time_unix_nano: 1, ..NumberDataPoint::default() }; 3];
        let gauge =
            Full { name: "g".to_owned(), data: Some(Kind::Gauge(Gauge { data_points })), ..Full::default() };
        let histogram =
            Histogram { data_points: vec![HistogramDataPoint::default(); 2], ..Histogram::default() };
        let histogram = Full { data: Some(Kind::Histogram(histogram)), ..Full::default() };
        let scope_metrics = vec![ScopeMetrics { metrics: vec![gauge, histogram], ..ScopeMetrics::default() }];
        let one = ResourceMetrics { scope_metrics, ..ResourceMetrics::default() };
        let request = ExportMetricsServiceRequest { resource_metrics: vec![one.clone(), one] };
        assert_eq!(in_protobuf(&request.encode_to_vec()).unwrap(), 10);
        assert_eq!(in_protobuf(&[]).unwrap(), 0);
    }

    #[test]
    fn points_in_json_are_counted() {
        fn check(json: &str, expected: u64) {
            assert_eq!(in_json(json.as_bytes()).unwrap(), expected, "{json}");
        }
        check("{}", 0);
        check(r#"{"resourceMetrics":null}"#, 0);
        check(
            r#"{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":[{},{"asInt":"3"}]}}]}]}]}"#,
            2,
        );
        check(
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"summary":{"dataPoints":[{}]}},{"name":"none"}]}]}],"later":1}"#,
            1,
        );
    }

    #[test]
    fn what_is_no_request_for_metrics_is_refused() {
        for bytes in [&b"hello"[..], &[0x0a, 0xff], &[0x08, 1], &[0x0a, 2, 0x10, 1], &[0xff; 20]] {
            assert!(in_protobuf(bytes).is_err(), "{bytes:?}");
        }
        for json in ["", "[]1", "{", r#"{"resourceMetrics":1}"#] {
            assert!(in_json(json.as_bytes()).is_err(), "{json}");
        }
    }
}
