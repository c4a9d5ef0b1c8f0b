//! What every recorder of spans can do, written once.

/// Gives a recorder its ways to wait and its assertions. It has a field `store`, and the methods `arrived`, which counts
/// spans, `finished`, `tree`, and `seen`, which says what there is when a deadline passes.
macro_rules! recorder_methods {
    ($recorder:ident, $span:ty, $verb:literal) => {
        /// To wait.
        impl $recorder {
            #[doc = concat!("Waits until `count` spans have ", $verb, ", and returns all that have, in the order in which they")]
            /// started. There may be more than `count`.
            ///
            /// It needs tokio's timer. It sleeps until something changes and does not poll.
            ///
            /// # Panics
            ///
            #[doc = concat!("Panics if `deadline` passes first. The message shows the spans that have ", $verb, " until then.")]
            ///
            /// # Cancel safety
            ///
            /// Nothing is lost if it is dropped.
            #[track_caller]
            pub fn wait_for(
                &self,
                count: usize,
                deadline: std::time::Duration,
            ) -> impl Future<Output = Vec<$span>> + Send + use<> {
                let (caller, this) = (std::panic::Location::caller(), self.clone());
                async move {
                    let enough = this.store.wait(deadline, || this.arrived() >= count).await;
                    assert!(enough, "{caller}: waited {deadline:?} for {count} spans; {}", this.seen());
                    this.finished()
                }
            }

            /// [`wait_for`](Self::wait_for) for tests without a runtime. It blocks the thread.
            ///
            /// # Panics
            ///
            /// Panics if `deadline` passes first, as [`wait_for`](Self::wait_for) does.
            #[track_caller]
            pub fn wait_for_blocking(&self, count: usize, deadline: std::time::Duration) -> Vec<$span> {
                let caller = std::panic::Location::caller();
                let enough = self.store.wait_blocking(deadline, || self.arrived() >= count);
                assert!(enough, "{caller}: waited {deadline:?} for {count} spans; {}", self.seen());
                self.finished()
            }

            /// Waits until `is_so` is true of this recorder. It is asked at once, and again after each change; no lock is
            /// held meanwhile.
            ///
            /// It needs tokio's timer. It sleeps until something changes and does not poll.
            ///
            /// # Panics
            ///
            /// Panics if `deadline` passes first. The message shows what was recorded until then.
            ///
            /// # Cancel safety
            ///
            /// Nothing is lost if it is dropped.
            #[track_caller]
            pub fn wait_until<F: FnMut(&Self) -> bool>(
                &self,
                mut is_so: F,
                deadline: std::time::Duration,
            ) -> impl Future<Output = ()> + use<F> {
                let (caller, this) = (std::panic::Location::caller(), self.clone());
                async move {
                    let in_time = this.store.wait(deadline, || is_so(&this)).await;
                    assert!(in_time, "{caller}: waited {deadline:?} for a condition; {}", this.seen());
                }
            }

            /// [`wait_until`](Self::wait_until) for tests without a runtime. It blocks the thread.
            ///
            /// # Panics
            ///
            /// Panics if `deadline` passes first, as [`wait_until`](Self::wait_until) does.
            #[track_caller]
            pub fn wait_until_blocking(
                &self,
                mut is_so: impl FnMut(&Self) -> bool,
                deadline: std::time::Duration,
            ) {
                let caller = std::panic::Location::caller();
                let in_time = self.store.wait_blocking(deadline, || is_so(self));
                assert!(in_time, "{caller}: waited {deadline:?} for a condition; {}", self.seen());
            }
        }

        /// Assertions.
        impl $recorder {
            #[doc = concat!("Asserts that the spans that have ", $verb, " are `expected`, as [`TraceTree`](crate::TraceTree) writes them.")]
            ///
            /// Common indentation, blank lines, and how many spaces stand between two columns do not matter.
            ///
            /// # Panics
            ///
            /// Panics if they are not `expected`. The message shows both as one text, with marks at the lines that differ,
            /// and which spans were recorded but not asked for.
            #[track_caller]
            pub fn assert_tree(&self, expected: &str) {
                self.tree().assert(expected);
            }

            /// Asserts that every parent was recorded, except those that are marked as parents in another process.
            ///
            /// # Panics
            ///
            /// As [`TraceTree::assert_no_orphans`](crate::TraceTree::assert_no_orphans).
            #[track_caller]
            pub fn assert_no_orphans(&self) {
                self.tree().assert_no_orphans();
            }

            /// Asserts that every CONSUMER span leads to the span that sent its message, which was recorded too.
            ///
            /// # Panics
            ///
            /// As [`TraceTree::assert_every_message_linked`](crate::TraceTree::assert_every_message_linked).
            #[track_caller]
            pub fn assert_every_message_linked(&self) {
                self.tree().assert_every_message_linked();
            }

            /// Asserts that all spans are of one trace.
            ///
            /// # Panics
            ///
            /// As [`TraceTree::assert_one_trace`](crate::TraceTree::assert_one_trace).
            #[track_caller]
            pub fn assert_one_trace(&self) {
                self.tree().assert_one_trace();
            }

            /// Asserts that a message went this way: a span sent it, and a CONSUMER span leads to that one.
            ///
            /// # Panics
            ///
            /// As [`TraceTree::assert_hop`](crate::TraceTree::assert_hop).
            #[track_caller]
            pub fn assert_hop(&self, hop: &crate::Hop) {
                self.tree().assert_hop(hop);
            }
        }
    };
}

pub(crate) use recorder_methods;
