//! Journeys from the outside: spans go into the exporter, text and numbers come out.

mod bounds;
mod critical_path;
mod dependencies;
mod hops;
mod hostile;
mod joins;
mod providers;
mod scenarios;
mod table;
mod waterfall;
