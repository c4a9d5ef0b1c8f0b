//! What the operations of a route have in common.

use crate::message::{ClientFacts, InternedStr, OperationKind};

/// What the operations of a route have in common.
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "metrics look at them"))]
pub(crate) struct RouteFacts<'a> {
    pub(crate) system: &'static str,
    pub(crate) kind: OperationKind,
    pub(crate) operation: &'static str,
    /// What stands in the span's name.
    pub(crate) destination: Option<&'a InternedStr>,
    pub(crate) is_template: bool,
    pub(crate) client: &'a ClientFacts,
}
