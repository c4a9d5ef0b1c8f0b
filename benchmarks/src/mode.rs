//! Whether there is an SDK, and what the spans' parent says.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    NoSdk,
    Unsampled,
    Sampled,
}

impl Mode {
    pub(crate) const ALL: [Self; 3] = [Self::NoSdk, Self::Unsampled, Self::Sampled];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoSdk => "no SDK",
            Self::Unsampled => "unsampled",
            Self::Sampled => "sampled",
        }
    }
}
