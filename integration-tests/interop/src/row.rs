//! One row of the table.

use crate::joined::Joined;
use crate::library::Library;
use crate::seen::{Fact, Seen};

/// One message over one hop, and what is expected of it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) library: Library,
    pub(crate) direction: Direction,
    /// How the peer sends or receives, in its client's words. It is the peer's second argument.
    pub(crate) shape: &'static str,
    /// A setting of its instrumentation that changes what it does.
    pub(crate) setting: Option<Setting>,
    /// How tracehop's half does it.
    pub(crate) way: Way,
    pub(crate) expected: Seen,
    /// Why the peer loses what it is expected to lose, or what else there is to know of it.
    pub(crate) why: Vec<&'static str>,
}

/// A setting that is not the default.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// What it is called in the table.
    pub(crate) name: &'static str,
    /// A variable of the peer's environment, and its value.
    pub(crate) variable: (&'static str, &'static str),
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    FromPeer,
    ToPeer,
}

/// How a message goes over a broker that has several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    /// The sender waits for a reply.
    Request,
    /// JetStream.
    Stored,
}

impl Row {
    /// The peer sends. tracehop's span is joined by parent and link, and loses nothing.
    pub(crate) fn sends(library: Library, shape: &'static str) -> Self {
        Self::new(library, Direction::FromPeer, shape, Joined::ParentAndLink)
    }

    /// The peer receives.
    pub(crate) fn receives(library: Library, shape: &'static str, joined: Joined) -> Self {
        Self::new(library, Direction::ToPeer, shape, joined)
    }

    fn new(library: Library, direction: Direction, shape: &'static str, joined: Joined) -> Self {
        let expected = Seen::everything(joined, library.has_repeats());
        Self { library, direction, shape, setting: None, way: Way::Plain, expected, why: Vec::new() }
    }

    pub(crate) fn over(self, way: Way) -> Self {
        Self { way, ..self }
    }

    pub(crate) fn set(self, setting: Setting) -> Self {
        Self { setting: Some(setting), ..self }
    }

    /// The peer loses something, or does something of its own, for a reason that lies in its instrumentation.
    pub(crate) fn but(mut self, (fact, why): (Fact, &'static str)) -> Self {
        self.expected = self.expected.with(fact);
        if !why.is_empty() {
            self.why.push(why);
        }
        self
    }

    /// Several facts, of which one may have the reason of all.
    pub(crate) fn but_all<const N: usize>(self, facts: [(Fact, &'static str); N]) -> Self {
        facts.into_iter().fold(self, Self::but)
    }

    /// What it is called: for `--only`, and where it failed.
    pub(crate) fn name(&self) -> String {
        format!("{}: {}", self.peer(), self.hop())
    }

    /// The language and the client.
    pub(crate) fn peer(&self) -> String {
        format!("{} {}", self.library.language().name(), self.library.client())
    }

    /// From where to where.
    pub(crate) fn hop(&self) -> String {
        let setting = self.setting.map(|setting| format!(", {}", setting.name)).unwrap_or_default();
        match self.direction {
            Direction::FromPeer => format!("{}{setting} → tracehop", self.shape),
            Direction::ToPeer => format!("tracehop → {}{setting}", self.shape),
        }
    }

    /// The names of the services that send and that receive, in that order.
    pub(crate) fn services(&self) -> [&'static str; 2] {
        match self.direction {
            Direction::FromPeer => [Self::PEER, Self::OURS],
            Direction::ToPeer => [Self::OURS, Self::PEER],
        }
    }

    pub(crate) const PEER: &'static str = "peer";
    pub(crate) const OURS: &'static str = "tracehop";
}
