//! What a contract found.

use std::fmt;

/// Which forms a [`ServiceContract`](crate::ServiceContract) tried. All of them passed. `Display` writes it in a line for each
/// form that was left out, and one for the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContractReport {
    /// The forms that passed, in the order in which they were sent.
    pub passed: Vec<String>,
    /// The forms that were not sent, and why.
    pub left_out: Vec<(String, String)>,
}

impl fmt::Display for ContractReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} forms passed, {} were left out", self.passed.len(), self.left_out.len())?;
        for (name, why) in &self.left_out {
            writeln!(f, "    {name}: {why}")?;
        }
        Ok(())
    }
}
