//! Results of handlers that a span can read success or failure from.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::convert::Infallible;
use std::fmt::Display;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::Failure;

/// What a handler returns: a result that a span can read success or failure from.
///
/// Implemented for `()`, which is success, and for `Result<T, E>` with any `E` that can be displayed (anyhow's and thiserror's
/// errors, strings, boxed errors) and any `T` that is an [`OkValue`]. A result inside a result counts too: the handler has
/// failed if any level is an error. So a timeout or a task may stand around the handler.
///
/// ```
/// use tracehop::Outcome;
///
/// // As `process(timeout(limit, handler))` and `process(tokio::spawn(handler))` return it.
/// let in_time: Result<Result<(), String>, std::fmt::Error> = Ok(Err("card declined".into()));
/// assert!(in_time.failure().is_some());
/// ```
#[diagnostic::on_unimplemented(
    message = "a span cannot tell whether `{Self}` is success or failure",
    label = "the handler returns this",
    note = "return `()` or a `Result<T, E>` whose error implements `Display`",
    note = "an `Option`, a `bool` or an enum says nothing of success: make a `Result` of it, for example with `.ok_or(..)`",
    note = "or implement `tracehop::Outcome` for a type of your own"
)]
pub trait Outcome {
    /// The failure, if it is one.
    fn failure(&self) -> Option<Failure<'_>>;
}

impl Outcome for () {
    fn failure(&self) -> Option<Failure<'_>> {
        None
    }
}

impl<T: OkValue, E: Display + 'static> Outcome for Result<T, E> {
    #[inline]
    fn failure(&self) -> Option<Failure<'_>> {
        match self {
            Ok(value) => value.inner_failure(),
            Err(error) => Some(Failure::of(error)),
        }
    }
}

/// What may stand in the `Ok` of a handler's result.
///
/// Implemented for what the standard library has: `()`, numbers, strings, collections, `Option`, tuples, pointers; and for
/// `Result` itself, which may be an error. For a type of your own one line is enough. A type of somebody else's, for example a
/// client's confirmation, can be dropped (`.map(drop)`) or put into a tuple (`.map(|it| (it,))`).
///
/// ```
/// use tracehop::{OkValue, Outcome};
///
/// struct Receipt;
/// impl OkValue for Receipt {}
///
/// assert!(Ok::<_, String>(Receipt).failure().is_none());
/// ```
#[diagnostic::on_unimplemented(
    message = "a span cannot tell whether `{Self}` inside of `Ok` is itself a failure",
    label = "the handler returns `Ok` of this",
    note = "if the type is yours, write `impl tracehop::OkValue for {Self} {{}}`",
    note = "if it is not, drop the value: `.map(drop)`, or put it into a tuple: `.map(|value| (value,))`",
    note = "if it is a `Result`, its error must implement `Display`"
)]
pub trait OkValue {
    /// Whether it may be a failure itself.
    const IS_RESULT: bool = false;

    /// The failure, if it is one. The default: it is none. A type for which it may be one sets [`IS_RESULT`](Self::IS_RESULT)
    /// too, so that no [`process_or`](crate::Received::process_or) passes over it.
    fn inner_failure(&self) -> Option<Failure<'_>> {
        None
    }
}

impl<T: OkValue, E: Display + 'static> OkValue for Result<T, E> {
    const IS_RESULT: bool = true;

    #[inline]
    fn inner_failure(&self) -> Option<Failure<'_>> {
        self.failure()
    }
}

macro_rules! ok_values {
    ($($type:ty),* $(,)?) => { $(impl OkValue for $type {})* };
}

ok_values!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    str,
    String,
    Duration,
    Instant,
    SystemTime,
    Infallible,
);

macro_rules! ok_containers {
    ($($($type:ident)::+ <$($parameter:ident),*>),* $(,)?) => {
        $(impl<$($parameter),*> OkValue for $($type)::+<$($parameter),*> {})*
    };
}

ok_containers!(
    Option<T>, Vec<T>, VecDeque<T>, LinkedList<T>, BinaryHeap<T>, BTreeSet<T>, BTreeMap<K, V>, HashSet<T, S>,
    HashMap<K, V, S>, ControlFlow<B, C>,
);

impl<T: ?Sized> OkValue for Box<T> {}
impl<T: ?Sized> OkValue for Rc<T> {}
impl<T: ?Sized> OkValue for Arc<T> {}
impl<T: ?Sized> OkValue for &T {}
impl<T: ?Sized> OkValue for &mut T {}
impl<T: ToOwned + ?Sized> OkValue for Cow<'_, T> {}
impl<T> OkValue for [T] {}
impl<T, const N: usize> OkValue for [T; N] {}
impl<A> OkValue for (A,) {}
impl<A, B> OkValue for (A, B) {}
impl<A, B, C> OkValue for (A, B, C) {}
impl<A, B, C, D> OkValue for (A, B, C, D) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::ErrorNames;

    fn check(outcome: &impl Outcome, expected: Option<&str>) {
        let failure = outcome.failure().map(|failure| failure.description());
        assert_eq!(failure.as_deref(), expected);
    }

    type Declined = Result<(), String>;

    #[test]
    fn a_result_has_failed_if_any_of_its_levels_has() {
        let declined = || Declined::Err("card declined".into());
        check(&(), None);
        check(&Declined::Ok(()), None);
        check(&declined(), Some("card declined"));
        check(&Ok::<_, &str>(declined()), Some("card declined"));
        check(&Ok::<_, &str>(Declined::Ok(())), None);
        check(&Err::<Declined, _>("too late"), Some("too late"));
        check(&Ok::<_, &str>(Ok::<_, &str>(declined())), Some("card declined"));
        check(&Ok::<_, &str>(Err::<Declined, _>("panicked")), Some("panicked"));
    }

    #[test]
    fn a_value_is_no_failure_whatever_it_holds() {
        check(&Ok::<_, &str>(7), None);
        check(&Ok::<_, &str>(None::<u8>), None);
        check(&Ok::<_, &str>(false), None);
        check(&Ok::<_, &str>(vec![Declined::Err("one of several".into())]), None);
    }

    #[test]
    fn the_error_that_counts_is_named_by_its_own_type() {
        let inner = Ok::<_, String>(Err::<(), _>(std::fmt::Error));
        let failure = inner.failure().unwrap();
        assert_eq!(failure.error_type(&ErrorNames::none()), "core::fmt::Error");
    }
}
