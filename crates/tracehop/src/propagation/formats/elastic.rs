//! What Elastic's older Kafka agents call `traceparent`, in the W3C's binary form.

use crate::carrier::{Carrier, HeaderPatch};
use crate::codec::binary;
use crate::codec::context_value::decode;
use crate::propagation::Problems;
use crate::propagation::context_format::{ContextFormat, Found, OutgoingContext};

use super::fields::{self, Fields};

const NAME: &str = "elasticapmtraceparent";

/// The binary form is written. Some agents wrote the text by mistake, so that it is read as well.
pub(in crate::propagation) struct ElasticFormat;

impl ContextFormat for ElasticFormat {
    fn fields(&self) -> Vec<&str> {
        vec![NAME]
    }

    fn read(&self, carrier: &dyn Carrier) -> Found {
        let fields = Fields::read(carrier, [NAME]);
        let [value] = fields.get();
        let creation = value.and_then(decode).map(|parts| fields::creation(&parts, false));
        Found::new(fields.found([NAME]), creation)
    }

    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        if let Some((parts, _)) = fields::parts(outgoing) {
            patch.put(NAME, binary::encode(&parts));
        }
        Problems::default()
    }
}
