//! Encoded spans that are sent together.

use opentelemetry::InstrumentationScope;

use super::encode::ScopeSpans;
use super::encoded_spans::EncodedSpans;
use super::encoder::OtlpEncoder;
use super::part::Part;
use super::read::{Field, fields, first_field};

/// Spans of one scope, from one of the places where spans were encoded.
#[derive(Clone, Copy, Debug)]
struct Run<'a> {
    scope: &'a InstrumentationScope,
    fields: &'a [u8],
    spans: usize,
}

/// Encoded spans that are sent together.
#[derive(Debug)]
pub(super) struct EncodedPart<'a> {
    encoder: &'a OtlpEncoder,
    runs: Vec<Run<'a>>,
}

impl<'a> EncodedPart<'a> {
    pub(super) fn new(encoder: &'a OtlpEncoder, batch: &'a [EncodedSpans]) -> Self {
        let groups = batch.iter().flat_map(EncodedSpans::groups);
        let run = groups.map(|group| Run { scope: &group.scope, fields: group.fields(), spans: group.spans });
        Self { encoder, runs: run.collect() }
    }
}

impl Part for EncodedPart<'_> {
    fn items(&self) -> usize {
        self.runs.iter().map(|run| run.spans).sum()
    }

    fn encode(&self, buffer: &mut Vec<u8>) {
        let spans = self.runs.iter().map(|run| ScopeSpans { scope: run.scope, fields: run.fields });
        self.encoder.put_together(spans, buffer);
    }

    fn halves(self) -> (Self, Self) {
        let encoder = self.encoder;
        let mut missing = self.items() / 2;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for run in self.runs {
            let here = missing.min(run.spans);
            missing -= here;
            let (before, after) = split_after(here, run.fields);
            let parts = [(&mut first, before, here), (&mut second, after, run.spans - here)];
            for (list, fields, spans) in parts.into_iter().filter(|(_, _, spans)| *spans > 0) {
                list.push(Run { fields, spans, ..run });
            }
        }
        (Self { encoder, runs: first }, Self { encoder, runs: second })
    }

    fn first_name(&self) -> &str {
        self.runs.first().and_then(|run| span_name(run.fields)).unwrap_or_default()
    }
}

/// Parts after so many fields.
fn split_after(count: usize, all: &[u8]) -> (&[u8], &[u8]) {
    let mut rest = all;
    for _ in 0..count {
        // We wrote them, so that all of them can be read.
        let Ok((_, _, after)) = first_field(rest) else { break };
        rest = after;
    }
    all.split_at_checked(all.len() - rest.len()).unwrap_or((all, &[]))
}

/// The name of the first of these spans.
fn span_name(spans: &[u8]) -> Option<&str> {
    let Ok((_, Field::Bytes(span), _)) = first_field(spans) else { return None };
    let mut name = None;
    let read = fields(span, |tag, field| {
        if let (5, Field::Bytes(text)) = (tag, field) {
            name = std::str::from_utf8(text).ok();
        }
        Ok(())
    });
    read.ok().and(name)
}
