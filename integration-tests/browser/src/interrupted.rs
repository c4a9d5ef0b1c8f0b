//! Somebody wants this process to end.

use std::process::ExitCode;

/// Runs a program to its end, or until it is asked to end: then what is left of it is dropped, and with it the programs that it
/// started. An error is told after `name`.
pub async fn until_interrupted(name: &str, run: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    let ended = tokio::select! {
        ended = run => ended,
        () = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns when this process is asked to end: by Ctrl-C, or by `kill`.
#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // It ends without its last words then.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Returns when this process is asked to end, by Ctrl-C.
#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
