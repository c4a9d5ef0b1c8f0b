//! Times, durations and counts as a page shows them.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use tracehop_journey::Human;

use crate::api::real;

/// `12.3 ms`.
pub(crate) fn human(duration: Duration) -> String {
    Human(duration).to_string()
}

/// `01:12:07`, with the whole time where the pointer rests.
pub(crate) fn clock(time: SystemTime) -> Markup {
    let Ok(at) = Timestamp::try_from(time) else { return html! { span { "far away" } } };
    let exact = format!("{at:.6}");
    html! { time datetime=(exact) title=(exact) { (clock_text(time)) } }
}

/// `01:12:07`, in UTC.
pub(crate) fn clock_text(time: SystemTime) -> String {
    let Ok(at) = Timestamp::try_from(time) else { return String::new() };
    let zoned = at.to_zoned(TimeZone::UTC);
    format!("{:02}:{:02}:{:02}", zoned.hour(), zoned.minute(), zoned.second())
}

/// `2026-11-27 01:12:07.123 UTC`.
pub(crate) fn moment(time: SystemTime) -> String {
    let Ok(at) = Timestamp::try_from(time) else { return "far away".to_owned() };
    format!("{at:.3}").replace('T', " ").replace('Z', " UTC")
}

/// A count with thin spaces between thousands: `12 345`.
pub(crate) fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A rate with the unit that fits: `412/min`, `3.20/s`.
pub(crate) fn rate(number: u64, seconds: f64) -> String {
    let per_second = real(number) / seconds.max(1.0);
    let (value, unit) = match per_second {
        rate if rate >= 1.0 => (rate, "s"),
        rate if rate * 60.0 >= 1.0 => (rate * 60.0, "min"),
        rate => (rate * 3_600.0, "h"),
    };
    format!("{}/{unit}", three_digits(value))
}

/// A share of one as per cent: `3.40 %`.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    let percent = real(part) * 100.0 / real(whole);
    if percent < 0.01 { "< 0.01 %".to_owned() } else { format!("{} %", three_digits(percent)) }
}

fn three_digits(value: f64) -> String {
    let decimals = match value {
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        value if value < 999.5 => 0,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts divided by seconds"
        )]
        value => return count(value.round() as u64),
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_the_unit_that_fits() {
        let rows = [
            (rate(412, 60.0), "6.87/s"),
            (rate(30, 60.0), "30/min"),
            (rate(1, 3_600.0), "1/h"),
            (rate(123_456, 1.0), "123\u{202f}456/s"),
            (rate(0, 0.0), "0/h"),
            (share(0, 10), "0 %"),
            (share(1, 0), "0 %"),
            (share(34, 1_000), "3.4 %"),
            (share(1, 3), "33.3 %"),
            (share(5, 5), "100 %"),
            (share(1, 1_000_000), "< 0.01 %"),
            (count(7_u64), "7"),
            (count(1_234_567_u64), "1\u{202f}234\u{202f}567"),
        ];
        for (text, expected) in rows {
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn times_are_exact_and_in_utc() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        assert_eq!(moment(time), "2023-11-14 22:13:20.123 UTC");
        let html = clock(time).into_string();
        assert_eq!(
            html,
            r#"<time datetime="2023-11-14T22:13:20.123000Z" title="2023-11-14T22:13:20.123000Z">22:13:20</time>"#
        );
    }

    #[test]
    fn a_time_that_no_calendar_holds_is_told() {
        let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 55)).unwrap();
        assert_eq!(moment(far), "far away");
        assert_eq!(clock(far).into_string(), "<span>far away</span>");
    }
}
