//! One measurement: the same work done in up to three ways.

use std::hint::black_box;

use opentelemetry::Context;

use crate::goals::Goal;
use crate::sides::Side;

/// Does its work so often. The loop is inside, so that calling it costs nothing.
pub type Work = Box<dyn FnMut(u64)>;

/// What is asked of each figure of a case.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Goals {
    pub(crate) time: Option<Goal>,
    /// Of Rust's allocations.
    pub(crate) allocations: Option<Goal>,
    pub(crate) instructions: &'static [Goal],
    /// Of all allocations, librdkafka's too.
    pub(crate) all_allocations: Option<Goal>,
}

pub(crate) struct Case {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    pub(crate) floor: Option<Work>,
    pub(crate) by_hand: Option<Work>,
    pub(crate) ours: Work,
    pub(crate) goals: Goals,
    /// Whether one time takes milliseconds: then a few times are enough to count.
    pub(crate) is_heavy: bool,
}

impl Case {
    pub(crate) fn side(&mut self, side: Side) -> Option<&mut Work> {
        match side {
            Side::Floor => self.floor.as_mut(),
            Side::ByHand => self.by_hand.as_mut(),
            Side::Ours => Some(&mut self.ours),
        }
    }

    pub(crate) fn has(&self, side: Side) -> bool {
        match side {
            Side::Floor => self.floor.is_some(),
            Side::ByHand => self.by_hand.is_some(),
            Side::Ours => true,
        }
    }

    pub(crate) fn run(&mut self, side: Side, times: u64) {
        if let Some(work) = self.side(side) {
            work(times);
        }
    }

    pub(crate) fn run_once(&mut self) {
        for side in Side::ALL {
            self.run(side, 1);
        }
    }
}

/// Work that repeats `f`. The result is looked at, so that the compiler cannot leave anything out.
pub(crate) fn work<T>(mut f: impl FnMut() -> T + 'static) -> Work {
    Box::new(move |times| {
        for _ in 0..times {
            black_box(&f());
        }
    })
}

/// [`work`] with `cx` active.
pub(crate) fn work_in<T>(cx: Context, f: impl FnMut() -> T + 'static) -> Work {
    let mut work = work(f);
    Box::new(move |times| {
        let _active = cx.clone().attach();
        work(times);
    })
}
