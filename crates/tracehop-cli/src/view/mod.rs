//! `tracehop view`: the entrance, the store, the page and the demo, started and ended together.

mod announced;
mod read_back;
mod restore;
mod run;
mod shutdown;
mod store_sink;
mod view;
mod view_args;
mod view_error;

pub use view::View;
pub use view_args::ViewArgs;
pub use view_error::ViewError;
