//! The change of a number.

use maud::{Markup, html};

/// More, less or the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// There was nothing before.
    New,
    Same,
    /// By how many per cent, and in which direction.
    More(String),
    Less(String),
}

impl Change {
    pub(super) fn of(before: f64, now: f64) -> Self {
        if before <= 0.0 {
            return if now > 0.0 { Self::New } else { Self::Same };
        }
        let percent = (now - before) * 100.0 / before;
        match percent {
            percent if percent.abs() < 1.0 => Self::Same,
            percent if percent >= 100.0 => Self::More(format!("× {:.1}", now / before)),
            percent if percent > 0.0 => Self::More(format!("+ {percent:.0} %")),
            percent => Self::Less(format!("− {:.0} %", percent.abs())),
        }
    }

    /// Less is better for everything but a rate, about which nothing is said.
    pub(super) fn mark(&self, is_worse: bool) -> Markup {
        match self {
            Self::New => html! { span.soft { "new" } },
            Self::Same => html! { span.soft { "=" } },
            Self::More(text) => html! { span.bad[is_worse] { "▴ " (text) } },
            Self::Less(text) => html! { span.soft { "▾ " (text) } },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_in_per_cent_or_in_times() {
        let rows = [
            (0.0, 0.0, Change::Same),
            (0.0, 3.0, Change::New),
            (100.0, 100.4, Change::Same),
            (100.0, 134.0, Change::More("+ 34 %".to_owned())),
            (100.0, 250.0, Change::More("× 2.5".to_owned())),
            (100.0, 40.0, Change::Less("− 60 %".to_owned())),
            (100.0, 0.0, Change::Less("− 100 %".to_owned())),
        ];
        for (before, now, expected) in rows {
            assert_eq!(Change::of(before, now), expected, "{before} → {now}");
        }
    }
}
