//! A report as a table, at most 100 columns wide.

use std::fmt;

use tracehop_journey::fit;

use super::report::{Finding, Report, Verdict};
use crate::duration_text::Exact;

/// Columns of the name of a level.
const LEVEL: usize = 42;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (level, what) = ("level", "what");
        writeln!(f, "{:<8} {level:<LEVEL$} {what:<13} {:>9} {:>10} {:>9}", "", "measured", "limit", "of")?;
        for finding in &self.findings {
            row(finding, f)?;
        }
        let holds = self.number_of(Verdict::Holds);
        write!(
            f,
            "{holds} of {} {}",
            self.findings.len(),
            if self.findings.len() == 1 { "limit holds" } else { "limits hold" }
        )?;
        for (verdict, text) in [(Verdict::Broken, "broken"), (Verdict::NotMeasured, "not measured")] {
            match self.number_of(verdict) {
                0 => {}
                number => write!(f, ", {number} {text}")?,
            }
        }
        let journeys = if self.journeys == 1 { "journey" } else { "journeys" };
        writeln!(f, ". Looked at {} {journeys} over {}.", self.journeys, Exact(self.window))?;
        if self.number_of(Verdict::NotMeasured) > 0 {
            writeln!(f, "Too few is no pass: look over a longer window, or ask for fewer with `at_least`.")?;
        }
        Ok(())
    }
}

fn row(finding: &Finding, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let verdict = match finding.verdict {
        Verdict::Holds => "holds",
        Verdict::Broken => "BROKEN",
        Verdict::NotMeasured => "TOO FEW",
    };
    let relation = if finding.is_a_promise() { '≥' } else { '≤' };
    let limit = format!("{relation} {}", finding.limit);
    let measured = finding.measured.map_or_else(|| "-".to_owned(), |amount| amount.to_string());
    let count = match finding.verdict {
        Verdict::NotMeasured => format!("{} < {}", finding.count, finding.at_least),
        Verdict::Holds | Verdict::Broken => finding.count.to_string(),
    };
    let (level, what) = (fit(&finding.level, LEVEL), fit(&finding.what, 13));
    let (measured, limit, count) = (fit(&measured, 9), fit(&limit, 10), fit(&count, 9));
    writeln!(f, "{verdict:<8} {level:<LEVEL$} {what:<13} {measured:>9} {limit:>10} {count:>9}")?;
    if finding.verdict == Verdict::Holds {
        return Ok(());
    }
    finding.shown_by.iter().try_for_each(|journey| writeln!(f, "{:<8} see journey {journey}", ""))
}
