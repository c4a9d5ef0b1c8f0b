//! Who settles a message.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Whether a message has been settled: whoever takes this first settles it.
///
/// lapin's acker knows only of what it sent itself, and not of an answer that settled several messages.
#[derive(Default)]
pub(super) struct Claim(OnceLock<State>);

enum State {
    /// It was taken, and is shared with nobody.
    Taken,
    Shared(Arc<AtomicBool>),
}

impl Claim {
    /// Takes it. Says whether nobody had taken it.
    pub(super) fn take(&self) -> bool {
        let mut is_first = false;
        let state = self.0.get_or_init(|| {
            is_first = true;
            State::Taken
        });
        match state {
            State::Taken => is_first,
            State::Shared(taken) => !taken.swap(true, Ordering::AcqRel),
        }
    }

    pub(super) fn is_taken(&self) -> bool {
        match self.0.get() {
            None => false,
            Some(State::Taken) => true,
            Some(State::Shared(taken)) => taken.load(Ordering::Acquire),
        }
    }

    /// The same claim, for another holder of the message.
    pub(super) fn share(&self) -> Self {
        let state = match self.0.get_or_init(|| State::Shared(Arc::default())) {
            State::Taken => State::Taken,
            State::Shared(taken) => State::Shared(Arc::clone(taken)),
        };
        Self(OnceLock::from(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_all_holders_takes_it_once() {
        let alone = Claim::default();
        assert!(!alone.is_taken());
        assert!(alone.take() && alone.is_taken() && !alone.take());
        assert!(alone.share().is_taken() && !alone.share().take(), "it was taken before it was shared");

        let one = Claim::default();
        let (other, third) = (one.share(), one.share());
        assert!(!one.is_taken() && !other.is_taken());
        assert!(other.take());
        assert!(one.is_taken() && third.is_taken() && !one.take() && !third.share().take());
    }
}
