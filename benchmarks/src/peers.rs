//! The same work in other languages: their clients bare, and with OpenTelemetry's libraries for them, exporting to the same sink. The
//! programs are in `peers/`; they are built by their languages' own tools, with what those fetch from their registries. A language
//! that is not installed is said, and left out.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Serialize;

use crate::clients::{Broker, Cell, Direction, Estimate, Member, Outcome, Pipeline, Stage, Style, Took};
use crate::servers::{Kind, Mail, Size, few};

/// Slices until a virtual machine has compiled what is hot.
const WARM_UP: u32 = 4;
/// As many as are on the Kafka topic that they read.
const MESSAGES: u32 = 20_000;

/// A library in another language.
struct Library {
    name: &'static str,
    language: Language,
    broker: Broker,
    /// What the worker is told before the step, and its style.
    client: Option<&'static str>,
    style: &'static str,
    /// Spans that a received message makes; a sent one makes one.
    spans: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Java,
    Node,
    Go,
}

const LIBRARIES: [Library; 5] = [
    Library {
        name: "Java, kafka-clients, wrap",
        language: Language::Java,
        broker: Broker::Kafka,
        client: None,
        style: "wrap",
        spans: 1.0,
    },
    Library {
        name: "Java, kafka-clients, interceptors",
        language: Language::Java,
        broker: Broker::Kafka,
        client: None,
        style: "interceptors",
        spans: 1.0,
    },
    Library {
        name: "Go, franz-go and kotel",
        language: Language::Go,
        broker: Broker::Kafka,
        client: None,
        style: "kotel",
        spans: 2.0,
    },
    Library {
        name: "Node, kafkajs",
        language: Language::Node,
        broker: Broker::Kafka,
        client: Some("kafkajs"),
        style: "otel",
        spans: 1.0,
    },
    Library {
        name: "Node, amqplib",
        language: Language::Node,
        broker: Broker::RabbitMq,
        client: Some("amqplib"),
        style: "otel",
        spans: 1.0,
    },
];

/// What a library costs in one half of a hop.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Peer {
    name: String,
    broker: Broker,
    direction: Direction,
    /// Microseconds of CPU for each message.
    bare_cpu: Estimate,
    itself_cpu: Estimate,
    extra_cpu: Estimate,
    spans_a_message: f64,
    /// The part of the spans that did not arrive.
    lost: f64,
}

