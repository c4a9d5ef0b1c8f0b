//! The languages of the peers.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::command::output;
use crate::missing::Missing;

/// A program only tells its version then.
const PROBE: Duration = Duration::from_secs(60);

/// A language that peers are written in. Their sources are in the folder of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    Node,
    Java,
}

impl Language {
    pub(crate) const ALL: [Self; 3] = [Self::Python, Self::Node, Self::Java];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node",
            Self::Java => "Java",
        }
    }

    /// The name of its folder: here, and of what is installed.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Java => "java",
        }
    }

    /// The programs that must be there, and how they tell their versions. The first one is the language itself.
    fn programs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Python => &[("python3", "--version")],
            Self::Node => &[("node", "--version"), ("npm", "--version")],
            Self::Java => &[("java", "-version"), ("javac", "-version"), ("mvn", "--version")],
        }
    }

    /// What there must be on the machine.
    pub(crate) fn needs(self) -> &'static str {
        match self {
            Self::Python => "Python 3.10 or later with pip and venv (Debian: python3-pip, python3-venv)",
            Self::Node => "Node 20 or later with npm (Debian: nodejs, npm)",
            Self::Java => "a JDK of version 17 or later, and Maven (Debian: openjdk-17-jdk-headless, maven)",
        }
    }

    /// The version of the language, in a few words.
    ///
    /// # Errors
    ///
    /// A program is not there, or does not tell.
    pub(crate) async fn version(self) -> Result<String, Missing> {
        let mut version = None;
        for (program, option) in self.programs() {
            let told = output(Command::new(program).arg(option), PROBE).await;
            let told = told.map_err(|error| Missing::of(program, &error))?;
            version.get_or_insert_with(|| short(&told));
        }
        Ok(version.unwrap_or_default())
    }

    /// The commands that install what the peers need, in the folder that their sources were copied to.
    pub(crate) fn installers(self) -> Vec<Command> {
        let command = |words: &[&str]| {
            let mut words = words.iter();
            let mut command = Command::new(words.next().unwrap_or(&""));
            command.args(words);
            command
        };
        match self {
            Self::Python => vec![
                command(&["python3", "-m", "venv", "venv"]),
                command(&[
                    "venv/bin/pip",
                    "install",
                    "--quiet",
                    "--no-deps",
                    "--requirement",
                    "requirements.txt",
                ]),
            ],
            Self::Node => vec![command(&["npm", "ci", "--no-audit", "--no-fund", "--loglevel", "error"])],
            Self::Java => {
                vec![command(&["mvn", "--batch-mode", "--quiet", "-Dstyle.color=never", "clean", "package"])]
            }
        }
    }

    /// The command that starts a program of its folder, `peer` or another, without its arguments.
    pub(crate) fn command(self, folder: &Path, program: &str) -> Command {
        let mut command = match self {
            // A path in the folder is one from here.
            Self::Python => Command::new(folder.join("venv/bin/python")),
            Self::Node => Command::new("node"),
            Self::Java => Command::new("java"),
        };
        command.current_dir(folder);
        match self {
            Self::Python => command.arg(format!("{program}.py")),
            Self::Node => command.arg(format!("{program}.js")),
            Self::Java => command.args([
                "-javaagent:target/lib/opentelemetry-javaagent.jar",
                // The peer lives for a second: what is compiled better later is not needed.
                "-XX:TieredStopAtLevel=1",
                "-classpath",
                "target/classes:target/lib/*",
                class(program),
            ]),
        };
        command
    }

    /// The version of a package of its peers.
    pub(crate) fn package(self, name: &str) -> Option<&'static str> {
        match self {
            Self::Python => {
                let mut lines = include_str!("../python/requirements.txt").lines();
                lines.find_map(|line| line.strip_prefix(name)?.strip_prefix("=="))
            }
            Self::Node => {
                let start = format!("\"{name}\": \"");
                let mut lines = include_str!("../node/package.json").lines();
                lines.find_map(|line| {
                    line.trim().strip_prefix(&start)?.trim_end_matches(',').strip_suffix('"')
                })
            }
            Self::Java => {
                let (_, rest) = include_str!("../java/pom.xml")
                    .split_once(&format!("<artifactId>{name}</artifactId>"))?;
                let (_, version) = rest.split_once("<version>")?;
                version.split_once("</version>").map(|(version, _)| version)
            }
        }
    }
}

/// The class of a program in Java.
fn class(program: &str) -> &str {
    if program == "export" { "Export" } else { "Peer" }
}

/// `openjdk version "17.0.15" 2025-04-15` is 17.0.15.
fn short(told: &str) -> String {
    let line = told.lines().next().unwrap_or_default();
    let words = line.split([' ', '"']).map(|word| word.trim_start_matches('v'));
    let mut numbers = words.filter(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    numbers.next().unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;

    #[test]
    fn a_version_is_taken_from_what_a_program_says() {
        for (told, expected) in [
            ("Python 3.11.7\n", "3.11.7"),
            ("v20.20.2\n", "20.20.2"),
            ("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime\n", "17.0.15"),
            ("strange", "strange"),
        ] {
            assert_eq!(short(told), expected);
        }
    }

    #[test]
    fn every_client_and_instrumentation_is_pinned() {
        for library in Library::ALL {
            for package in [library.client(), &library.instrumentation()] {
                let version = library.language().package(package).unwrap_or_default();
                assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{package}: {version:?}");
                assert!(!version.contains(['^', '~', '<', '>', '*']), "{package}: {version:?}");
            }
        }
        assert_eq!(Language::Python.package("opentelemetry"), None);
    }

    #[test]
    fn the_lock_files_name_no_registry() {
        let lock = include_str!("../node/package-lock.json");
        assert!(lock.contains("integrity") && !lock.contains("resolved") && !lock.contains("registry"));
        let requirements = include_str!("../python/requirements.txt");
        for line in requirements.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.contains("==") && !line.contains("://"), "{line}");
        }
    }
}
