//! Requests, made before they are sent.

use std::time::SystemTime;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use crate::spans::{MARK, OF_AN_ORDER, chain, order, resources};

/// A request in bytes. Each time it is sent it has other trace ids.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    /// Where trace ids are.
    marks: Vec<usize>,
    /// How many spans are in it.
    pub(crate) spans: u64,
}

impl Batch {
    /// As many orders, with five spans each. What an exporter sends at once is 512 spans if nothing is said.
    pub(crate) fn orders(orders: u64) -> Self {
        let now = SystemTime::now();
        let mut of_services = [Vec::new(), Vec::new(), Vec::new()];
        for number in 0..orders {
            for (all, more) in of_services.iter_mut().zip(order(number, now)) {
                all.extend(more);
            }
        }
        Self::of(&ExportTraceServiceRequest { resource_spans: resources(of_services) }, orders * OF_AN_ORDER)
    }

    /// One journey of as many spans.
    pub(crate) fn chain(spans: u64) -> Self {
        let request =
            ExportTraceServiceRequest { resource_spans: resources(chain(spans, SystemTime::now())) };
        Self::of(&request, spans)
    }

    fn of(request: &ExportTraceServiceRequest, spans: u64) -> Self {
        let bytes = request.encode_to_vec();
        let marks = bytes.windows(MARK.len()).enumerate().filter(|(_, bytes)| *bytes == MARK);
        let marks = marks.map(|(place, _)| place).collect();
        Self { bytes, marks, spans }
    }

    /// The request, in which no trace id is one of a request with another number.
    pub(crate) fn numbered(&self, number: u64) -> Bytes {
        let mut bytes = self.bytes.clone();
        for mark in &self.marks {
            if let Some(place) = bytes.get_mut(*mark..mark + MARK.len()) {
                // Its upper half is never zero, as an id must not be.
                place.copy_from_slice(&(number | 1 << 63).to_be_bytes());
            }
        }
        bytes.into()
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn traces(bytes: &Bytes) -> BTreeSet<Vec<u8>> {
        let request = ExportTraceServiceRequest::decode(bytes.as_ref()).unwrap();
        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans);
        let ids = spans.flat_map(|span| {
            span.links.into_iter().map(|link| link.trace_id).chain([span.trace_id]).collect::<Vec<_>>()
        });
        ids.collect()
    }

    #[test]
    fn requests_with_other_numbers_share_no_trace_and_are_whole() {
        let batch = Batch::orders(3);
        let (one, other) = (traces(&batch.numbered(1)), traces(&batch.numbered(2)));
        assert_eq!((one.len(), other.len()), (6, 6));
        assert!(one.is_disjoint(&other) && one.iter().all(|id| id.len() == 16));
    }

    #[test]
    fn a_chain_is_one_trace_with_all_its_spans() {
        let batch = Batch::chain(100);
        let request = ExportTraceServiceRequest::decode(batch.numbered(7)).unwrap();
        let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let spans: Vec<_> = scopes.flat_map(|scope| &scope.spans).collect();
        assert_eq!((spans.len(), batch.spans), (100, 100));
        assert_eq!(spans.iter().filter(|span| span.parent_span_id.is_empty()).count(), 1);
        let ids: BTreeSet<_> = spans.iter().map(|span| &span.span_id).collect();
        assert_eq!(ids.len(), 100);
        assert!(
            spans.iter().all(|span| span.parent_span_id.is_empty() || ids.contains(&span.parent_span_id))
        );
        assert_eq!(traces(&batch.numbered(7)).len(), 1);
    }
}
