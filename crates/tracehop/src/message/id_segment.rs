//! Whether a name holds an identifier.

/// The lengths of the groups of hexadecimal digits in a UUID.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// From so many hexadecimal digits on a word is an identifier.
const MIN_HEX: usize = 16;
/// From so many letters and digits on a word is an identifier, if there are digits in so many places of it.
const MIN_MIXED: usize = 20;
const MIN_NUMBERS: usize = 2;
/// From so many digits on a number beside other words is an identifier.
const MIN_DIGITS: usize = 6;

/// Whether a part of `name` looks like an identifier, so that there may be as many such names as there are orders or
/// customers. For adapters whose destinations are named by whoever sends: such a name must not become part of a span's name,
/// see [`Destination::varying`](crate::Destination::varying).
///
/// It is a guess from the name alone, made in one pass and without allocating. A name is divided into segments by `.`, `:`
/// and `/`, and a segment into words by `-` and `_`. An identifier is
///
/// - a segment of digits only, however few: `orders.7`. A year is one too, because it cannot be told from a number.
/// - a word of six or more digits: `order-123456`, `backup_20260131`. Beside other words fewer are none, so that names such
///   as `us-east-1`, `retry_3` and `report-2024` are not.
/// - a word of 16 or more hexadecimal digits: a hash, a trace id, a UUID without its dashes.
/// - a UUID with its dashes, also beside other words: `reply-0af76519-16cd-43dd-8448-eb211c80319c`.
/// - a word of 20 or more ASCII letters and digits, with digits in two or more places of it: ULIDs, KSUIDs and their like.
///
/// So `v1` and `orders2` are none.
///
/// ```
/// use tracehop::has_id_segment;
///
/// assert!(has_id_segment("orders.42.created"));
/// assert!(has_id_segment("user:0af76519-16cd-43dd-8448-eb211c80319c"));
/// assert!(!has_id_segment("orders2.v1.created"));
/// ```
pub fn has_id_segment(name: &str) -> bool {
    let mut segment = Segment::default();
    for byte in name.bytes() {
        match byte {
            b'.' | b':' | b'/' => {
                if segment.is_id() {
                    return true;
                }
                segment = Segment::default();
            }
            b'-' | b'_' => {
                if segment.end_word(byte == b'-') {
                    return true;
                }
            }
            _ => segment.word.push(byte),
        }
    }
    segment.is_id()
}

/// A segment as far as it was read.
#[derive(Default)]
struct Segment {
    word: Word,
    /// Whether it has words before this one.
    has_more: bool,
    /// How many groups of a UUID end here.
    uuid: usize,
}

impl Segment {
    /// Ends a word. Whether it makes the segment an identifier.
    fn end_word(&mut self, at_dash: bool) -> bool {
        let ends_uuid = self.ends_uuid();
        let is_id = ends_uuid || self.word.is_id();
        if !at_dash {
            self.uuid = 0;
        }
        self.word = Word::default();
        self.has_more = true;
        is_id
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

    /// Ends the segment.
    fn is_id(&mut self) -> bool {
        let is_number = !self.has_more && self.word.len > 0 && self.word.digits == self.word.len;
        is_number || self.end_word(false)
    }
}

/// A word as far as it was read: what its bytes are.
#[derive(Default)]
struct Word {
    len: usize,
    digits: usize,
    /// From `a` to `f`.
    hex_letters: usize,
    other_letters: usize,
    /// The places where digits follow one another.
    numbers: usize,
    in_number: bool,
}

impl Word {
    fn push(&mut self, byte: u8) {
        self.len += 1;
        let in_number = byte.is_ascii_digit();
        self.numbers += usize::from(in_number && !self.in_number);
        self.in_number = in_number;
        match byte {
            b'0'..=b'9' => self.digits += 1,
            b'a'..=b'f' | b'A'..=b'F' => self.hex_letters += 1,
            byte if byte.is_ascii_alphabetic() => self.other_letters += 1,
            _ => {}
        }
    }

    fn is_hex(&self) -> bool {
        self.digits + self.hex_letters == self.len
    }

    fn is_id(&self) -> bool {
        let is_number = self.digits == self.len && self.len >= MIN_DIGITS;
        let is_mixed = self.digits + self.hex_letters + self.other_letters == self.len
            && self.len >= MIN_MIXED
            && self.numbers >= MIN_NUMBERS;
        is_number || is_mixed || self.is_hex() && self.len >= MIN_HEX
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
            "order-123456",
            "backup_20260131",
            "a.b_20260131_c",
            "orders.0af7651916cd43dd",
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
            "orders_retry_10000",
            "report-2024",
            "deadbeef",
            "facade.decade",
            "0af76519-16cd-43dd-8448",
            "0af76519_16cd_43dd_8448_eb211c80319c",
            "0af76519-16cd-43dd-8448-eb211c80319",
            "internationalizationservicev2",
            "internationalizationservicev1234",
            "bestellungen.größe.übergabe",
            "заказы.создан",
            "1a",
            "a1.b2.c3",
        ] {
            assert!(!has_id_segment(name), "{name}");
        }
    }
}
