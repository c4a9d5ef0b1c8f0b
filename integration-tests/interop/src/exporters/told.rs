//! What is told of the rows.

use anyhow::ensure;

use super::row::Row;
use super::trial::Outcome;
use crate::missing::Missing;

/// A line for each row, in Markdown.
pub(crate) fn lines(tried: &[(Row, Outcome)]) -> String {
    let lines = tried.iter().map(|(row, outcome)| {
        let version = row.language.package(row.package).unwrap_or("unknown");
        let compression =
            if row.compression == "none" { String::new() } else { format!(" with {}", row.compression) };
        let protocol = row.protocol;
        format!(
            "- {}: `{}` {version}, `{protocol}`{compression}: {}\n",
            row.language.name(),
            row.package,
            result(outcome)
        )
    });
    lines.collect()
}

/// In a word or more: what is not `ok` is to be looked at.
pub(crate) fn result(outcome: &Outcome) -> String {
    let first = |why: &str| why.lines().next().unwrap_or_default().to_owned();
    match outcome {
        Outcome::Ok => "ok".to_owned(),
        Outcome::Failed(why) => format!("FAILED: {}", first(why)),
        Outcome::NotRun(Missing { why, .. }) => format!("NOT RUN: {}", first(why)),
    }
}

/// # Errors
///
/// A row failed, or, in CI, one could not be run although its language is installed.
pub(crate) fn judge(tried: &[(Row, Outcome)], is_ci: bool) -> anyhow::Result<()> {
    let count = |wanted: fn(&Outcome) -> bool| tried.iter().filter(|(_, outcome)| wanted(outcome)).count();
    let ok = count(|outcome| matches!(outcome, Outcome::Ok));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let faults = count(|outcome| matches!(outcome, Outcome::NotRun(Missing { is_absent: false, .. })));
    let not_run = tried.len() - ok - failed;
    println!("{ok} of {} exporters are ok, {failed} failed, {not_run} were not run", tried.len());
    ensure!(failed == 0, "exporters that failed: {failed}");
    ensure!(
        !is_ci || faults == 0,
        "CI=true, where every exporter must run whose language is installed; not run: {faults}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporters::rows;

    #[test]
    fn a_run_fails_if_an_exporter_failed() {
        let failed = || Outcome::Failed("no spans\nmore".to_owned());
        let absent = || Outcome::NotRun(Missing { why: "no Python".to_owned(), is_absent: true });
        let fault = || Outcome::NotRun(Missing { why: "no package".to_owned(), is_absent: false });
        let in_ci = "CI=true, where every exporter must run whose language is installed; not run: 1";
        for (outcome, elsewhere, ci) in [
            (Outcome::Ok, Ok(()), Ok(())),
            (failed(), Err("exporters that failed: 1"), Err("exporters that failed: 1")),
            (absent(), Ok(()), Ok(())),
            (fault(), Ok(()), Err(in_ci)),
        ] {
            let tried = [(rows()[0], outcome)];
            let judged = |is_ci| judge(&tried, is_ci).map_err(|error| error.to_string());
            assert_eq!(judged(false), elsewhere.map_err(str::to_owned), "{tried:?}");
            assert_eq!(judged(true), ci.map_err(str::to_owned), "{tried:?}");
        }
    }

    #[test]
    fn each_row_is_a_line() {
        let failed = Outcome::Failed("no spans\nmore".to_owned());
        let text = lines(&[(rows()[0], Outcome::Ok), (rows()[1], failed)]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("- Python: `opentelemetry-exporter-otlp-proto-grpc` 1."), "{text}");
        assert!(lines[0].ends_with(", `grpc`: ok"), "{text}");
        assert!(lines[1].ends_with(", `http/protobuf` with gzip: FAILED: no spans"), "{text}");
    }
}
