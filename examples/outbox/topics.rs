//! The names of the topics.

#[derive(Clone, Debug)]
pub(crate) struct Topics {
    pub(crate) orders: String,
    pub(crate) reminders: String,
    pub(crate) events: String,
}

impl Topics {
    /// Those that end with this.
    pub(crate) fn with(suffix: &str) -> Self {
        let name = |name| format!("{name}{suffix}");
        Self { orders: name("orders"), reminders: name("reminders"), events: name("events") }
    }

    /// Those that no other run has: on a cluster that others use too. They end with the number of the process, in letters; topics
    /// with a number look as if each order had one, and are then no part of a span's name.
    pub(crate) fn of_this_run() -> Self {
        let letter = |digit: char| char::from_u32(u32::from('a') + digit.to_digit(10)?);
        let letters: String = std::process::id().to_string().chars().filter_map(letter).collect();
        Self::with(&format!("-{letters}"))
    }

    /// Their names on the broker, behind those that stand in the code.
    pub(crate) fn named(&self) -> [(&'static str, &str); 3] {
        [("orders", &self.orders), ("reminders", &self.reminders), ("events", &self.events)]
    }

    pub(crate) fn all(&self) -> [&str; 3] {
        self.named().map(|(_, topic)| topic)
    }
}
