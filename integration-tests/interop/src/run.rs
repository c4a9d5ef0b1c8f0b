//! The whole run.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use anyhow::ensure;
use broker_table::set;

use crate::arguments::Arguments;
use crate::install::install;
use crate::language::Language;
use crate::missing::Missing;
use crate::ours::address;
use crate::outcome::Outcome;
use crate::row::Row;
use crate::rows::rows;
use crate::{exporters, readme, report, trial, versions};

/// A language's peers: where they are, or why they are not there.
type Installed = Result<PathBuf, Missing>;

/// Installs what is missing, tries every row that is asked for, and prints the table.
///
/// # Errors
///
/// A row failed, none was run, or, with `CI=true`, one could not be run although its language is installed.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let rows: Vec<Row> = rows().into_iter().filter(|row| arguments.selects(&row.name())).collect();
    let of_exporters: Vec<exporters::Row> =
        exporters::rows().into_iter().filter(|row| arguments.selects(&row.name())).collect();
    ensure!(
        !rows.is_empty() || !of_exporters.is_empty(),
        "no row has {:?} in its name",
        arguments.only.as_deref().unwrap_or_default()
    );
    let mut installed: Vec<(Language, Installed)> = Vec::new();
    for language in Language::ALL {
        let sends = of_exporters.iter().any(|row| row.language == language);
        if sends || rows.iter().any(|row| row.library.language() == language) {
            let peers = peers(language).await;
            if let Err(missing) = &peers {
                eprintln!("{}", loud(language, missing));
            }
            installed.push((language, peers));
        }
    }
    let is_ci = set("CI").is_some_and(|ci| ci == "true");
    let sent = send_to_the_viewer(of_exporters, &installed).await;
    if rows.is_empty() {
        return exporters::judge(&sent, is_ci);
    }
    let tried = try_hops(rows, &installed).await;
    println!("\n{}", report::text(&tried));
    if arguments.write {
        let mut text = report::markdown(&tried);
        let _ = writeln!(
            text,
            "\nExporters that `tracehop view` is sent spans by:\n\n{}",
            exporters::lines(&sent)
        );
        let today = httpdate::fmt_http_date(SystemTime::now());
        let _ = writeln!(text, "Tried on {}, with\n", today.get(..16).unwrap_or(&today));
        for [what, which] in versions::versions().await {
            let _ = writeln!(text, "- {what}: {which}");
        }
        readme::write(&text)?;
    }
    exporters::judge(&sent, is_ci).and(judge(&tried, is_ci))
}

async fn try_hops(rows: Vec<Row>, installed: &[(Language, Installed)]) -> Vec<(Row, Outcome)> {
    let mut tried = Vec::new();
    for (number, row) in rows.into_iter().enumerate() {
        let started = Instant::now();
        let outcome = outcome(&row, number, installed).await;
        let result = outcome.result(&row);
        println!("{} ({:.1} s): {result}", row.name(), started.elapsed().as_secs_f64());
        if let Outcome::Failed(why) = &outcome
            && let Some((_, more)) = why.split_once('\n')
        {
            eprintln!("{more}");
        }
        tried.push((row, outcome));
    }
    tried
}

async fn send_to_the_viewer(
    rows: Vec<exporters::Row>,
    installed: &[(Language, Installed)],
) -> Vec<(exporters::Row, exporters::Outcome)> {
    let mut tried = Vec::new();
    for row in rows {
        let started = Instant::now();
        let outcome = match found(installed, row.language) {
            Ok(folder) => exporters::run(&row, &folder).await,
            Err(missing) => exporters::Outcome::NotRun(missing),
        };
        println!(
            "{} ({:.1} s): {}",
            row.name(),
            started.elapsed().as_secs_f64(),
            exporters::result(&outcome)
        );
        if let exporters::Outcome::Failed(why) = &outcome {
            eprintln!("{why}");
        }
        tried.push((row, outcome));
    }
    tried
}

