//! An eye on executions that do not end.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::artifact;

/// An execution takes microseconds; one that takes this long never ends, or not in linear time. It is generous, because
/// other programs may have the machine.
const TOO_LONG: Duration = Duration::from_secs(20);

/// How often is looked.
const LOOK: Duration = Duration::from_millis(500);

/// What runs now: the target and its input, and since when.
#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Mutex<Option<Running>>>);

struct Running {
    target: &'static str,
    bytes: Vec<u8>,
    since: Instant,
}

impl Watch {
    /// Looks from a thread of its own, which ends the process over an execution that does not end.
    pub(super) fn start() -> Self {
        let watch = Self::default();
        let eye = watch.clone();
        thread::spawn(move || {
            loop {
                thread::sleep(LOOK);
                eye.look();
            }
        });
        watch
    }

    pub(super) fn begin(&self, target: &'static str, bytes: &[u8]) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = Instant::now();
        match running.as_mut() {
            // The buffer is used again.
            Some(running) => {
                running.target = target;
                running.bytes.clear();
                running.bytes.extend(bytes);
                running.since = since;
            }
            None => *running = Some(Running { target, bytes: bytes.to_vec(), since }),
        }
    }

    fn look(&self) {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = running.as_ref().filter(|running| running.since.elapsed() > TOO_LONG) else {
            return;
        };
        let again = artifact::save(running.target, &running.bytes);
        eprintln!("{}: an execution takes longer than {TOO_LONG:?}", running.target);
        eprintln!("{}", again.unwrap_or_else(|error| format!("{error:#}")));
        std::process::exit(2);
    }
}
