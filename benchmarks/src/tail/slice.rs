//! How long the sends of a slice took.

use anyhow::bail;

/// Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) p50: u64,
    pub(super) p99: u64,
    pub(super) p999: u64,
}

impl Slice {
    /// `None` of no sends.
    pub(super) fn of(took: &mut [u64]) -> Option<Self> {
        took.sort_unstable();
        let at = |per_mille: usize| took.get(took.len() * per_mille / 1_000).copied();
        Some(Self { p50: at(500)?, p99: at(990)?, p999: at(999)? })
    }

    /// For another process.
    pub(super) fn line(self) -> String {
        format!("{} {} {}", self.p50, self.p99, self.p999)
    }

    pub(super) fn parse(line: &str) -> anyhow::Result<Self> {
        let numbers: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [p50, p99, p999] = *numbers else { bail!("a child said {line:?}") };
        Ok(Self { p50, p99, p999 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_are_counted_from_the_end() {
        let mut took: Vec<u64> = (0..1_000).rev().collect();
        let slice = Slice::of(&mut took).unwrap();
        assert_eq!(slice, Slice { p50: 500, p99: 990, p999: 999 });
        assert_eq!(Slice::parse(&slice.line()).unwrap(), slice);
        assert_eq!(Slice::of(&mut []), None);
        assert!(Slice::parse("1 2").is_err());
    }
}