fn found(installed: &[(Language, Installed)], wanted: Language) -> Installed {
    let of_language = installed.iter().find(|(language, _)| *language == wanted);
    of_language.map_or_else(
        || Err(Missing { why: "its language was not looked for".to_owned(), is_absent: false }),
        |(_, installed)| installed.clone(),
    )
}

async fn peers(language: Language) -> Installed {
    language.version().await?;
    install(language).await.map_err(|error| Missing::fault(&error))
}

/// What must not be overlooked among all that is printed.
fn loud(language: Language, missing: &Missing) -> String {
    let edge = "#".repeat(76);
    let Missing { why, .. } = missing;
    let name = language.name().to_uppercase();
    let needs = language.needs();
    format!(
        "{edge}\n# NO PEERS IN {name}: {why}\n# Install {needs}; packages come from its registry.\n{edge}"
    )
}

async fn outcome(row: &Row, number: usize, installed: &[(Language, Installed)]) -> Outcome {
    if let Err(error) = address(row.library.broker()) {
        return Outcome::NotRun(Missing::fault(&error));
    }
    match found(installed, row.library.language()) {
        Ok(folder) => match trial::run(row, number, &folder).await {
            Ok(seen) => Outcome::Made(seen),
            Err(error) => Outcome::Failed(format!("{error:#}")),
        },
        Err(missing) => Outcome::NotRun(missing),
    }
}

fn judge(tried: &[(Row, Outcome)], is_ci: bool) -> anyhow::Result<()> {
    let count = |wanted: &dyn Fn(&Row, &Outcome) -> bool| {
        tried.iter().filter(|(row, outcome)| wanted(row, outcome)).count()
    };
    let ok = count(&|row, outcome| outcome.is_ok(row));
    let not_run = count(&|_, outcome| matches!(outcome, Outcome::NotRun(_)));
    let faults = count(&|_, outcome| matches!(outcome, Outcome::NotRun(Missing { is_absent: false, .. })));
    let failed = tried.len() - ok - not_run;
    println!("{ok} of {} rows are ok, {failed} failed, {not_run} were not run", tried.len());
    ensure!(failed == 0, "rows that failed: {failed}");
    ensure!(ok > 0, "no row was run");
    ensure!(
        !is_ci || faults == 0,
        "CI=true, where every row must run whose language is installed; not run: {faults}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seen::Fact;

    /// These outcomes of one row, judged.
    fn judged(outcomes: Vec<Outcome>, is_ci: bool) -> Result<(), String> {
        let row = &rows()[0];
        let tried: Vec<(Row, Outcome)> = outcomes.into_iter().map(|outcome| (row.clone(), outcome)).collect();
        judge(&tried, is_ci).map_err(|error| error.to_string())
    }

    #[test]
    fn a_run_fails_if_a_row_failed_or_if_nothing_was_run() {
        let expected = || Outcome::Made(rows()[0].expected);
        let other = || Outcome::Made(rows()[0].expected.with(Fact::NothingIsWritten));
        let absent = || Outcome::NotRun(Missing { why: "no Python".to_owned(), is_absent: true });
        let fault = || Outcome::NotRun(Missing { why: "no package".to_owned(), is_absent: false });
        let in_ci = "CI=true, where every row must run whose language is installed; not run: 1";
        for (outcomes, elsewhere, ci) in [
            (vec![expected(), expected()], Ok(()), Ok(())),
            (vec![other()], Err("rows that failed: 1"), Err("rows that failed: 1")),
            (
                vec![expected(), Outcome::Failed("it died".to_owned())],
                Err("rows that failed: 1"),
                Err("rows that failed: 1"),
            ),
            (vec![expected(), absent()], Ok(()), Ok(())),
            (vec![expected(), fault()], Ok(()), Err(in_ci)),
            (vec![absent(), absent()], Err("no row was run"), Err("no row was run")),
        ] {
            let told = format!("{outcomes:?}");
            assert_eq!(judged(outcomes.clone(), false), elsewhere.map_err(str::to_owned), "{told}");
            assert_eq!(judged(outcomes, true), ci.map_err(str::to_owned), "{told}");
        }
    }
}
