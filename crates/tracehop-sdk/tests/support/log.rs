//! OpenTelemetry's internal log. Only what is logged on the thread of the test is seen here: a log for all threads would be one
//! for all tests.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                if field.name() != "message" {
                    write!(self.0, " {}={value:?}", field.name()).unwrap();
                }
            }
        }
        let metadata = event.metadata();
        let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

/// The lines about `what` that are logged meanwhile.
pub(crate) fn logged(what: &str, run: impl FnOnce()) -> Vec<String> {
    // While a process has only one subscriber, `tracing` asks the thread that first comes by a line whether anybody wants it,
    // and takes the answer for all threads. Other tests come by these lines too, on threads that have none.
    static ANOTHER: LazyLock<Dispatch> =
        LazyLock::new(|| Dispatch::new(tracing_subscriber::registry().with(Lines::default())));
    LazyLock::force(&ANOTHER);
    let lines = Lines::default();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines.clone()), run);
    let lines = lines.0.lock().unwrap();
    lines.iter().filter(|line| line.contains(what)).cloned().collect()
}
