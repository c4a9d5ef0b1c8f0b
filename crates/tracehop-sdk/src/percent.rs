//! Percent-encoded text, as values of variables may be.

/// The text that was percent-encoded; the text itself if it was not, or not as UTF-8.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let [high, low, behind @ ..] = behind else { return text.to_owned() };
        let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return text.to_owned() };
        bytes.push(high * 16 + low);
        rest = behind;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_encoded_stays_as_it_is() {
        for (text, expected) in
            [("", ""), ("a%20b", "a b"), ("%C3%B6", "ö"), ("50%", "50%"), ("%+1", "%+1"), ("%ff", "%ff")]
        {
            assert_eq!(decoded(text), expected);
        }
    }
}
