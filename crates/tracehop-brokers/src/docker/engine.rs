//! The engine that runs containers.

use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow};
use broker_table::{Broker, set};
use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::RemoveContainerOptionsBuilder;
use testcontainers::core::client::docker_client_instance;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerRequest, GenericImage, ImageExt};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::image::Image;
use crate::process::{self, AtEnd};

/// An engine that works answers in milliseconds.
const ANSWER: Duration = Duration::from_secs(5);

/// The largest image has half a gigabyte.
const PULL: Duration = Duration::from_secs(600);

/// For one container.
const REMOVAL: Duration = Duration::from_secs(60);

/// On every container; its value says of which process.
pub(super) const LABEL: &str = "tracehop.run";

/// The engine of this process, as soon as one has answered. Its containers are removed when the process ends, as it is not
/// dropped.
static ENGINE: OnceCell<Engine> = OnceCell::const_new();

/// Where the engine's ports are, when it runs on this machine.
pub(super) const LOCAL: &str = "127.0.0.1";

/// A Docker engine that answers, or one that speaks like it.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(super) docker: Docker,
    /// The value of the label of this process's containers.
    pub(super) run: String,
    /// Where the ports of containers are.
    pub(super) host: String,
    keeper: Option<AtEnd>,
}

impl Engine {
    /// Finds the engine: by `DOCKER_HOST`, or at its usual places.
    ///
    /// # Errors
    ///
    /// None answers. The message says what would help.
    pub(crate) async fn get() -> anyhow::Result<&'static Self> {
        ENGINE.get_or_try_init(Self::connect).await
    }

    async fn connect() -> anyhow::Result<Self> {
        let host = set("DOCKER_HOST");
        let place = host.as_deref().unwrap_or("the usual socket");
        let docker = answering()
            .await
            .with_context(|| format!("no Docker engine answers at {place}; `docker info` says more"))?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let run = format!("{}-{}", std::process::id(), now.as_micros());
        Ok(Self {
            docker,
            keeper: remove_at_end(&format!("{LABEL}={run}")),
            run,
            host: host.as_deref().and_then(remote).unwrap_or(LOCAL).to_owned(),
        })
    }

    /// Makes sure that the image is here.
    pub(super) async fn obtain(&self, broker: Broker, image: &Image) -> anyhow::Result<()> {
        let reference = image.reference();
        let here = timeout(ANSWER, self.docker.inspect_image(&reference)).await;
        if here.is_ok_and(|image| image.is_ok()) {
            return Ok(());
        }
        eprintln!("{broker}: pulling {reference}");
        let request: ContainerRequest<GenericImage> =
            GenericImage::new(image.name.clone(), image.tag.clone()).into();
        let request = request.with_label(LABEL, &self.run);
        let pulled = timeout(PULL, request.pull_image()).await;
        let pulled =
            pulled.map_err(|_| anyhow!("it took longer than {PULL:?}")).and_then(|pulled| Ok(pulled?));
        pulled.with_context(|| {
            let variable = broker.image_variable();
            format!(
                "the image {reference} is not here and cannot be pulled: `docker pull {reference}`, or set {variable} to \
                 one that is here"
            )
        })
        .map(drop)
    }

    /// Whether the containers are removed when this process ends without a drop.
    pub(super) fn has_keeper(&self) -> bool {
        self.keeper.is_some()
    }

    /// Removes a container of this process.
    ///
    /// # Errors
    ///
    /// The engine does not answer any more, or refuses. The message says how to remove it by hand.
    pub(super) async fn remove(&self, id: &str) -> anyhow::Result<()> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        let removal = async { anyhow::Ok(self.docker.remove_container(id, Some(options)).await?) };
        let removed = timeout(REMOVAL, removal).await;
        removed
            .unwrap_or_else(|_| Err(anyhow!("it says nothing for {REMOVAL:?}")))
            .with_context(|| format!("a container may be left: docker rm --force --volumes {id}"))
    }
}

/// The first argument is Docker's command, the second one the filter. What was being created comes a moment later.
const REMOVE: &str = r#"
    for _ in 1 2 3 4 5 6; do
        for id in $("$1" ps --all --quiet --filter "$2"); do "$1" rm --force --volumes "$id"; done
        sleep 1
    done"#;

/// For all containers with this label. It needs a shell, and Docker's command.
fn remove_at_end(label: &str) -> Option<AtEnd> {
    let docker = process::find("TRACEHOP_DOCKER", "docker", &[])?;
    AtEnd::run(REMOVE, [docker.into_os_string(), format!("label={label}").into()])
}

async fn answering() -> anyhow::Result<Docker> {
    let docker = docker_client_instance().await?;
    timeout(ANSWER, docker.ping()).await.map_err(|_| anyhow!("it says nothing for {ANSWER:?}"))??;
    Ok(docker)
}

/// The host in `tcp://host:2375`.
fn remote(docker_host: &str) -> Option<&str> {
    let (scheme, rest) = docker_host.split_once("://")?;
    let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host);
    ["tcp", "http", "https"].contains(&scheme).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_where_the_engine_is() {
        for (docker_host, expected) in [
            ("unix:///var/run/docker.sock", None),
            ("tcp://build-machine:2375", Some("build-machine")),
            ("tcp://10.0.0.7", Some("10.0.0.7")),
        ] {
            assert_eq!(remote(docker_host), expected, "{docker_host}");
        }
    }
}
