//! What a process prints.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::thread;

use tokio::sync::watch;

/// A broker that starts prints about a thousand. Of a long run the last ones are kept.
const KEPT: usize = 10_000;

/// And no more than this of them.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Longer ones are cut in pieces, so that what is kept is bounded.
const MAX_LINE_BYTES: u64 = 16 * 1024;

/// The last lines, of both outputs in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Printed {
    lines: VecDeque<String>,
    /// Of them together.
    bytes: usize,
    /// How many there were before the first one.
    forgotten: usize,
    /// How many outputs are open.
    open: usize,
}

impl Printed {
    /// Reads the outputs to their ends, each on a thread of its own: who prints must never wait for somebody to read,
    /// whatever the runtime does.
    pub(super) fn read(outputs: Vec<Box<dyn Read + Send>>) -> watch::Receiver<Self> {
        let (sender, printed) = watch::channel(Self { open: outputs.len(), ..Self::default() });
        let sender = Arc::new(sender);
        for output in outputs {
            let sender = Arc::clone(&sender);
            thread::spawn(move || {
                let mut output = BufReader::new(output);
                let mut line = Vec::new();
                while output
                    .by_ref()
                    .take(MAX_LINE_BYTES)
                    .read_until(b'\n', &mut line)
                    .is_ok_and(|read| read > 0)
                {
                    let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
                    sender.send_modify(|printed| printed.add(text));
                    line.clear();
                }
                sender.send_modify(|printed| printed.open -= 1);
            });
        }
        printed
    }

    fn add(&mut self, line: String) {
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.lines.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.len();
            self.forgotten += 1;
        }
    }

    /// The number of the first line that contains `text`, from the one with the number `from` on.
    pub(super) fn find(&self, from: usize, text: &str) -> Option<usize> {
        let skipped = from.saturating_sub(self.forgotten);
        let found = self.lines.iter().skip(skipped).position(|line| line.contains(text))?;
        Some(self.forgotten + skipped + found)
    }

    /// How many lines there were.
    pub(super) fn count(&self) -> usize {
        self.forgotten + self.lines.len()
    }

    /// Whether no more will come.
    pub(super) fn has_ended(&self) -> bool {
        self.open == 0
    }

    /// Those that are kept, from the one with the number `from` on.
    pub(super) fn lines(&self, from: usize) -> Vec<String> {
        self.lines.iter().skip(from.saturating_sub(self.forgotten)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_with_their_numbers() {
        let mut printed = Printed::default();
        for number in 0..KEPT + 5 {
            printed.add(format!("line {number}."));
        }
        assert_eq!(printed.count(), KEPT + 5);
        for (from, text, expected) in [
            (0, "line 5.", Some(5)),
            (0, "line 4.", None),
            (6, "line 5.", None),
            (6, "line", Some(6)),
            (KEPT + 5, "line", None),
        ] {
            assert_eq!(printed.find(from, text), expected, "{text} from {from}");
        }
        assert_eq!(printed.lines(KEPT + 4), [format!("line {}.", KEPT + 4)]);
    }

    #[test]
    fn a_line_without_end_is_kept_in_pieces() {
        let endless = Box::new(std::io::repeat(b'x').take(MAX_LINE_BYTES * 3));
        let mut printed = Printed::read(vec![endless]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let pieces = runtime.block_on(async { printed.wait_for(Printed::has_ended).await.unwrap().count() });
        assert_eq!(pieces, 3);
        let mut printed = Printed::default();
        for _ in 0..1000 {
            printed.add("x".repeat(16 * 1024));
        }
        assert_eq!((printed.bytes, printed.count()), (KEPT_BYTES, 1000));
    }
}
