use std::any::Any;

use super::insight::Insight;
use super::rate_cap::{self, RateCap};

/// What is known of this sampler: nothing, if it is in a box or nobody's here.
pub(crate) fn insight_of(sampler: &dyn Any) -> Insight {
    match sampler.downcast_ref::<RateCap>() {
        Some(cap) => cap.insight(),
        None => rate_cap::insight_of_inner(sampler),
    }
}