impl Language {
    /// The files of its program, by their places in the folder that it is built in.
    fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Java => &[
                ("pom.xml", include_str!("../peers/java/pom.xml")),
                ("src/main/java/Worker.java", include_str!("../peers/java/src/main/java/Worker.java")),
            ],
            Self::Node => &[
                ("package.json", include_str!("../peers/node/package.json")),
                ("package-lock.json", include_str!("../peers/node/package-lock.json")),
                ("worker.js", include_str!("../peers/node/worker.js")),
            ],
            Self::Go => &[
                ("go.mod", include_str!("../peers/go/go.mod")),
                ("go.sum", include_str!("../peers/go/go.sum")),
                ("main.go", include_str!("../peers/go/main.go")),
            ],
        }
    }

    /// Slices of a turn: Java tells its CPU time in steps of ten milliseconds, which is half a microsecond for each message of one.
    fn slices(self) -> u32 {
        match self {
            Self::Java => 6,
            Self::Node | Self::Go => 1,
        }
    }

    /// The command that builds it, and the one that runs it.
    fn commands(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Java => {
                (&["mvn", "-B", "-q", "package"], &["java", "-cp", "target/classes:target/lib/*", "Worker"])
            }
            Self::Node => (&["npm", "ci", "--no-audit", "--no-fund", "--silent"], &["node", "worker.js"]),
            Self::Go => (&["go", "build", "-o", "worker", "."], &["./worker"]),
        }
    }

    /// Builds it in a folder of its own; the reason if it cannot be.
    fn build(self, folder: &Path) -> anyhow::Result<()> {
        for (place, text) in self.files() {
            let path = folder.join(place);
            std::fs::create_dir_all(path.parent().context("a file without a folder")?)?;
            std::fs::write(path, text)?;
        }
        let (build, _) = self.commands();
        let (program, arguments) = build.split_first().context("no command")?;
        let output = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .output()
            .with_context(|| format!("{program} is not installed"))?;
        ensure!(
            output.status.success(),
            "{program} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }
}

/// Builds what can be built under `folder`, and measures it.
pub(crate) fn measure(
    stage: &Stage,
    folder: &Path,
    rounds: u32,
    mut tell: impl FnMut(&str),
) -> anyhow::Result<Vec<Peer>> {
    let folder = folder.join("peers");
    std::fs::create_dir_all(&folder)?;
    // A program is started in its own folder.
    let folder = folder.canonicalize()?;
    let mut peers = Vec::new();
    let mut missing = Vec::new();
    for language in [Language::Java, Language::Go, Language::Node] {
        tell(&format!("building {language:?}"));
        let place = folder.join(format!("{language:?}").to_lowercase());
        if let Err(error) = language.build(&place) {
            missing.push(format!("PEERS LEFT OUT: {language:?}: {error:#}"));
            continue;
        }
        for library in LIBRARIES.iter().filter(|library| library.language == language) {
            for direction in [Direction::Send, Direction::Receive] {
                tell(&format!("{} {}", library.name, direction.name()));
                match library.measure(stage, &place, direction, rounds) {
                    Ok(peer) => peers.push(peer),
                    Err(error) => {
                        missing.push(format!(
                            "PEER LEFT OUT: {} {}: {error:#}",
                            library.name,
                            direction.name()
                        ));
                    }
                }
            }
        }
    }
    for what in missing {
        eprintln!("\n{what}");
    }
    Ok(peers)
}

impl Library {
    fn measure(
        &self,
        stage: &Stage,
        place: &Path,
        direction: Direction,
        rounds: u32,
    ) -> anyhow::Result<Peer> {
        let mut bare = self.start(stage, place, direction, "bare")?;
        let mut again = self.start(stage, place, direction, "bare")?;
        let mut traced = self.start(stage, place, direction, self.style)?;
        let spans_a_message = if direction == Direction::Send { 1.0 } else { self.spans };
        for member in [&mut bare, &mut again, &mut traced] {
            for _ in 0..WARM_UP * self.language.slices() {
                member.slice(MESSAGES)?;
            }
        }
        let (mut extra, mut itself, mut alone) = (Vec::new(), Vec::new(), Vec::new());
        let (mut messages, mut sunk) = (0.0, 0);
        for _ in 0..rounds {
            let mut round = [Took::default(); 3];
            for place in [0, 1, 2, 2, 1, 0] {
                let before = stage.sunk()?;
                let member = match place {
                    0 => &mut bare,
                    1 => &mut again,
                    _ => &mut traced,
                };
                let mut took = Took::default();
                for _ in 0..self.language.slices() {
                    took = took.and(member.slice(MESSAGES)?);
                }
                if place == 2 {
                    messages += took.messages;
                    sunk += stage.sunk()? - before;
                }
                if let Some(sum) = round.get_mut(place) {
                    *sum = sum.and(took);
                }
            }
            let [bare, again, traced] = round.map(|took| took.cpu());
            alone.push(bare);
            itself.push(again - bare);
            extra.push(traced - bare);
        }
        let estimate = |values| Estimate::of(values).context("no rounds");
        let expected = messages * spans_a_message;
        Ok(Peer {
            name: self.name.to_owned(),
            broker: self.broker,
            direction,
            bare_cpu: estimate(alone)?,
            itself_cpu: estimate(itself)?,
            extra_cpu: estimate(extra)?,
            spans_a_message,
            lost: if expected > 0.0 { (1.0 - sunk as f64 / expected).max(0.0) } else { 0.0 },
        })
    }

    fn start(
        &self,
        stage: &Stage,
        place: &Path,
        direction: Direction,
        style: &str,
    ) -> anyhow::Result<Member> {
        let (_, run) = self.language.commands();
        let (program, arguments) = run.split_first().context("no command")?;
        // A path in the folder is one from there.
        let program = if program.starts_with("./") { place.join(program) } else { PathBuf::from(program) };
        let kind = if style == "bare" { Kind::Bare } else { Kind::Sampled };
        let mail = Mail { kind, size: Size::Small };
        let from = if self.broker == Broker::Kafka { few(mail) } else { mail.name().to_owned() };
        let mut command = Command::new(program);
        command.current_dir(place).args(arguments).args(self.client).args([direction.name(), style]);
        command.args([stage.address(self.broker)?, stage.sink()?, &from, &mail.size.bytes().to_string()]);
        Member::start(format!("{}, {style}", self.name), &mut command)
    }
}

/// One table, with the Rust styles of the same cells.
pub(crate) fn render(peers: &[Peer], outcomes: &[Outcome]) -> String {
    let mut text =
        "\nThe same work in other languages: 100 bytes, batch processor, OTLP to a loopback sink\n"
            .to_owned();
    let _ = writeln!(
        text,
        "{:<46} {:>10} {:>14} {:>16} {:>8} {:>9}",
        "", "bare us", "itself", "extra us", "spans", "lost"
    );
    for broker in [Broker::Kafka, Broker::RabbitMq] {
        for direction in [Direction::Send, Direction::Receive] {
            let cell = Cell { broker, direction, pipeline: Pipeline::Otlp, size: Size::Small };
            if let Some(outcome) = outcomes.iter().find(|outcome| outcome.cell == cell) {
                for style in [Style::Whole, Style::Ours, Style::ByHand, Style::Tracing] {
                    if let Some(of) = outcome.style(style) {
                        let name = format!("Rust, {}, {} {}", style.name(), broker.name(), direction.name());
                        let lost = 1.0 - of.exported.unwrap_or(1.0);
                        line(&mut text, &name, outcome.bare_cpu, outcome.itself_cpu, of.cpu, 1.0, lost);
                    }
                }
            }
            for peer in peers.iter().filter(|peer| (peer.broker, peer.direction) == (broker, direction)) {
                let name = format!("{}, {} {}", peer.name, broker.name(), direction.name());
                let Peer { bare_cpu, itself_cpu, extra_cpu, spans_a_message, lost, .. } = *peer;
                line(&mut text, &name, bare_cpu, itself_cpu, extra_cpu, spans_a_message, lost);
            }
        }
    }
    text
}

fn line(
    text: &mut String,
    name: &str,
    bare: Estimate,
    itself: Estimate,
    extra: Estimate,
    spans: f64,
    lost: f64,
) {
    let of = extra.beside(itself);
    let shown = if of.is_too_noisy(bare.value / 20.0) {
        "too noisy".to_owned()
    } else {
        format!("{:.2} ±{:.2}", of.value, of.error)
    };
    let itself = format!("{:+.2} ±{:.2}", itself.value, itself.error);
    let _ = writeln!(
        text,
        "{name:<46} {:>10.2} {itself:>14} {shown:>16} {spans:>8.0} {:>7.1} %",
        bare.value,
        lost.max(0.0) * 100.0
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_that_is_missing_is_said() {
        let error = Command::new("no-such-language").output().with_context(|| "go is not installed");
        assert!(error.unwrap_err().to_string().contains("not installed"));
        for language in [Language::Java, Language::Node, Language::Go] {
            let (build, run) = language.commands();
            assert!(!build.is_empty() && !run.is_empty() && !language.files().is_empty());
        }
    }

    #[test]
    fn spans_that_were_lost_stand_beside_the_cost() {
        let estimate = |value| Estimate { value, low: value, high: value, error: 0.01, rounds: 4 };
        let peer = Peer {
            name: "Go, franz-go and kotel".to_owned(),
            broker: Broker::Kafka,
            direction: Direction::Send,
            bare_cpu: estimate(1.0),
            itself_cpu: estimate(0.0),
            extra_cpu: estimate(3.0),
            spans_a_message: 1.0,
            lost: 0.123,
        };
        let text = render(&[peer], &[]);
        assert!(text.contains("3.00 ±0.01") && text.contains("12.3 %"), "{text}");
    }
}
