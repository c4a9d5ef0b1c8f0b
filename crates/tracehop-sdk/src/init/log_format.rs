use crate::InitError;
use crate::variables::Lookup;

const FORMAT: &str = "TRACEHOP_LOG_FORMAT";

/// How events are written on this machine, one on each line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// For people: time, level, target, message, fields, and `trace_id` and `span_id`.
    #[default]
    Text,
    /// For programs: an object with `timestamp`, `level`, `target`, `message`, `trace_id`, `span_id`, and `fields`, an object with
    /// all others.
    Json,
}

impl LogFormat {
    /// What the variable says.
    pub(super) fn of_variable(lookup: &Lookup) -> Result<Self, InitError> {
        match lookup.get(FORMAT).unwrap_or_default().to_ascii_lowercase().as_str() {
            "" | "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(InitError::new(FORMAT, "it is neither text nor json")),
        }
    }
}
