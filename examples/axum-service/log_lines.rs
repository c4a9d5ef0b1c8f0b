//! The log: where it is written, and what was written to it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// The log, which is kept beside being written, to be checked. A service of your own has `io::stdout` in its place.
#[derive(Clone)]
pub(crate) struct LogLines {
    out: Arc<dyn Fn() -> Box<dyn Write> + Send + Sync>,
    lines: Arc<Mutex<Vec<String>>>,
}

/// Where one line is written to, all at once.
pub(crate) struct Line(LogLines);

impl LogLines {
    pub(crate) fn new<W: Write + 'static>(out: impl Fn() -> W + Send + Sync + 'static) -> Self {
        Self { out: Arc::new(move || Box::new(out())), lines: Arc::default() }
    }

    pub(crate) fn line(&self) -> Line {
        Line(self.clone())
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        (self.0.out)().write_all(line)?;
        let text = String::from_utf8_lossy(line).trim_end().to_owned();
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        (self.0.out)().flush()
    }
}
