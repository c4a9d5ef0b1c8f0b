//! A sink that keeps what it gets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tracehop_cli::entrance::{NotTaken, Sink};
use tracehop_journey::{JourneySpan, LogLine};

#[derive(Clone)]
pub(crate) struct Recorder(Arc<Inner>);

struct Inner {
    got: Mutex<Got>,
    mode: watch::Sender<Mode>,
    /// How many requests have come as far as here.
    entered: watch::Sender<usize>,
}

#[derive(Default)]
pub(crate) struct Got {
    pub(crate) spans: Vec<JourneySpan>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) raw: Vec<Bytes>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Takes,
    /// Keeps every request waiting until another mode is set.
    Waits,
    Full,
    DiskFull,
    TooLong,
}

impl Recorder {
    pub(crate) fn new(mode: Mode) -> Self {
        let (mode, entered) = (watch::Sender::new(mode), watch::Sender::new(0));
        Self(Arc::new(Inner { got: Mutex::default(), mode, entered }))
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.0.mode.send_replace(mode);
    }

    /// Waits until so many requests have come.
    pub(crate) async fn entered(&self, count: usize) {
        self.0.entered.subscribe().wait_for(|entered| *entered >= count).await.unwrap();
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&Got) -> T) -> T {
        look(&self.0.got.lock().unwrap())
    }

    async fn take(&self, put: impl FnOnce(&mut Got)) -> Result<(), NotTaken> {
        self.0.entered.send_modify(|entered| *entered += 1);
        let mode = *self.0.mode.subscribe().wait_for(|mode| *mode != Mode::Waits).await.unwrap();
        let retry_after = Duration::from_millis(2_500);
        match mode {
            Mode::Full => return Err(NotTaken::Full { retry_after }),
            Mode::DiskFull => return Err(NotTaken::Disk { retry_after, why: "the disk is full".into() }),
            Mode::TooLong => return Err(NotTaken::TooLong { bytes: 2_000, at_most: 1_000 }),
            Mode::Takes | Mode::Waits => {}
        }
        put(&mut self.0.got.lock().unwrap());
        Ok(())
    }
}

impl Sink for Recorder {
    fn keeps_raw(&self) -> bool {
        true
    }

    fn has_room(&self) -> Result<(), NotTaken> {
        match *self.0.mode.borrow() {
            Mode::Full => Err(NotTaken::Full { retry_after: Duration::from_millis(2_500) }),
            _ => Ok(()),
        }
    }

    async fn spans(&self, mut spans: Vec<JourneySpan>, raw: Option<Bytes>) -> Result<(), NotTaken> {
        self.take(|got| {
            got.spans.append(&mut spans);
            got.raw.extend(raw);
        })
        .await
    }

    async fn logs(&self, mut logs: Vec<LogLine>, raw: Option<Bytes>) -> Result<(), NotTaken> {
        self.take(|got| {
            got.logs.append(&mut logs);
            got.raw.extend(raw);
        })
        .await
    }
}
