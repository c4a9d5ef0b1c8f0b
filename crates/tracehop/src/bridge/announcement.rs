//! What a layer is told while a span of `tracing` is made and entered for the first time.

use std::cell::RefCell;
use std::mem;

use opentelemetry::{KeyValue, Value};

use super::handling::Handling;

/// The attribute by which a layer's builder says whose span it wants. It is no key of an exported span.
const MARK: &str = "tracehop_bridge_span";

/// The number of a span that stands for nothing.
const NOTHING: u64 = 0;

/// The name of the span of `tracing`. A layer may make others meanwhile.
pub(super) const NAME: &str = "process";

/// That the span of `tracing` which is made now stands for the handling of a message. It holds for this thread, until it is
/// dropped.
///
/// A layer's `Tracer` sees a span twice: as a name when the span of `tracing` is made, where the builder is marked with a number,
/// and as a builder when OpenTelemetry's span is wanted, which is known again by that mark. Nothing of it stands in the fields of
/// the span, where people would read it in their logs, and nothing is kept in between.
pub(super) struct Announcement {
    number: u64,
    before: Option<Announced>,
}

struct Announced {
    bridge: u64,
    number: u64,
    handling: Handling,
    /// How many layers marked a builder.
    marked: usize,
    /// How many of them have asked for the span since.
    adopted: usize,
    /// What is made now only makes layers ask for the span, and is thrown away.
    asks: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Announced>> = const { RefCell::new(None) };
}

impl Announcement {
    /// Announces the span of a handling, which has this number.
    pub(super) fn of(bridge: u64, number: u64, handling: Handling) -> Self {
        let announced = Announced { bridge, number, handling, marked: 0, adopted: 0, asks: false };
        Self { number, before: replace(Some(announced)) }
    }

    /// If a layer has not asked for the span yet, `ask` makes another one, to make it ask.
    pub(super) fn settle(&self, ask: impl FnOnce()) {
        let is_open = |announced: &mut Announced| {
            announced.asks = announced.number == self.number && announced.marked > announced.adopted;
            announced.asks
        };
        if look(is_open).unwrap_or(false) {
            ask();
        }
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        let announced = replace(self.before.take());
        // Out of the place where it is looked for: this may be the last that holds a context.
        drop(announced);
    }
}

/// The mark for a builder of this name, if it is that of the span that is announced.
pub(super) fn mark(bridge: u64, name: &str) -> Option<KeyValue> {
    look(|announced| {
        let number = match (announced.bridge == bridge && name == NAME, announced.asks) {
            (false, _) => return None,
            (true, true) => NOTHING,
            (true, false) => {
                announced.marked += 1;
                announced.number
            }
        };
        Some(KeyValue::new(MARK, number.cast_signed()))
    })?
}

/// Takes the mark away from what a layer gathered. The number that it says.
pub(super) fn unmark(attributes: &mut Vec<KeyValue>) -> Option<u64> {
    let place = attributes.iter().position(|attribute| attribute.key.as_str() == MARK)?;
    match attributes.swap_remove(place).value {
        Value::I64(number) => Some(number.cast_unsigned()),
        _ => Some(NOTHING),
    }
}

/// The handling of this number, if it is announced here.
pub(super) fn adopt(bridge: u64, number: u64) -> Option<Handling> {
    look(|announced| {
        let is_it = announced.bridge == bridge && announced.number == number;
        is_it.then(|| {
            announced.adopted += 1;
            announced.handling.clone()
        })
    })?
}

fn look<T>(question: impl FnOnce(&mut Announced) -> T) -> Option<T> {
    // While a thread ends there is nothing to look at.
    let answer = CURRENT.try_with(|current| {
        let mut current = current.try_borrow_mut().ok()?;
        current.as_mut().map(question)
    });
    answer.ok().flatten()
}

fn replace(announced: Option<Announced>) -> Option<Announced> {
    let before = CURRENT.try_with(|current| {
        let mut current = current.try_borrow_mut().ok()?;
        mem::replace(&mut *current, announced)
    });
    before.ok().flatten()
}
