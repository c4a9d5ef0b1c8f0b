//! What is measured and limited.

use std::fmt;
use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use tracehop_journey::Human;

/// What is measured, and what it is measured against.
///
/// In JSON it is `{"value": 500000000, "unit": "ns"}`; the units are `ns`, `share` (0 to 1) and `count`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// A duration.
    Length(Duration),
    /// A share of a whole, from 0 to 1.
    Share(f64),
    /// A number of things.
    Count(u64),
}

/// Three significant digits.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(length) => write!(f, "{}", Human(*length)),
            Self::Share(share) => f.write_str(&percent(*share)),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

/// A share in percent, with at most three digits after the point: a share must not look like its limit if it is above it.
fn percent(share: f64) -> String {
    let text = format!("{:.3}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Amount", 2)?;
        match self {
            Self::Length(length) => {
                fields.serialize_field("value", &u64::try_from(length.as_nanos()).unwrap_or(u64::MAX))?;
                fields.serialize_field("unit", "ns")?;
            }
            Self::Share(share) => {
                fields.serialize_field("value", share)?;
                fields.serialize_field("unit", "share")?;
            }
            Self::Count(count) => {
                fields.serialize_field("value", count)?;
                fields.serialize_field("unit", "count")?;
            }
        }
        fields.end()
    }
}
