//! Whether a name holds an identifier.

use std::mem;

/// The lengths of the groups of hexadecimal digits in a UUID.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// From so many digits on a number beside other words is an identifier.
const MIN_NUMBER: usize = 2;
/// From so many digits on any word is one.
const MIN_DIGITS: usize = 4;
/// From so many hexadecimal digits on a word is one, also without a digit.
const MIN_HEX: usize = 16;
/// From so many letters and digits on a word is one if its letters and digits are mixed; from fewer on if they are very mixed.
const MIN_MIXED: usize = 12;
const MIN_VERY_MIXED: usize = 8;

/// Whether a part of `name` looks like an identifier, so that there may be as many such names as there are orders or
/// customers. For adapters whose destinations are named by whoever sends: such a name must not become part of a span's name,
/// see [`Destination::varying`](crate::Destination::varying).
///
/// It is a guess from the name alone, made in one pass and without allocating. A name is divided into segments by `.`, `:`
/// and `/`, and a segment into words by `-`, `_` and whatever else is neither a letter nor a digit. An identifier is
///
/// - a segment with digits and without letters, however few: `orders.7`. A year is one too, because it cannot be told from a
///   number.
/// - a number of two or more digits beside other words: `ord_42`, `order-123456`, `report-2024`. One digit is none: `us-east-1`,
///   `retry_3`.
/// - a word with four or more digits in it: `a1b2c3d4`, `+491701234567`.
/// - a UUID with its dashes, also beside other words: `reply-0af76519-16cd-43dd-8448-eb211c80319c`.
/// - a word of 16 or more hexadecimal digits: a hash, a trace id, a UUID without its dashes.
/// - a word of 12 or more ASCII letters and digits that are mixed: with digits in two or more places, or with small letters,
///   capitals and a digit before its end. Of eight or more, if all of this holds. So are Nano IDs and their like:
///   `cus_NffrFeUfNV2Hib`.
/// - a segment with an `@`, an address of mail: `inbox.ada@example.com`.
///
/// So `v1`, `orders2` and `OrderCreatedV2` are none. An identifier that has none of these looks passes too, for example one of
/// letters only. If names hold such identifiers, use [`Templates`](crate::Templates).
///
/// ```
/// use tracehop::has_id_segment;
///
/// assert!(has_id_segment("orders.ord_42.created"));
/// assert!(has_id_segment("user:0af76519-16cd-43dd-8448-eb211c80319c"));
/// assert!(!has_id_segment("orders2.v1.created"));
/// ```
pub fn has_id_segment(name: &str) -> bool {
    let mut segment = Segment::default();
    for byte in name.bytes() {
        let is_id = match byte {
            b'.' | b':' | b'/' => mem::take(&mut segment).end(),
            b'@' => true,
            _ if byte.is_ascii_alphanumeric() || !byte.is_ascii() => {
                segment.word.push(byte);
                false
            }
            _ => segment.end_word(byte == b'-'),
        };
        if is_id {
            return true;
        }
    }
    segment.end()
}

/// A segment as far as it was read.
#[derive(Default)]
struct Segment {
    word: Word,
    /// Whether its words have any, this one not included.
    has_digits: bool,
    has_letters: bool,
    /// How many groups of a UUID end here.
    uuid: usize,
}

impl Segment {
    /// Ends a word. Whether it makes the segment an identifier.
    fn end_word(&mut self, at_dash: bool) -> bool {
        let ends_uuid = self.ends_uuid();
        if !at_dash {
            self.uuid = 0;
        }
        let word = mem::take(&mut self.word);
        self.has_digits |= word.digits > 0;
        self.has_letters |= word.digits < word.len;
        ends_uuid || word.is_id()
    }

    /// Counts the word if it is the next group of a UUID. Whether it is the last one.
    fn ends_uuid(&mut self) -> bool {
        let is_group = |at: usize| self.word.is_hex() && UUID.get(at) == Some(&self.word.len);
        self.uuid = match self.uuid {
            groups if is_group(groups) => groups + 1,
            _ if is_group(0) => 1,
            _ => 0,
        };
        self.uuid == UUID.len()
    }

    /// Ends the segment. Whether it is an identifier, or a word of it is.
    fn end(mut self) -> bool {
        self.end_word(false) || self.has_digits && !self.has_letters
    }
}

