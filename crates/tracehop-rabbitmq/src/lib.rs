//! The adapter to come.
