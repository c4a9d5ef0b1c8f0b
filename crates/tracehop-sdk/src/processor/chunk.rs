//! Spans that wait for their export, in the form in which they are exported.

use opentelemetry_sdk::trace::SpanData;

#[cfg(feature = "otlp")]
use crate::otlp::EncodedSpans;

/// How spans wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are, for any exporter.
    Spans,
    /// As the bytes that an [`OtlpExporter`](crate::OtlpExporter) sends.
    #[cfg(feature = "otlp")]
    Encoded,
}

/// Encoded bytes that make a chunk full, and that chunks which are exported together have at most.
pub(super) const MOST_BYTES: usize = 1024 * 1024;

/// Spans that are handed over as a whole.
#[derive(Debug)]
pub(super) enum Chunk {
    Spans(Vec<SpanData>),
    #[cfg(feature = "otlp")]
    Encoded(EncodedSpans),
}

impl Form {
    /// A chunk without spans. It has room for so many if they are kept as they are; others make room for themselves.
    pub(super) fn chunk(self, spans: usize) -> Chunk {
        match self {
            Self::Spans => Chunk::Spans(Vec::with_capacity(spans)),
            #[cfg(feature = "otlp")]
            Self::Encoded => Chunk::Encoded(EncodedSpans::default()),
        }
    }

    /// How many spans of this form are handed over together.
    pub(super) fn chunk_size(self) -> usize {
        match self {
            // More save little, and their memory would be mapped and unmapped each time by some allocators.
            Self::Spans => 256,
            // They take less memory, which is used again, and each request has its price.
            #[cfg(feature = "otlp")]
            Self::Encoded => 512,
        }
    }
}

impl Chunk {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Spans(spans) => spans.len(),
            #[cfg(feature = "otlp")]
            Self::Encoded(spans) => spans.spans(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that were encoded.
    #[inline]
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Spans(_) => 0,
            #[cfg(feature = "otlp")]
            Self::Encoded(spans) => spans.bytes(),
        }
    }

    /// Whether it is to be handed over, where so many spans are.
    #[inline]
    pub(super) fn is_full(&self, spans: usize) -> bool {
        self.len() >= spans || self.bytes() >= MOST_BYTES
    }

    /// Whether it is exported with others, where so many spans are a full chunk. A full one of spans as they are is not: moving
    /// them costs more than one export less saves.
    pub(super) fn joins_others(&self, full: usize) -> bool {
        match self {
            Self::Spans(spans) => spans.len() < full,
            #[cfg(feature = "otlp")]
            Self::Encoded(_) => true,
        }
    }
}
