//! What a layer is told while a span of `tracing` is made and entered for the first time.

use std::cell::RefCell;
use std::mem;

use opentelemetry::{Context, KeyValue, Value};

use super::handling::Handling;
use super::layer_kind::Seen;

/// The attribute by which a layer's builder says whose span it wants. It is no key of an exported span.
const MARK: &str = "tracehop_bridge_span";

/// The number of a span that stands for nothing, and is thrown away.
const NOTHING: u64 = 0;

/// The name of the span of `tracing`.
pub(super) const NAME: &str = "process";

/// The name of one that is thrown away.
pub(super) const QUESTION: &str = "bridge";

/// What the span of `tracing` which is made now stands for. It holds for this thread, until it is dropped.
///
/// A layer's `Tracer` sees a span twice: as a name when the span of `tracing` is made, where the builder is marked with a number,
/// and as a builder when OpenTelemetry's span is wanted, which is known again by that mark. Nothing of it stands in the fields of
/// the span, where people would read it in their logs, and nothing is kept in between.
pub(super) struct Announcement {
    before: Option<Announced>,
}

struct Announced {
    bridge: u64,
    number: u64,
    /// `None` if the span stands for nothing.
    handling: Option<Handling>,
    /// How many layers marked a builder.
    marked: usize,
    /// How many of them have asked for the span since.
    asked: usize,
    /// From now on marks are those of a span that stands for nothing.
    is_settling: bool,
    /// The context in which a layer asked for a span that stands for nothing.
    parent: Option<Context>,
}

thread_local! {
    static CURRENT: RefCell<Option<Announced>> = const { RefCell::new(None) };
}

impl Announcement {
    /// Announces the span of a handling, which has this number.
    pub(super) fn of(bridge: u64, number: u64, handling: Handling) -> Self {
        Self::announce(bridge, number, Some(handling))
    }

    /// Announces a span that is thrown away. It shows what layers make of a span.
    pub(super) fn of_nothing(bridge: u64) -> Self {
        Self::announce(bridge, NOTHING, None)
    }

    fn announce(bridge: u64, number: u64, handling: Option<Handling>) -> Self {
        let announced =
            Announced { bridge, number, handling, marked: 0, asked: 0, is_settling: false, parent: None };
        Self { before: replace(Some(announced)) }
    }

    /// What layers did, when the span was made and entered.
    #[expect(clippy::unused_self, reason = "while it lives it is what is current")]
    pub(super) fn seen(&self) -> Seen {
        let seen = look(|announced| match announced.marked {
            0 => Seen::Nothing,
            marked if announced.asked >= marked => Seen::Activates,
            _ => Seen::IsSilent,
        });
        seen.unwrap_or(Seen::Nothing)
    }

    /// Makes layers ask for the span that have not asked yet: for that `make_child` makes one that stands for nothing.
    #[expect(clippy::unused_self, reason = "while it lives it is what is current")]
    pub(super) fn settle(&self, make_child: impl FnOnce()) {
        look(|announced| announced.is_settling = true);
        make_child();
    }

    /// The context in which a layer asked for a span that stands for nothing: that of its parent.
    #[expect(clippy::unused_self, reason = "while it lives it is what is current")]
    pub(super) fn parent(&self) -> Option<Context> {
        look(|announced| announced.parent.take())?
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
        let stands_for_nothing = announced.is_settling || announced.handling.is_none();
        // A layer may make other spans meanwhile.
        if announced.bridge != bridge || name != if stands_for_nothing { QUESTION } else { NAME } {
            return None;
        }
        let number = if announced.is_settling {
            NOTHING
        } else {
            announced.marked += 1;
            announced.number
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

/// The handling of this number, if it is announced here. `parent` is the context in which a layer asks for its span.
pub(super) fn ask(bridge: u64, number: u64, parent: &Context) -> Option<Handling> {
    look(|announced| {
        if announced.bridge != bridge || announced.number != number {
            return None;
        }
        announced.asked += 1;
        if announced.handling.is_none() {
            announced.parent = Some(parent.clone());
        }
        announced.handling.clone()
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
