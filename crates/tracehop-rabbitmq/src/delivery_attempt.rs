//! How many times a message has been delivered, as far as its headers tell.

use lapin::types::{AMQPValue, FieldTable};

/// The reasons for a dead letter that mean that a consumer had the message before.
const REASONS_AFTER_A_DELIVERY: [&[u8]; 2] = [b"rejected", b"delivery_limit"];

/// How many times a message with these headers has been delivered, this time included. `None` if they do not tell.
///
/// A history of deaths without a delivery - the message expired, or its queue was full - tells nothing of deliveries.
pub(crate) fn delivery_attempt(headers: &FieldTable) -> Option<i64> {
    let returned = headers.inner().get("x-delivery-count").and_then(count);
    let died = headers.inner().get("x-death").map_or(0, deaths_after_a_delivery);
    let before = returned.or((died > 0).then_some(0))?;
    Some(before.saturating_add(died).saturating_add(1))
}

fn deaths_after_a_delivery(history: &AMQPValue) -> i64 {
    let AMQPValue::FieldArray(history) = history else { return 0 };
    let count_of = |death: &AMQPValue| {
        let AMQPValue::FieldTable(death) = death else { return None };
        let reason = death.inner().get("reason").and_then(AMQPValue::as_long_string)?;
        let counts = REASONS_AFTER_A_DELIVERY.contains(&reason.as_bytes());
        death.inner().get("count").and_then(count).filter(|_| counts)
    };
    history.as_slice().iter().filter_map(count_of).fold(0, i64::saturating_add)
}

/// A count, in any of AMQP's integer types. A negative number is not a count.
fn count(value: &AMQPValue) -> Option<i64> {
    let number = match *value {
        AMQPValue::ShortShortInt(number) => number.into(),
        AMQPValue::ShortShortUInt(number) => number.into(),
        AMQPValue::ShortInt(number) => number.into(),
        AMQPValue::ShortUInt(number) => number.into(),
        AMQPValue::LongInt(number) => number.into(),
        AMQPValue::LongUInt(number) => number.into(),
        AMQPValue::LongLongInt(number) => number,
        _ => return None,
    };
    (number >= 0).then_some(number)
}
