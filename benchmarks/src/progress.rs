//! How far a long run is: a bar on a terminal, and a line now and then elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

const WIDTH: usize = 24;
/// Where nobody looks at a bar, so often a line is written.
const EVERY: Duration = Duration::from_secs(5);

pub(crate) struct Progress {
    started: Instant,
    /// The whole run takes no longer.
    total: Duration,
    is_terminal: bool,
    said: Option<Instant>,
}

impl Progress {
    pub(crate) fn new(total: Duration) -> Self {
        Self { started: Instant::now(), total, is_terminal: io::stderr().is_terminal(), said: None }
    }

    /// What is left for what is still to be done.
    pub(crate) fn left(&self) -> Duration {
        self.total.saturating_sub(self.started.elapsed())
    }

    /// Says what begins now.
    pub(crate) fn tell(&mut self, what: &str) {
        let line = bar(self.started.elapsed(), self.total, what);
        // A failing terminal is no reason to stop measuring.
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[2K{line}");
            let _ = io::stderr().flush();
        } else if self.said.is_none_or(|said| said.elapsed() >= EVERY) {
            self.said = Some(Instant::now());
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    pub(crate) fn end(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}

fn bar(elapsed: Duration, total: Duration, what: &str) -> String {
    let part = (elapsed.as_secs_f64() / total.as_secs_f64().max(1.0)).min(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the width")]
    let done = (part * WIDTH as f64) as usize;
    let minutes = |time: Duration| format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60);
    let (full, empty) = ("#".repeat(done), "-".repeat(WIDTH.saturating_sub(done)));
    format!(
        "[{full}{empty}] {:3.0} %, {} of {} at most: {what}",
        part * 100.0,
        minutes(elapsed),
        minutes(total)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_with_time_and_never_overflows() {
        let at = |seconds| bar(Duration::from_secs(seconds), Duration::from_secs(120), "sending");
        assert_eq!(at(30), "[######------------------]  25 %, 0:30 of 2:00 at most: sending");
        assert!(at(500).starts_with(&format!("[{}] 100 %", "#".repeat(WIDTH))));
    }
}
