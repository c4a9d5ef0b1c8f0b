//! Lines that a service writes on its machine.
#![allow(dead_code, reason = "not every suite needs all of it")]

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// A place that lines are written to.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.lock().unwrap().extend_from_slice(bytes);
        self.0.1.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    pub(crate) fn all(&self) -> Vec<String> {
        String::from_utf8(self.0.0.lock().unwrap().clone()).unwrap().lines().map(str::to_owned).collect()
    }

    /// The lines when this is so.
    #[track_caller]
    pub(crate) fn wait_until(&self, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let lines = self.all();
            if is_so(&lines) {
                return lines;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it is not so: {lines:#?}");
            let bytes = self.0.0.lock().unwrap();
            // What was written in between is looked at soon.
            drop(self.0.1.wait_timeout(bytes, left.min(Duration::from_millis(50))).unwrap());
        }
    }
}
