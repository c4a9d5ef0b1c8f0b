//! Futures that are dropped before they are done.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Polls a future at most so many times, and drops it. Gives its output if it was done by then, and else `None`.
///
/// Callers may drop the future of a send, of a receive or of a settlement at any point, for example because of a time-out. A
/// test calls this with 0, 1, 2 and so on, until it gives an output, and looks each time at what there is: a message, a span,
/// nothing. With 0 the future is dropped without a poll. After the last poll the future is dropped at once, whether or not
/// something would wake it.
///
/// # Cancel safety
///
/// If it is dropped, the future is dropped with it.
///
/// # Examples
///
/// ```
/// use tokio::task::yield_now;
/// use tracehop_testing::polled;
///
/// /// Waits twice, so the third poll is the last.
/// async fn price() -> u32 {
///     yield_now().await;
///     yield_now().await;
///     42
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert_eq!(polled(price(), 0).await, None);
/// assert_eq!(polled(price(), 2).await, None);
/// assert_eq!(polled(price(), 3).await, Some(42));
/// # }
/// ```
pub async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|task| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(task) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
