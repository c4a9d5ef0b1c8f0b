//! What a transport does to headers.

/// What a transport is known to do to headers, on whatever message.
///
/// ```
/// use tracehop::Transport;
///
/// const MAIL: Transport = Transport::LIST.with_aliases(&["x-parent"]);
/// assert!(MAIL.keeps_order && !Transport::MAP.keeps_order);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transport {
    /// Other names under which it is known to deliver `traceparent`, in order of preference. They are read in any letter case,
    /// and removed when the message gets another context.
    pub aliases: &'static [&'static str],
    /// Whether the order of headers with *different* names is that in which they were written. Where a message has several
    /// `traceparent`s this decides how it is known what belongs to which.
    pub keeps_order: bool,
    /// What [CloudEvents](crate::Format::CloudEvents) puts before the names of attributes.
    pub cloud_events_prefix: &'static str,
}

impl Transport {
    /// Headers are a list.
    pub const LIST: Self = Self { aliases: &[], keeps_order: true, cloud_events_prefix: "ce-" };

    /// Headers are a map, whose names have no order.
    pub const MAP: Self = Self { keeps_order: false, ..Self::LIST };

    /// The same with other names for `traceparent`.
    #[must_use]
    pub const fn with_aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same with another prefix of CloudEvents' attributes.
    #[must_use]
    pub const fn with_cloud_events_prefix(self, prefix: &'static str) -> Self {
        Self { cloud_events_prefix: prefix, ..self }
    }
}
