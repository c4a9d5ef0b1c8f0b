//! Where the messages of a batch come from.

use crate::message::{Destination, DestinationName};

/// What the destinations of several messages have in common, found by looking at one after the other.
pub(super) struct BatchDestination<'a> {
    first: Destination<'a>,
    /// The first one's name, if that is all there is to it.
    name: Option<&'a str>,
    /// Whether all are the same.
    is_one: bool,
    template: Option<&'a str>,
    label: Option<&'a str>,
    /// The last part of each joined name: the queue.
    last_part: Option<&'a str>,
    /// Whether the last part is that of the place where a message was got, which only a name of three parts says.
    has_third_part: bool,
}

impl<'a> BatchDestination<'a> {
    pub(super) fn new(first: Destination<'a>) -> Self {
        Self {
            first,
            name: match first.name {
                DestinationName::One(name) if first.is_lasting() => Some(name),
                _ => None,
            },
            is_one: true,
            template: first.template,
            label: first.label,
            last_part: first.name.last_part(),
            has_third_part: first.name.third_part().is_some(),
        }
    }

    /// Looks at the destination of another message.
    #[inline]
    pub(super) fn add(&mut self, other: &Destination<'_>) {
        if !self.is_one || !self.name.is_some_and(|name| other.is_just(name)) {
            self.compare(other);
        }
    }

    fn compare(&mut self, other: &Destination<'_>) {
        self.is_one = self.is_one && self.first == *other;
        if self.is_one {
            return;
        }
        self.template = self.template.filter(|template| other.template == Some(template));
        self.label = self.label.filter(|label| other.label == Some(label));
        self.last_part = self.last_part.filter(|part| other.name.last_part() == Some(part));
        self.has_third_part |= other.name.third_part().is_some();
    }

    /// Whether all messages have one destination.
    pub(super) fn is_one(&self) -> bool {
        self.is_one
    }

    /// The destination of the whole batch.
    pub(super) fn get(&self) -> Destination<'a> {
        let queue = self.last_part.filter(|_| self.has_third_part);
        match (self.template, queue, self.label) {
            _ if self.is_one => self.first,
            (template, Some(queue), _) => {
                // The queue's name is kept out of names for all of its messages alike.
                let mut shared = Destination::named(queue);
                shared.template = template;
                shared.is_temporary = self.first.is_temporary;
                shared.is_anonymous = self.first.is_anonymous;
                shared
            }
            (Some(template), None, _) => Destination::none().template(template),
            (None, None, Some(label)) => Destination::named(label),
            (None, None, None) => Destination::none(),
        }
    }
}

impl<'a> DestinationName<'a> {
    /// The last part of a joined name that is not empty.
    fn last_part(self) -> Option<&'a str> {
        match self {
            Self::Joined(parts) => parts.into_iter().rev().find(|part| !part.is_empty()),
            Self::None | Self::One(_) => None,
        }
    }

    fn third_part(self) -> Option<&'a str> {
        match self {
            Self::Joined([.., third]) => Some(third).filter(|part| !part.is_empty()),
            Self::None | Self::One(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common<'a>(destinations: &[Destination<'a>]) -> Destination<'a> {
        let mut common = BatchDestination::new(destinations[0]);
        destinations[1..].iter().for_each(|destination| common.add(destination));
        common.get()
    }

    #[test]
    fn a_batch_has_what_its_destinations_have_in_common() {
        let named = Destination::named;
        let joined = Destination::joined;
        for (destinations, expected) in [
            (vec![named("a"), named("a")], named("a")),
            (vec![named("a"), named("b")], Destination::none()),
            (vec![named("a").temporary(), named("a").temporary()], named("a").temporary()),
            (vec![named("a").temporary(), named("a")], Destination::none()),
            (vec![named("a.1").template("a.*"), named("a.1").template("a.*")], named("a.1").template("a.*")),
            (
                vec![named("a.1").template("a.*"), named("a.2").template("a.*")],
                Destination::none().template("a.*"),
            ),
            (vec![named("a.1").template("a.*"), named("b.2").template("b.*")], Destination::none()),
            (vec![named("a.1").label("a"), named("a.2").label("a")], named("a")),
            (vec![named("a.1").label("a"), named("a.2")], Destination::none()),
            (vec![named("a.1").label("a"), named("b.2").label("b")], Destination::none()),
            (vec![joined(["x", "1", "q"]), joined(["x", "2", "q"])], named("q")),
            (vec![joined(["x", "1", "q"]), joined(["y", "q", ""])], named("q")),
            (vec![joined(["x", "1", "q"]).label("q"), joined(["x", "2", "q"])], named("q")),
            (vec![joined(["x", "1", "q"]), joined(["x", "1", "p"])], Destination::none()),
            (
                vec![joined(["x", "1", "q"]).template("t"), joined(["x", "2", "q"]).template("t")],
                named("q").template("t"),
            ),
            (
                vec![joined(["x", "1", "q"]).anonymous(), joined(["x", "2", "q"]).anonymous()],
                named("q").anonymous(),
            ),
            (vec![joined(["x", "1", "q"]).temporary(), joined(["x", "2", "q"])], named("q").temporary()),
            // Nobody says that this is a queue.
            (vec![joined(["x", "q", ""]), joined(["y", "q", ""])], Destination::none()),
            (vec![joined(["x", "1", "q"]), named("q")], Destination::none()),
            (vec![Destination::none(), Destination::none()], Destination::none()),
        ] {
            assert_eq!(common(&destinations), expected, "{destinations:?}");
        }
    }
}
