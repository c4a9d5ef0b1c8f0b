//! The orders of a test: numbers, each with a trace of its own.

pub(crate) const ORDERS: usize = 100;
/// This one cannot be handled.
pub(crate) const BROKEN: usize = 7;
/// The service is killed while it handles this one.
pub(crate) const SLOW: usize = 50;

/// What the request of an order wrote into the headers.
pub(crate) fn traceparent(order: usize) -> String {
    format!("00-{}-{:016x}-01", trace(order), order + 1)
}

/// The trace of an order, in hexadecimal digits.
pub(crate) fn trace(order: usize) -> String {
    format!("{:032x}", (7 << 64) | (order as u128 + 1))
}

/// The order with this payload.
pub(crate) fn number(payload: &[u8]) -> usize {
    std::str::from_utf8(payload).unwrap().parse().unwrap()
}

/// Asserts that a message was sent because of this order, and by a span.
#[track_caller]
pub(crate) fn assert_in_trace(order: usize, headers: &[(String, String)]) {
    let context = headers.iter().find(|(name, _)| name == "traceparent");
    let context = &context.expect("a context").1;
    assert_eq!(context.split('-').nth(1), Some(trace(order).as_str()), "order {order} is in {context}");
    assert_ne!(*context, traceparent(order), "order {order}: nobody sent this");
}
