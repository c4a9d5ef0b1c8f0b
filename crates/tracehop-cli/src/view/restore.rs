//! From the disk back into the store.

use crate::entrance::{Hashed, Redaction};
use crate::segments::{RecordKind, Replay};
use crate::store::Store;

/// Puts what was kept into the store, after taking out of it what nobody shall see by the rules of today, and says on standard
/// error what could not be read. It blocks the thread.
pub(super) fn restore(store: &Store, mut replay: Replay, redaction: &Redaction) {
    let mut unreadable = 0_u64;
    for record in replay.by_ref() {
        let redaction = redaction.after(&Hashed::of(&record.bytes));
        match record.kind {
            RecordKind::Traces => match tracehop_journey::otlp::traces_from_protobuf(&record.bytes) {
                Ok(mut request) => {
                    redaction.traces(&mut request);
                    let spans = tracehop_journey::otlp::spans_of(request).spans;
                    store.put(spans, Vec::new(), record.arrived);
                }
                Err(_) => unreadable += 1,
            },
            RecordKind::Logs => match tracehop_journey::otlp::logs_from_protobuf(&record.bytes) {
                Ok(mut request) => {
                    redaction.logs(&mut request);
                    let logs = tracehop_journey::otlp::logs_of(request);
                    store.put(Vec::new(), logs, record.arrived);
                }
                Err(_) => unreadable += 1,
            },
        }
    }
    for damage in &replay.report().damages {
        eprintln!("--data: {damage}");
    }
    if unreadable > 0 {
        eprintln!("--data: {unreadable} records are not what this version writes, and were passed over");
    }
}
