//! AWS X-Ray.

use crate::carrier::{Carrier, HeaderPatch};
use crate::codec::xray;
use crate::propagation::Problems;
use crate::propagation::context_format::{ContextFormat, Found, OutgoingContext};

use super::fields::{self, Fields};

const NAME: &str = "x-amzn-trace-id";

pub(in crate::propagation) struct XRayFormat;

impl ContextFormat for XRayFormat {
    fn fields(&self) -> Vec<&str> {
        vec![NAME]
    }

    fn read(&self, carrier: &dyn Carrier) -> Found {
        let fields = Fields::read(carrier, [NAME]);
        let [value] = fields.get();
        let creation = value.and_then(xray::decode).map(|found| fields::creation(&found.parts, false));
        Found::new(fields.found([NAME]), creation)
    }

    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        if let Some((parts, _)) = fields::parts(outgoing) {
            patch.put(NAME, xray::encode(&parts));
        }
        Problems::default()
    }
}
