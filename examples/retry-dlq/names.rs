//! What tells the names of one run from those of another.

use std::time::{SystemTime, UNIX_EPOCH};

/// Short, so that a waterfall has room for names.
const LETTERS: usize = 4;

/// A suffix for topics, queues and subjects of this run: a broker may be shared, and an earlier run may have left something behind.
///
/// It is of the time, in letters: routing keys and subjects with a number look as if each order had one, and are then no part of a
/// span's name.
pub(crate) fn of_this_run() -> String {
    let mut time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let letter = || {
        let letter = char::from(b'a' + u8::try_from(time % 26).unwrap_or_default());
        time /= 26;
        letter
    };
    format!("-{}", std::iter::repeat_with(letter).take(LETTERS).collect::<String>())
}
