//! The command `tracehop view`, from its start to its end.

use std::pin::pin;
use std::process::ExitCode;

use super::shutdown::asked_to_end;
use super::view::View;
use super::view_args::ViewArgs;

impl ViewArgs {
    /// Runs until Ctrl-C, or until it is asked to end.
    pub fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return failed(&format!("the runtime does not start: {error}")),
        };
        let code = runtime.block_on(async {
            let mut asked = pin!(asked_to_end());
            let started = tokio::select! {
                started = View::start(self) => started,
                // What was kept may be much to read.
                () = asked.as_mut() => return ExitCode::SUCCESS,
            };
            match started {
                Ok(view) => {
                    asked.await;
                    view.end().await;
                    ExitCode::SUCCESS
                }
                Err(error) => failed(&error.to_string()),
            }
        });
        runtime.shutdown_background();
        code
    }
}

fn failed(why: &str) -> ExitCode {
    eprintln!("tracehop view: {why}");
    ExitCode::from(2)
}
