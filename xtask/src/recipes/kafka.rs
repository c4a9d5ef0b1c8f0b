//! Apache Kafka: its jars, and a Java.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use super::recipe::Recipe;
use crate::install::{DOWNLOAD, cache, on_path, packages};
use crate::program;
use crate::workspace::{read, root};

pub(super) const RECIPE: Recipe = Recipe {
    install,
    fetch: || jars().map(drop),
    fetched: Some(("kafka", "TRACEHOP_KAFKA_JARS")),
    variant: "apt",
    hook: "customize",
    packages: "openjdk-21-jre-headless",
    complete: r#"
        mkdir -p "$1/opt/kafka/bin" "$1/opt/kafka/libs" "$1/opt/kafka/config"
        cp "$TRACEHOP_ROOT"/target/brokers/kafka/*.jar "$1/opt/kafka/libs/"
        cp "$TRACEHOP_ROOT"/crates/tracehop-brokers/src/recipes/kafka/log4j2.properties "$1/opt/kafka/config/"
        install -m 755 "$TRACEHOP_ROOT"/docker/kafka/*.sh "$1/opt/kafka/bin/""#,
    changes: &["CMD [\"/opt/kafka/bin/start.sh\"]", "EXPOSE 9092"],
};

fn install() -> anyhow::Result<()> {
    jars()?;
    if on_path("java").is_none() && std::env::var_os("JAVA_HOME").is_none() {
        packages(&["default-jre-headless"])?;
    }
    Ok(())
}

/// The folder with Kafka's jars, fetched from Maven Central if need be.
fn jars() -> anyhow::Result<PathBuf> {
    let jars = cache().join("kafka");
    let pom = root().join("xtask/src/recipes/kafka/pom.xml");
    let text = read(&pom)?;
    let version = text.split_once("<kafka.version>").and_then(|(_, rest)| rest.split_once("</"));
    let (version, _) = version.context("the pom.xml of Kafka names no version")?;
    if jars.join(format!("kafka_2.13-{version}.jar")).exists() {
        return Ok(jars);
    }
    if on_path("mvn").is_none() {
        packages(&["maven", "default-jre-headless"])?;
    }
    println!("fetching Apache Kafka {version} with Maven");
    let part = cache().join("kafka.part");
    let _ = std::fs::remove_dir_all(&part);
    let _ = std::fs::remove_dir_all(&jars);
    let mut maven = Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "--file"]).arg(pom).args([
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        // An older Maven colours its silence.
        "-Dstyle.color=never",
        &format!("-DoutputDirectory={}", part.display()),
    ]);
    program::run(&mut maven, DOWNLOAD).context("Apache Kafka's jars cannot be fetched")?;
    // All or nothing: an interrupted download is not taken for a broker.
    std::fs::rename(part, &jars)?;
    Ok(jars)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_jars_are_of_the_same_version_as_the_image() {
        let pom = include_str!("kafka/pom.xml");
        let image = broker_table::Broker::Kafka.official_image();
        let version = image.rsplit(':').next().unwrap();
        assert!(pom.contains(&format!("<kafka.version>{version}</kafka.version>")), "{image}");
    }
}
