//! Where messages go to or come from.

use super::bounded;

/// Where messages go to or come from.
///
/// A name of high cardinality must not become part of a span's name. Give the [`template`](Self::template) it was made from,
/// or a [`label`](Self::label) that stands in its place; else say that it is [`varying`](Self::varying),
/// [`temporary`](Self::temporary) or [`anonymous`](Self::anonymous), and it is left out. What stands in span names is the first
/// of these that is there: the template, the label, the name if it is none of the three.
///
/// Of a name, a part of a name, a template or a label that is longer than 1,024 bytes the rest is left out, cut between
/// characters.
///
/// ```
/// use tracehop::{Destination, has_id_segment};
///
/// let routing_key = "orders.42.created";
/// let named = Destination::joined(["shop", routing_key, "invoices"]);
/// let destination = if has_id_segment(routing_key) { named.label("invoices") } else { named };
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Destination<'a> {
    pub(crate) name: DestinationName<'a>,
    pub(crate) template: Option<&'a str>,
    pub(crate) label: Option<&'a str>,
    is_varying: bool,
    pub(crate) is_temporary: bool,
    pub(crate) is_anonymous: bool,
}

impl<'a> Destination<'a> {
    /// A destination with a name that stands for itself: a topic, a queue.
    #[inline]
    pub const fn named(name: &'a str) -> Self {
        Self::of(DestinationName::One(bounded(name)))
    }

    /// A destination whose name is made of parts, joined with a colon: exchange, routing key and queue. Empty parts are
    /// left out. A batch of messages that have only the last part of their names in common is named by that part.
    #[inline]
    pub const fn joined([first, second, third]: [&'a str; 3]) -> Self {
        Self::of(DestinationName::Joined([bounded(first), bounded(second), bounded(third)]))
    }

    /// No single destination: the operation concerns several, or none. In span names the server stands in its place, if it is
    /// known.
    #[inline]
    pub const fn none() -> Self {
        Self::of(DestinationName::None)
    }

    #[inline]
    const fn of(name: DestinationName<'a>) -> Self {
        Self {
            name,
            template: None,
            label: None,
            is_varying: false,
            is_temporary: false,
            is_anonymous: false,
        }
    }

    /// The pattern the name was made from: it takes the name's place in span names.
    pub const fn template(self, template: &'a str) -> Self {
        Self { template: Some(bounded(template)), ..self }
    }

    /// What stands in span names, and is told to [observers](crate::Observer), in place of a name that is not known to be one
    /// of few: for example the queue in place of exchange, routing key and queue. The name is still recorded as an attribute.
    /// Unlike a [`template`](Self::template) the label is not.
    pub const fn label(self, label: &'a str) -> Self {
        Self { label: Some(bounded(label)), ..self }
    }

    /// The name is not known to be one of few, and nothing is known that could stand for it: it is left out of span names,
    /// and recorded as an attribute only.
    pub const fn varying(self) -> Self {
        Self { is_varying: true, ..self }
    }

    /// The destination will vanish, for example a reply queue.
    pub const fn temporary(self) -> Self {
        Self { is_temporary: true, ..self }
    }

    /// The destination's name was drawn by the broker.
    pub const fn anonymous(self) -> Self {
        Self { is_anonymous: true, ..self }
    }

    /// The same, but for a name that does not stand in span names.
    #[inline]
    pub(crate) fn without_varying_name(self) -> Self {
        if self.is_lasting() { self } else { Self { name: DestinationName::None, ..self } }
    }

    /// Whether the name is of low cardinality.
    #[inline]
    pub(crate) fn is_lasting(&self) -> bool {
        !self.is_fleeting() && self.template.is_none() && self.label.is_none()
    }

    /// Whether there is neither a name nor anything that is known of one.
    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        self.is_lasting() && self.name.is(None)
    }

    /// Whether it is this name and nothing else. A client's messages often share the text of their destination, which is not
    /// read then.
    #[inline]
    pub(crate) fn is_just(&self, name: &str) -> bool {
        let DestinationName::One(own) = self.name else { return false };
        own.len() == name.len()
            && self.is_lasting()
            && (std::ptr::eq(own.as_ptr(), name.as_ptr()) || own == name)
    }

    #[inline]
    fn is_fleeting(&self) -> bool {
        self.is_varying || self.is_temporary || self.is_anonymous
    }

    /// What of it may stand in a span's name.
    #[inline]
    pub(crate) fn few(&self) -> DestinationName<'a> {
        match self.template.or(self.label) {
            Some(text) => DestinationName::One(text),
            None if self.is_fleeting() => DestinationName::None,
            None => self.name,
        }
    }
}

/// A destination's name: joined only when a new one is met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DestinationName<'a> {
    #[default]
    None,
    One(&'a str),
    Joined([&'a str; 3]),
}

impl DestinationName<'_> {
    /// The whole name, `None` if there is none.
    pub(crate) fn to_text(self) -> Option<String> {
        match self {
            Self::None => None,
            Self::One(name) => Some(name.to_owned()),
            Self::Joined(parts) => {
                let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(":");
                (!text.is_empty()).then_some(text)
            }
        }
    }

    /// Whether [`to_text`](Self::to_text) would give `text`, without making it.
    #[inline]
    pub(crate) fn is(self, text: Option<&str>) -> bool {
        match (self, text) {
            (Self::None, None) => true,
            (Self::One(name), Some(text)) => name == text,
            (Self::Joined(parts), text) => is_joined(parts, text),
            _ => false,
        }
    }
}

fn is_joined(parts: [&str; 3], text: Option<&str>) -> bool {
    let mut rest = text.unwrap_or_default();
    let mut is_first = true;
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let after = if is_first { Some(rest) } else { rest.strip_prefix(':') };
        let Some(after) = after.and_then(|rest| rest.strip_prefix(part)) else { return false };
        rest = after;
        is_first = false;
    }
    // Without any part there is no name.
    rest.is_empty() && is_first == text.is_none()
}

#[cfg(test)]
mod tests {
    use super::DestinationName::{self, Joined, None, One};

    #[test]
    fn a_name_is_the_text_it_would_be_made_into_and_no_other() {
        let names = [
            None,
            One("a"),
            One("a:b"),
            Joined(["a", "b", ""]),
            Joined(["", "a", "b"]),
            Joined(["a:b", "", ""]),
            Joined(["a", "b", "c"]),
            Joined(["ab", "", ""]),
            Joined(["", "", ""]),
        ];
        let texts: Vec<Option<String>> = names.map(DestinationName::to_text).into();
        for name in names {
            for text in &texts {
                assert_eq!(name.is(text.as_deref()), name.to_text() == *text, "{name:?} and {text:?}");
            }
        }
    }
}
