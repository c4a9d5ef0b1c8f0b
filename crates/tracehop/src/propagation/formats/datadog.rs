//! Datadog.

use crate::carrier::{Carrier, HeaderPatch};
use crate::codec::datadog::{self, Datadog};
use crate::propagation::Problems;
use crate::propagation::context_format::{ContextFormat, Found, OutgoingContext};

use super::fields::{self, Fields};

const TRACE_ID: &str = "x-datadog-trace-id";
const PARENT_ID: &str = "x-datadog-parent-id";
const SAMPLING_PRIORITY: &str = "x-datadog-sampling-priority";
const TAGS: &str = "x-datadog-tags";

const NAMES: [&str; 4] = [TRACE_ID, PARENT_ID, SAMPLING_PRIORITY, TAGS];

pub(in crate::propagation) struct DatadogFormat;

impl ContextFormat for DatadogFormat {
    fn fields(&self) -> Vec<&str> {
        NAMES.to_vec()
    }

    fn read(&self, carrier: &dyn Carrier) -> Found {
        let fields = Fields::read(carrier, NAMES);
        let [trace_id, parent_id, sampling_priority, tags] = fields.get();
        let parts = datadog::decode(trace_id, parent_id, sampling_priority, tags);
        Found::new(fields.found(NAMES), parts.map(|parts| fields::creation(&parts, false)))
    }

    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        // A trace id whose low half is zero has no form in this format. What an earlier hop wrote goes all the same.
        if let Some(values) = fields::parts(outgoing).and_then(|(parts, _)| datadog::encode(&parts)) {
            let Datadog { trace_id, parent_id, sampling_priority, tags } = values;
            patch.put(TRACE_ID, trace_id);
            patch.put(PARENT_ID, parent_id);
            patch.put(SAMPLING_PRIORITY, sampling_priority);
            match tags {
                Some(tags) => patch.put(TAGS, tags),
                None => patch.remove(TAGS),
            }
        }
        Problems::default()
    }
}
