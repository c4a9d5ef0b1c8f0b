//! What a broker printed before it failed, as far as it tells why.

/// How many of the first complaints are told: what follows is often a consequence.
const COMPLAINTS: usize = 5;

/// How many of the last lines are told.
const LAST: usize = 15;

/// The lines that explain a failure, indented, to follow the reason in a message; nothing when there are none.
pub(crate) fn told(lines: &[String]) -> String {
    let (before, last) = lines.split_at(lines.len().saturating_sub(LAST));
    // A broker that shuts down in good order has much to say after its complaint.
    let complaints = before.iter().filter(|line| is_complaint(line)).take(COMPLAINTS);
    let told: Vec<&str> = complaints.chain(last).map(|line| line.trim_end()).collect();
    if told.is_empty() {
        return String::new();
    }
    format!("; it printed last:\n  {}", told.join("\n  "))
}

fn is_complaint(line: &str) -> bool {
    let line = line.to_lowercase();
    ["error", "exception", "fatal", "in use"].iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_complaint_is_told_before_the_last_words() {
        let mut lines = vec!["starting".to_owned(), "KafkaException: Address already in use".to_owned()];
        lines.extend((0..30).map(|number| format!("shutting down {number}")));
        let told = told(&lines);
        let expected = "; it printed last:\n  KafkaException: Address already in use\n  shutting down 15\n";
        assert!(told.starts_with(expected), "{told}");
        assert!(told.ends_with("\n  shutting down 29"), "{told}");
    }

    #[test]
    fn silence_is_not_told() {
        assert_eq!(told(&[]), "");
    }
}
