//! `tracehop export` and `tracehop import`: one journey as a file to attach to a bug report, and back.

mod export_args;
mod exported;
mod html;
mod import_args;
mod imported;
mod spans_left;

pub use export_args::ExportArgs;
pub use exported::Exported;
pub use import_args::ImportArgs;
