//! Runs a future on this thread, until it is ready or its time is up.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::deadline::Deadline;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls `future` on this thread until it is ready. `None` if it was not by the deadline: then it is dropped.
///
/// The deadline is asked for whenever the thread is unparked, and may become sooner meanwhile. A future that blocks in its
/// `poll` is not interrupted.
pub(super) fn block_on_until<F: Future>(future: F, deadline: impl Fn() -> Deadline) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        match deadline().remaining() {
            Some(time) if time.is_zero() => return None,
            Some(time) => thread::park_timeout(time),
            None => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, poll_fn, ready};
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_ready_comes_back_however_late_it_is() {
        assert_eq!(block_on_until(ready(7), || Deadline::after(Duration::ZERO)), Some(7));
    }

    #[test]
    fn what_never_is_ready_is_given_up() {
        let deadline = Deadline::after(Duration::from_millis(5));
        assert_eq!(block_on_until(pending::<()>(), || deadline), None);
    }

    #[test]
    fn a_waker_of_another_thread_wakes_it() {
        let (sender, receiver) = std::sync::mpsc::channel::<Waker>();
        let waking = thread::spawn(move || receiver.recv().unwrap().wake());
        let polls = Cell::new(0);
        let future = poll_fn(|context| {
            polls.set(polls.get() + 1);
            if polls.get() > 1 {
                return Poll::Ready(());
            }
            sender.send(context.waker().clone()).unwrap();
            Poll::Pending
        });
        assert_eq!(block_on_until(future, || Deadline::NEVER), Some(()));
        waking.join().unwrap();
    }

    #[test]
    fn a_deadline_may_become_sooner_while_it_waits() {
        let thread = thread::current();
        let asked = Cell::new(0);
        let deadline = || {
            asked.set(asked.get() + 1);
            thread.unpark();
            if asked.get() < 3 { Deadline::NEVER } else { Deadline::after(Duration::ZERO) }
        };
        assert_eq!(block_on_until(pending::<()>(), deadline), None);
        assert_eq!(asked.get(), 3);
    }
}
