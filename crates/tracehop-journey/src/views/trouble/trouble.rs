//! What is wrong, worst first.

use std::time::SystemTime;

use crate::summary::JourneyId;

/// One thing that is wrong.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Trouble {
    /// What kind of thing.
    pub kind: TroubleKind,
    /// One line that names what it is about: `3 sends to orders were not handled`.
    pub title: String,
    /// What it is about, for grouping and links: the destination, or the service.
    pub about: String,
    /// How often.
    pub count: u64,
    /// When it was last seen.
    pub last: Option<SystemTime>,
    /// Journeys that show it: at most 10.
    pub journeys: Vec<JourneyId>,
    /// What this means, in one or two sentences.
    pub means: String,
    /// What to do, in one or two sentences.
    pub advice: String,
}

/// The kinds of trouble, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TroubleKind {
    /// Sends that nobody handled after ten times the p99 of the waits of their destination.
    NotHandled,
    /// Messages that ended in dead letters, or were given up.
    DeadLetters,
    /// One message that is tried again and again.
    PoisonMessage,
    /// Many messages of a destination are tried again at the same time.
    RetryStorm,
    /// A consumer handles messages without context.
    NoContext,
    /// Messages brought more than one context, of which readers may take different ones.
    RepeatedContext,
    /// Clocks disagree: handlers ended before their sends started.
    ClockSkew,
    /// Spans, links or attributes were dropped.
    Dropped,
}
