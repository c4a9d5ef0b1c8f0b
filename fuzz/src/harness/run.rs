//! The run of the targets, one after the other.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::arguments::Arguments;
use super::artifact;
use super::attempt::{attempt, keep_panics};
use super::mutator;
use super::random::Random;
use super::seeds::Seeds;
use super::watch::Watch;
use crate::targets::Target;

/// After so many findings a target is given up: they are most likely one.
const ENOUGH: u64 = 3;

/// How many inputs are kept beside the seeds, to be changed further.
const KEPT: usize = 512;

/// Does what is asked for. The result of a target is a line on standard output: its name, its executions, its milliseconds and
/// its findings, with tabs between them; the rest is on standard error.
///
/// # Errors
///
/// There was a finding, or a file cannot be read or written.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let targets = arguments.targets();
    if arguments.list {
        for target in targets {
            println!("{}", target.name);
        }
        return Ok(());
    }
    if let Some(folder) = &arguments.seeds {
        return targets.iter().try_for_each(|target| Seeds::of(target.form).write(folder));
    }
    keep_panics();
    if let Some(path) = &arguments.input {
        return targets.iter().try_for_each(|target| try_one(*target, path));
    }
    let seed = arguments.seed;
    eprintln!("the seed is {seed}: with --seed {seed} the inputs are the same again, in the same order");
    let watch = Watch::start();
    let until = Instant::now() + Duration::from_secs(arguments.seconds);
    let mut findings = 0;
    for (done, target) in targets.iter().enumerate() {
        // What others did not use, for example because they were given up, is for those that come.
        let left = u32::try_from(targets.len() - done).unwrap_or(u32::MAX).max(1);
        let share = until.saturating_duration_since(Instant::now()) / left;
        findings += run_target(*target, seed, share, &watch)?;
    }
    ensure!(findings == 0, "{findings} findings");
    Ok(())
}

fn try_one(target: Target, path: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let found = attempt(target.law, &bytes);
    ensure!(found.is_none(), "{}: {}", target.name, found.unwrap_or_default());
    eprintln!("{}: nothing is found", target.name);
    Ok(())
}

fn run_target(target: Target, seed: u64, share: Duration, watch: &Watch) -> anyhow::Result<u64> {
    let begun = Instant::now();
    let (mut executions, mut findings) = (0_u64, 0);
    let mut random = Random::new(seed, target.name);
    let Seeds { large, small } = Seeds::of(target.form);
    let (seeds, mut pool) = (small.len(), small);
    let mut first = large.into_iter().chain(pool.clone());
    loop {
        // All seeds are tried, however little time there is.
        let input = match first.next() {
            Some(seed) => seed,
            None if begun.elapsed() >= share || findings >= ENOUGH => break,
            None => mutator::next(target.form, &pool, &mut random),
        };
        watch.begin(target.name, &input);
        executions += 1;
        if let Some(panic) = attempt(target.law, &input) {
            findings += 1;
            eprintln!("{}: {panic}\n{}", target.name, artifact::save(target.name, &input)?);
        } else if random.once_in(64) {
            // Nobody tells which inputs reach something new, so some of them are taken by chance.
            if pool.len() < seeds + KEPT {
                pool.push(input);
            } else if let Some(kept) = pool.get_mut(seeds + random.below(KEPT)) {
                *kept = input;
            }
        }
    }
    println!("{}\t{executions}\t{}\t{findings}", target.name, begun.elapsed().as_millis());
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::ALL;

    #[test]
    fn every_target_holds_for_every_seed() {
        for target in ALL {
            let Seeds { large, small } = Seeds::of(target.form);
            large.into_iter().chain(small).for_each(|input| (target.law)(&input));
        }
    }
}
