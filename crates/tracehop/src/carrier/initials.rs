//! The first bytes of names.

/// The bytes with which the wanted names begin: a carrier for which reading a name costs something looks at its first byte
/// first.
///
/// ```
/// use tracehop::Initials;
///
/// let initials = Initials::of(["traceparent", "baggage"]);
/// assert!(initials.contains(b't') && initials.contains(b'T') && initials.contains(b'b'));
/// assert!(!initials.contains(b'x'));
/// // A name that begins with no letter might be any.
/// assert!(Initials::of(["-x"]).contains(b'?'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Initials {
    /// A bit for each letter, in either case.
    letters: u32,
    /// All bytes that are no letters.
    others: bool,
}

impl Initials {
    /// Those of these names.
    #[inline]
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let none = Self { letters: 0, others: false };
        names.into_iter().fold(none, Self::with)
    }

    /// These and that of another name.
    #[inline]
    #[must_use]
    pub fn with(self, name: &str) -> Self {
        match name.as_bytes().first().and_then(|byte| letter(*byte)) {
            Some(letter) => Self { letters: self.letters | 1 << letter, ..self },
            None => Self { others: true, ..self },
        }
    }

    /// Whether a wanted name may begin with this byte.
    #[inline]
    pub fn contains(self, byte: u8) -> bool {
        match letter(byte) {
            Some(letter) => self.letters >> letter & 1 == 1,
            None => self.others,
        }
    }
}

/// The place of a letter in the alphabet, in either case.
#[inline]
fn letter(byte: u8) -> Option<u8> {
    let letter = (byte | 0x20).wrapping_sub(b'a');
    (letter < 26).then_some(letter)
}
