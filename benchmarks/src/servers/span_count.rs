//! How many spans are in the bytes of an OTLP request, without decoding them.

/// The field that holds the lists of a resource, of a scope, and the spans: 1 in the request, 2 in the two below.
const PATH: [u64; 3] = [1, 2, 2];

/// Counts the spans of an `ExportTraceServiceRequest`. Bytes that are none count as far as they make sense.
pub(super) fn spans(request: &[u8]) -> u64 {
    count(request, &PATH)
}

fn count(mut bytes: &[u8], path: &[u64]) -> u64 {
    let Some((field, below)) = path.split_first() else { return 1 };
    let mut found = 0;
    while let Some((key, rest)) = varint(bytes) {
        let Some((value, rest)) = value(key & 7, rest) else { break };
        if key >> 3 == *field {
            found += count(value, below);
        }
        bytes = rest;
    }
    found
}

/// The value of a field of this wire type, and what comes after it.
fn value(wire_type: u64, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match wire_type {
        0 => varint(bytes).map(|(_, rest)| (&[][..], rest)),
        1 => bytes.split_at_checked(8),
        2 => {
            let (length, rest) = varint(bytes)?;
            rest.split_at_checked(usize::try_from(length).ok()?)
        }
        5 => bytes.split_at_checked(4),
        _ => None,
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(place + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2, u8::try_from(value.len()).unwrap()];
        bytes.extend_from_slice(value);
        bytes
    }

    #[test]
    fn spans_are_counted_over_resources_and_scopes() {
        let span = field(2, b"\x0a\x03abc");
        let scope = [field(1, b"scope"), span.clone(), span.clone()].concat();
        let resource = [field(1, b"resource"), field(2, &scope), field(2, &span)].concat();
        let request = [field(1, &resource), vec![0x10, 0x96, 0x01], field(1, &resource)].concat();
        assert_eq!(spans(&request), 6);
    }

    #[test]
    fn bytes_that_are_cut_off_do_no_harm() {
        assert_eq!(spans(&[]), 0);
        assert_eq!(spans(&[0x0a, 0xff]), 0);
        assert_eq!(spans(&[0xff; 12]), 0);
    }
}
