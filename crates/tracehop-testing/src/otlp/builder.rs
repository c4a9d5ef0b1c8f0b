//! How a recorder is started.

const MEBIBYTE: usize = 1 << 20;

/// How an [`OtlpRecorder`](crate::OtlpRecorder) is started, from [`OtlpRecorder::builder`](crate::OtlpRecorder::builder).
#[derive(Clone, Debug)]
#[must_use = "it is started with `start` or `start_blocking`"]
pub struct OtlpRecorderBuilder {
    pub(super) address: String,
    pub(super) max_request: usize,
}

impl OtlpRecorderBuilder {
    pub(super) fn new() -> Self {
        Self { address: "127.0.0.1:0".to_owned(), max_request: 64 * MEBIBYTE }
    }

    /// The address to listen at, `HOST:PORT`. Default: `127.0.0.1:0`, which is a free port that only this machine reaches. A
    /// container reaches `0.0.0.0:0`; see [`variables_at`](crate::OtlpRecorder::variables_at).
    pub fn address(self, address: impl Into<String>) -> Self {
        Self { address: address.into(), ..self }
    }

    /// The most bytes of a request, before and after it is decompressed. Larger ones are refused. Default: 64 MiB.
    pub fn max_request(self, bytes: usize) -> Self {
        Self { max_request: bytes, ..self }
    }
}
