//! Parent or link: how a span that handles a message relates to the span that made it.

/// Whether the creation context of a message becomes the parent of the span that handles it.
///
/// The span always *links* to the creation context: that is the only relation that also works for batches, and the
/// one the [semantic conventions] ask for. This decides what is done beside it.
///
/// | | nothing active, no creation context | nothing active | a span active, no creation context | both |
/// |---|---|---|---|---|
/// | `Continue` | root | parent: creation | parent: active | parent: active |
/// | `Link` | root | root | parent: active | parent: active |
/// | `Adopt` | root | parent: creation | parent: active | parent: creation, link to active too |
///
/// [semantic conventions]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/messaging-spans.md#consumer-spans
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correlation {
    /// The parent is the active span if there is one, else the creation context: one trace for each journey.
    #[default]
    Continue,
    /// Never the parent: each handling of a message is a trace of its own, linked.
    Link,
    /// The parent is the creation context even if a span is active, which is then linked.
    Adopt,
}

/// Where a span's parent comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    Root,
    Active,
    Creation,
}

/// How one span relates to what is active and to the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    pub(crate) parent: Parent,
    pub(crate) link_active: bool,
    pub(crate) link_creation: bool,
}

impl Correlation {
    /// The only place where parents are chosen.
    pub(crate) fn resolve(self, active: bool, creation: bool) -> Relation {
        let parent = match (self, active, creation) {
            (Self::Adopt, _, true) | (Self::Continue, false, true) => Parent::Creation,
            (_, true, _) => Parent::Active,
            (_, false, _) => Parent::Root,
        };
        Relation { parent, link_active: active && parent == Parent::Creation, link_creation: creation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_table_holds() {
        use Correlation::{Adopt, Continue, Link};
        for (correlation, active, creation, parent, link_active) in [
            (Continue, false, false, Parent::Root, false),
            (Continue, false, true, Parent::Creation, false),
            (Continue, true, false, Parent::Active, false),
            (Continue, true, true, Parent::Active, false),
            (Link, false, false, Parent::Root, false),
            (Link, false, true, Parent::Root, false),
            (Link, true, false, Parent::Active, false),
            (Link, true, true, Parent::Active, false),
            (Adopt, false, false, Parent::Root, false),
            (Adopt, false, true, Parent::Creation, false),
            (Adopt, true, false, Parent::Active, false),
            (Adopt, true, true, Parent::Creation, true),
        ] {
            let expected = Relation { parent, link_active, link_creation: creation };
            assert_eq!(
                correlation.resolve(active, creation),
                expected,
                "{correlation:?} {active} {creation}"
            );
        }
    }
}
