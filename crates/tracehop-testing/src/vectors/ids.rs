//! The ids that the vectors have.

/// The trace id of every vector that continues, 32 hexadecimal digits.
pub const TRACE_ID: &str = "12345678901234567890123456789012";

/// The span id of every vector that continues, unless it says otherwise; 16 hexadecimal digits.
pub const SPAN_ID: &str = "1234567890123456";

/// The span id of another `traceparent` in the same message.
pub const OTHER_SPAN_ID: &str = "abcdefabcdefabcd";
