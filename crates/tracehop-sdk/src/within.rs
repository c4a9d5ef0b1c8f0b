use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// Runs something on a thread of its own, and waits for it so long and no longer. `None` if it takes longer, if it panics, or if
/// there is no thread for it. What takes longer is left behind.
pub(crate) fn within<T: Send + 'static>(
    time: Duration,
    run: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = sync_channel(1);
    let thread = thread::Builder::new().name("tracehop-shutdown".into());
    let _detached = thread.spawn(move || {
        let _waited_for = sender.send(run());
    });
    receiver.recv_timeout(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_in_time_comes_back_and_nothing_else_does() {
        assert_eq!(within(Duration::from_secs(20), || 7), Some(7));
        assert_eq!(within(Duration::from_secs(20), || std::panic::panic_any(7)), None::<i32>);
        let (_never, receiver) = sync_channel::<()>(0);
        assert_eq!(within(Duration::from_millis(5), move || receiver.recv()), None);
    }
}
