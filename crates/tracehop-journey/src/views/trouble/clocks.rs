//! Clocks that disagree.

use std::collections::HashMap;

use super::about::{Found, Words, counted};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};
use super::trouble_limits::TroubleLimits;
use crate::views::clock_skew::clock_skews;

pub(super) fn find(seen: &Seen<'_>, limits: &TroubleLimits) -> Vec<Trouble> {
    let skewed = || seen.handled.iter().filter(|message| message.hop.skew >= limits.skew_at_least);
    let skews = clock_skews(skewed().map(|message| message.hop), limits.skew_at_least);
    let mut pairs: HashMap<(&str, &str), Found> = HashMap::new();
    for message in skewed() {
        let pair = (&*message.hop.consumer, &*message.hop.producer);
        pairs.entry(pair).or_default().add(1, message.at, message.journey);
    }
    skews
        .iter()
        .filter_map(|skew| {
            let found = pairs.remove(&(&*skew.behind, &*skew.ahead))?;
            let words = Words {
                title: skew.to_string(),
                means: format!(
                    "{} by {} before {} sent it, as far as their clocks tell. Waits between the two are drawn too short, as zero at \
                     the shortest.",
                    counted(skew.count, "message was handled", "messages were handled"),
                    skew.behind,
                    skew.ahead
                ),
                advice: if skew.behind == skew.ahead {
                    format!("Look whether the machines of {} set their clocks by NTP or PTP.", skew.behind)
                } else {
                    format!(
                        "Look whether the machines of {} and {} set their clocks by NTP or PTP. If other services disagree with \
                         the same one, it is the wrong one.",
                        skew.behind, skew.ahead
                    )
                },
                about: skew.behind.clone(),
            };
            Some(found.trouble(TroubleKind::ClockSkew, words))
        })
        .collect()
}
