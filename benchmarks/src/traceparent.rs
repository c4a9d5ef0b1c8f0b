//! The span that is written and read everywhere, and its text.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};

use crate::mode::Mode;

pub(crate) const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// What a sender of this mode writes. Where there is no SDK here, there may be one at the sender's.
pub(crate) fn traceparent(mode: Mode) -> &'static str {
    if mode == Mode::Unsampled { UNSAMPLED } else { TRACEPARENT }
}

pub(crate) fn span_context(sampled: bool, state: TraceState) -> SpanContext {
    let flags = TraceFlags::NOT_SAMPLED.with_sampled(sampled);
    let (trace_id, span_id) = (0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128, 0xb7ad_6b71_6920_3331_u64);
    SpanContext::new(trace_id.into(), span_id.into(), flags, true, state)
}

/// The context that sends happen in: with an SDK there is a span around them.
pub(crate) fn around(mode: Mode) -> Context {
    match mode {
        Mode::NoSdk => Context::new(),
        Mode::Unsampled | Mode::Sampled => {
            Context::new().with_remote_span_context(span_context(mode == Mode::Sampled, TraceState::NONE))
        }
    }
}
