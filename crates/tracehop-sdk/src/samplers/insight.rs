use opentelemetry_sdk::trace::Sampler;

/// What is known of a sampler that its interface does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Insight {
    /// Whether it drops every span whose parent is not sampled.
    pub(crate) follows_parent: bool,
    /// Whether it goes by attributes or links also where the parent is not sampled.
    pub(crate) sees_all: bool,
}

impl Insight {
    /// It drops every span under an unsampled parent, and so need not be asked there.
    pub(crate) const FOLLOWING: Self = Self { follows_parent: true, sees_all: false };

    /// It may record spans under an unsampled parent, by what they say of themselves.
    pub(crate) const LOOKING: Self = Self { follows_parent: false, sees_all: true };

    /// What is known of a sampler of the SDK. The delegate of `ParentBased` is asked for roots alone, so it does not matter.
    pub(crate) fn of_the_sdk(sampler: &Sampler) -> Self {
        match sampler {
            Sampler::ParentBased(_) | Sampler::AlwaysOff => Self::FOLLOWING,
            _ => Self::default(),
        }
    }
}
