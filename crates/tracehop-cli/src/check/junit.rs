//! A report as `JUnit` XML, as CI servers show it.

use std::borrow::Cow;
use std::time::SystemTime;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::report::{Finding, Report, Verdict};

impl Report {
    /// The report in XML as `JUnit` writes it: one test case for each limit, a failure for each that does not hold.
    ///
    /// # Errors
    ///
    /// Those of the XML writer. No report is known that has them.
    pub fn to_junit(&self) -> Result<String, String> {
        let mut report = quick_junit::Report::new("tracehop check");
        let checked = self.checked.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        for level in self.findings.chunk_by(|one, next| one.level == next.level && one.kind == next.kind) {
            let Some(name) = level.first().map(|finding| finding.level.as_str()) else { continue };
            let mut suite = TestSuite::new(&*allowed(name));
            suite.add_property(("checked_unix_seconds", checked.as_secs().to_string().as_str()));
            suite.add_test_cases(level.iter().map(test_case));
            report.add_test_suite(suite);
        }
        report.to_string().map_err(|error| error.to_string())
    }
}

fn test_case(finding: &Finding) -> TestCase {
    let status = match finding.verdict {
        Verdict::Holds => TestCaseStatus::success(),
        Verdict::Broken | Verdict::NotMeasured => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let kind = if finding.verdict == Verdict::Broken { "broken" } else { "not measured" };
            status.set_type(kind).set_message(&*allowed(&finding.sentence()));
            let journeys = finding.shown_by.iter().map(|journey| format!("see journey {journey}\n"));
            status.set_description(journeys.collect::<String>());
            status
        }
    };
    let mut case = TestCase::new(finding.what.as_str(), status);
    case.set_classname(&*allowed(&finding.level));
    case
}

/// The writer leaves out control characters, but not these two, which no XML may hold.
fn allowed(text: &str) -> Cow<'_, str> {
    const NO_XML: [char; 2] = ['\u{fffe}', '\u{ffff}'];
    if text.contains(NO_XML) { text.replace(NO_XML, "\u{fffd}").into() } else { text.into() }
}
