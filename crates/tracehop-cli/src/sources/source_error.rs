//! Why a source gave nothing.

use std::fmt;
use std::io;

use tracehop_journey::query::QueryError;

use super::picked::Picked;

/// Why a source gave nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// Nothing answers there, or not in time.
    Unreachable {
        /// What it is and where, such as `Jaeger at http://localhost:16686`.
        who: String,
        /// What happened.
        why: String,
        /// What may be wrong.
        hint: &'static str,
    },
    /// It is there, but gives no whole answer that can be taken.
    BadAnswer {
        /// What it is and where.
        who: String,
        /// What happened.
        why: String,
    },
    /// It answers, but not with spans.
    Status {
        /// What it is and where.
        who: String,
        /// The HTTP status.
        status: u16,
        /// What may be wrong.
        hint: String,
    },
    /// What it answers cannot be read.
    Unreadable {
        /// What it is and where.
        who: String,
        /// What is wrong with it.
        why: String,
    },
    /// It has no such trace or journey.
    NotFound {
        /// What it is and where.
        who: String,
        /// What was asked for.
        picked: Picked,
    },
    /// The file cannot be read.
    File {
        /// Its path.
        path: String,
        /// What happened.
        why: io::Error,
    },
}

impl SourceError {
    pub(super) fn of_query(who: &str, picked: impl Into<Picked>, error: QueryError) -> Self {
        match error {
            QueryError::NotFound => Self::NotFound { who: who.to_owned(), picked: picked.into() },
            error => Self::Unreadable { who: who.to_owned(), why: error.to_string() },
        }
    }

    /// Whether the source works, and only what was asked for is missing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { who, why, hint } => write!(f, "{who} cannot be reached: {why}. {hint}"),
            Self::BadAnswer { who, why } => write!(f, "{who} was reached, but {why}"),
            Self::Status { who, status, hint } => write!(f, "{who} answers with status {status}. {hint}"),
            Self::Unreadable { who, why } => write!(f, "{who}: {why}"),
            Self::NotFound { who, picked } => write!(f, "{who} has no {picked}"),
            Self::File { path, why } => write!(f, "{path} cannot be read: {why}"),
        }
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { why, .. } => Some(why),
            _ => None,
        }
    }
}
