//! Sending a received message on: to a retry topic, or to dead letters.

use std::fmt::{self, Display, Write};

use opentelemetry::propagation::Injector;
use opentelemetry::trace::SpanContext;

use super::received::Received;
use crate::carrier::{Carrier, HeaderPatch};
use crate::message::{Inbound, MessagingSystem};

/// How often a message was sent on, a decimal number.
const ATTEMPTS: &str = "tracehop-attempts";
/// Why it was sent on, in words.
const REASON: &str = "tracehop-reason";

/// The most of a reason that goes into a header, in bytes.
const MAX_REASON: usize = 256;

/// The most digits of a count that is believed.
const MAX_DIGITS: usize = 6;
/// It counts no further.
const MAX_COUNT: u32 = 999_999;

/// In a context: what is sent there is a message that is sent on.
pub(super) struct Forwarding {
    /// How many the message has had.
    pub(super) attempts: u32,
    /// Where the message comes from, if what is current does not say.
    pub(super) link: Option<SpanContext>,
}

impl<M: Inbound<S>, S: MessagingSystem> Received<M, S> {
    /// How often this message was sent on by a wrapper's `forward` before it came here: 0 for one that never was. It is what
    /// the message's headers say, so it is not to be trusted more than they are.
    pub fn attempts_before(&self) -> u32 {
        let mut attempts = 0;
        self.message.carrier().values(ATTEMPTS, &mut |value| attempts = parse(value).unwrap_or(attempts));
        attempts
    }

    /// How often it will have been sent on after the next time.
    pub(super) fn attempts_after(&self) -> u32 {
        self.attempts_before().saturating_add(1).min(MAX_COUNT)
    }

    /// What becomes of the headers of a copy of this message that is sent on. The copy gets `tracehop-attempts`, which counts how
    /// often the message was sent on, up to 999,999, and `tracehop-reason`, the first 256 bytes of the reason with blanks for
    /// control characters, line separators and invisible marks that change the order of text. Each replaces the one of the time before, so that the headers do not grow. The message's own context
    /// is removed, because the send writes its own.
    ///
    /// For adapters' `forward`, and for clients that no adapter wraps.
    ///
    /// ```
    /// # use tracehop::{Carrier, Describe, Destination, Inbound, MessageInfo, MessagingSystem, MessagingTracer};
    /// # enum Mail {}
    /// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    /// # struct Letter(MemoryHeaders);
    /// # impl Inbound<Mail> for Letter {
    /// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
    /// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
    /// # }
    /// use tracehop::{CarrierMut, MemoryHeaders};
    ///
    /// let mut headers = MemoryHeaders::from_iter([("tenant", Some("a")), ("tracehop-attempts", Some("1"))]);
    /// let letter = MessagingTracer::global().receive::<Mail, _>(Letter(headers.clone()));
    ///
    /// headers.apply(&letter.forward_headers(&"no stamp"))?;
    /// let expected = [("tenant", "a"), ("tracehop-attempts", "2"), ("tracehop-reason", "no stamp")];
    /// assert_eq!(headers, MemoryHeaders::from_iter(expected.map(|(name, value)| (name, Some(value)))));
    /// # Ok::<(), tracehop::CarrierError>(())
    /// ```
    pub fn forward_headers(&self, reason: &(impl Display + ?Sized)) -> HeaderPatch {
        let mut patch = HeaderPatch::default();
        let carrier = self.message.carrier();
        self.client.tracer().propagator().remove_context(&mut patch, carrier.transport().aliases);
        patch.set(ATTEMPTS, self.attempts_after().to_string());
        patch.set(REASON, cut(reason));
        patch
    }
}

/// A count, `None` if it is none.
fn parse(value: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(value).ok().filter(|text| text.len() <= MAX_DIGITS)?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The beginning of a text, which any transport can hold.
fn cut(reason: &(impl Display + ?Sized)) -> String {
    /// Takes as much as there is room for, so that a long text is never made as a whole.
    struct Beginning(String);

    impl Write for Beginning {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for character in text.chars() {
                if self.0.len() + character.len_utf8() > MAX_REASON {
                    return Err(fmt::Error);
                }
                self.0.push(if is_plain(character) { character } else { ' ' });
            }
            Ok(())
        }
    }

    let mut beginning = Beginning(String::new());
    // An error says that there was no more room.
    let _ = write!(beginning, "{reason}");
    beginning.0
}

/// Whether a character can be shown without harm to what stands around it.
fn is_plain(character: char) -> bool {
    // Invisible ones, line separators, and marks of direction, which make a text look like another one.
    let is_mark = matches!(
        character,
        '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    !character.is_control() && !is_mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_a_short_decimal_number() {
        for (value, expected) in [
            ("0", Some(0)),
            ("50", Some(50)),
            ("999999", Some(999_999)),
            ("", None),
            ("1000000", None),
            ("+5", None),
            ("-1", None),
            ("5 ", None),
            ("five", None),
        ] {
            assert_eq!(parse(value.as_bytes()), expected, "{value:?}");
        }
        assert_eq!(parse(&[0xff]), None);
    }

    #[test]
    fn marks_in_a_reason_that_reorder_or_break_text_are_blanks() {
        for mark in
            ['\u{85}', '\u{200b}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202e}', '\u{2066}', '\u{feff}']
        {
            assert_eq!(cut(&format!("card{mark}declined")), "card declined", "{mark:?}");
        }
        assert_eq!(cut("größe 価格 — «prix» 👍"), "größe 価格 — «prix» 👍");
    }

    #[test]
    fn a_reason_is_cut_between_characters_and_holds_no_line_break() {
        assert_eq!(cut("card\r\ndeclined"), "card  declined");
        assert_eq!(cut(&"x".repeat(1_000)).len(), MAX_REASON);
        assert_eq!(cut(&format!("x{}", "é".repeat(1_000))).len(), MAX_REASON - 1);
    }
}
