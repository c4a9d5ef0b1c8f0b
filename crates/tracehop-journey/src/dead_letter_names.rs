//! Destinations that hold dead letters, told by their names.

/// Words of a name that say so, in lower case.
const WORDS: [&str; 8] = ["dead", "deadletter", "deadletters", "dlq", "dlt", "dlx", "parked", "parking"];

/// Endings and parts of a name without separators that say so, in lower case.
const ENDINGS: [&str; 2] = ["dlq", "dlt"];
const PARTS: [&str; 1] = ["deadletter"];

/// Whether a destination holds dead letters, as far as its name tells: `orders.DLT`, `orders-dlq`, `dead.orders`,
/// `dead_letter_orders`, `parked.orders`.
///
/// ```
/// use tracehop_journey::is_dead_letters;
///
/// assert!(is_dead_letters("orders.DLT") && is_dead_letters("dead-letter-orders"));
/// assert!(!is_dead_letters("deadlines"));
/// ```
pub fn is_dead_letters(destination: &str) -> bool {
    let name = destination.to_ascii_lowercase();
    name.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.contains(&word))
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || PARTS.iter().any(|part| name.contains(part))
}

/// Whether a destination holds messages that are to be tried again, as far as its name tells: `orders.retry.1`.
pub(crate) fn is_retries(destination: &str) -> bool {
    let name = destination.to_ascii_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.any(|word| matches!(word, "retry" | "retries")) || name.ends_with("retry")
}
