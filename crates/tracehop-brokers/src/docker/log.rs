//! What a container prints.

use std::sync::{Arc, Mutex, PoisonError};

use testcontainers::core::logs::LogFrame;

use crate::last_words;

/// A start prints about a thousand. The rest of a long run is not kept.
const MAX_LINES: usize = 10_000;

/// The lines a container prints until it is ready. They outlive it: they tell why it failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    pub(super) fn add(&self, frame: &LogFrame) {
        let line = String::from_utf8_lossy(frame.bytes()).trim_end().to_owned();
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < MAX_LINES {
            lines.push(line);
        }
    }

    /// The rest of the first line that contains `words`, up to the next blank.
    pub(super) fn word_after(&self, words: &str) -> Option<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = lines.iter().find_map(|line| line.split_once(words))?.1;
        rest.split_whitespace().next().map(str::to_owned)
    }

    /// The last lines, to follow a reason; nothing when it printed none.
    pub(super) fn last_words(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        last_words::told(&lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_and_the_last_words_are_found() {
        let log = Log::default();
        assert_eq!(log.last_words(), "");
        log.add(&LogFrame::StdOut("[x] INFO Kafka version: 4.1.0 (org.apache)\n".into()));
        assert_eq!(log.word_after("Kafka version: ").as_deref(), Some("4.1.0"));
        assert!(log.last_words().ends_with("Kafka version: 4.1.0 (org.apache)"), "{}", log.last_words());
    }
}
