//! The command `tracehop view`, from its start to its end.

use std::process::ExitCode;

use super::view::View;
use super::view_args::ViewArgs;

impl ViewArgs {
    /// Runs until Ctrl-C, or until it is asked to end.
    pub fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return failed(&format!("the runtime does not start: {error}")),
        };
        runtime.block_on(async {
            match View::start(self).await {
                Ok(view) => {
                    view.until_asked_to_end().await;
                    ExitCode::SUCCESS
                }
                Err(error) => failed(&error.to_string()),
            }
        })
    }
}

fn failed(why: &str) -> ExitCode {
    eprintln!("tracehop view: {why}");
    ExitCode::from(2)
}