/// A word as far as it was read: what its bytes are.
#[derive(Default)]
struct Word {
    len: usize,
    digits: usize,
    /// From `a` to `f`.
    hex_letters: usize,
    capitals: usize,
    small_letters: usize,
    /// The places where digits follow one another.
    numbers: usize,
    ends_in_number: bool,
}

impl Word {
    fn push(&mut self, byte: u8) {
        self.len += 1;
        let is_digit = byte.is_ascii_digit();
        self.digits += usize::from(is_digit);
        self.numbers += usize::from(is_digit && !self.ends_in_number);
        self.ends_in_number = is_digit;
        self.hex_letters += usize::from(byte.is_ascii_hexdigit() && !is_digit);
        self.capitals += usize::from(byte.is_ascii_uppercase());
        self.small_letters += usize::from(byte.is_ascii_lowercase());
    }

    fn is_hex(&self) -> bool {
        self.digits + self.hex_letters == self.len
    }

    fn is_id(&self) -> bool {
        let is_number = self.digits == self.len && self.len >= MIN_NUMBER;
        is_number || self.digits >= MIN_DIGITS || self.is_hex() && self.len >= MIN_HEX || self.is_mixed()
    }

    fn is_mixed(&self) -> bool {
        let is_ascii = self.digits + self.capitals + self.small_letters == self.len;
        let has_numbers = self.numbers >= 2;
        let has_all_kinds = self.capitals > 0
            && self.small_letters > 0
            && (self.numbers >= 2 || self.numbers == 1 && !self.ends_in_number);
        let min = if has_numbers && has_all_kinds { MIN_VERY_MIXED } else { MIN_MIXED };
        is_ascii && self.len >= min && (has_numbers || has_all_kinds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_known_by_their_look() {
        for name in [
            "42",
            "orders.42",
            "orders.42.created",
            "orders:7",
            "orders/7/lines",
            "orders.2024",
            "orders.7-",
            "orders.2026-1",
            "ord_42",
            "orders.ord_42.created",
            "order-99999",
            "order#42",
            "report-2024",
            "orders_retry_10000",
            "order-123456",
            "backup_20260131",
            "a.b_20260131_c",
            "a1b2c3d4",
            "internationalizationservicev1234",
            "заказ2024",
            "+491701234567",
            "sms.+49-170-1234567",
            "a@b.com",
            "inbox.ada@example.com",
            "cus_NffrFeUfNV2Hib",
            "dQw4w9WgXcQ",
            "V1StGXR8_Z5jdHi6B-myT",
            "orders.x3kq9mzplwyt",
            "0af76519-16cd-43dd-8448",
            "0af76519_16cd_43dd_8448_eb211c80319c",
            "deadbeef-cafe-babe-face-abcdefabcdef",
            "orders.0af7651916cd43dd",
            "deadbeefdeadbeef",
            "orders.0AF7651916CD43DD8448EB211C80319C",
            "orders.0af76519-16cd-43dd-8448-eb211c80319c",
            "reply-0af76519-16cd-43dd-8448-eb211c80319c",
            "reply_0AF76519-16CD-43DD-8448-EB211C80319C-v1",
            "deadbeef-0af76519-16cd-43dd-8448-eb211c80319c",
            "user.01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "user.0ujtsYcgvSTl8PAuAdqWYSMnLOv",
            "user_01ARZ3NDEKTSV4RRFFQ69G5FAV_created",
            "exchange:order.7f3a9c0012ab34cd:queue",
        ] {
            assert!(has_id_segment(name), "{name}");
        }
    }

    #[test]
    fn names_of_few_are_no_identifiers() {
        for name in [
            "",
            ".",
            "..",
            "orders",
            "orders.created",
            "orders2",
            "v1",
            "orders.v1.created",
            "us-east-1",
            "orders.retry-3",
            "orders.retry-3-of-5",
            "retry_30s",
            "sha256",
            "deadbeef",
            "deadbeef-cafe-babe-face-abcdefabcde",
            "facade.decade",
            "internationalizationservicev2",
            "OrderCreatedV2",
            "Shop.Contracts:OrderCreatedV2",
            "orders.new!",
            "orders.*.created",
            "{}",
            "-",
            "bestellungen.größe.übergabe",
            "заказы.создан",
            "1a",
            "a1.b2.c3",
        ] {
            assert!(!has_id_segment(name), "{name}");
        }
    }
}
