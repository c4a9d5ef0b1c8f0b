//! One hop, closely.

mod heat;
mod hop_detail;
mod hop_query;
mod slow_message;
mod spread;

pub use heat::HeatCell;
pub use hop_detail::HopDetail;
pub use hop_query::HopQuery;
pub use slow_message::SlowMessage;
pub use spread::Spread;
