//! Minutes in which most tries are retries.

use std::collections::HashMap;
use std::time::SystemTime;

use super::about::{Found, Words};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};
use super::trouble_limits::TroubleLimits;
use crate::duration::elapsed;

#[derive(Clone, Copy, Default)]
struct Minute {
    tries: u64,
    retries: u64,
}

impl Minute {
    fn share(self) -> f64 {
        let number = |count: u64| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
        if self.tries == 0 { 0.0 } else { number(self.retries) / number(self.tries) }
    }

    fn is_storm(self, limits: &TroubleLimits) -> bool {
        self.tries >= limits.storm_tries && self.retries > 0 && self.share() >= limits.storm_share
    }
}

pub(super) fn find(seen: &Seen<'_>, limits: &TroubleLimits) -> Vec<Trouble> {
    let minute_of = |at: SystemTime| elapsed(SystemTime::UNIX_EPOCH, at).as_secs() / 60;
    let mut minutes: HashMap<(&str, &str, u64), Minute> = HashMap::new();
    for message in &seen.handled {
        let hop = message.hop;
        let minute = minutes.entry((&hop.system, &hop.destination, minute_of(message.at))).or_default();
        minute.tries += 1;
        minute.retries += u64::from(hop.attempt > 1);
    }
    minutes.retain(|_, minute| minute.is_storm(limits));
    let mut storms: HashMap<(&str, &str), (Found, Minute)> = HashMap::new();
    for message in seen.handled.iter().filter(|message| message.hop.attempt > 1) {
        let hop = message.hop;
        let Some(minute) = minutes.get(&(&hop.system, &hop.destination, minute_of(message.at))) else {
            continue;
        };
        let (found, worst) = storms.entry((&hop.system, &hop.destination)).or_default();
        found.add(1, message.at, message.journey);
        if (minute.share(), minute.tries) > (worst.share(), worst.tries) {
            *worst = *minute;
        }
    }
    let storms = storms.into_iter().map(|((_, destination), (found, worst))| {
        let words = Words {
            title: format!(
                "most of what {destination} delivers is tried again: {:.0} % of {} tries in the worst minute",
                worst.share() * 100.0,
                worst.tries
            ),
            about: destination.to_owned(),
            means: format!(
                "The consumers of {destination} work on old failures more than on new messages. What they call is probably down, \
                 and the retries add to its load."
            ),
            advice: "Look at the error of the retries and mend what they call. Wait longer before each further try, so that it \
                     can recover."
                .to_owned(),
        };
        found.trouble(TroubleKind::RetryStorm, words)
    });
    storms.collect()
}
